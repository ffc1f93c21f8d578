//! 发放名册: the month's payments of one programme, from draft to the bank's answer.

use std::collections::{BTreeMap, BTreeSet};

use doudi_policy::{Date, Fen, Month};
use doudi_registry::{PersonId, Post, RosterId, StaffId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::award::{Award, Kind};
use crate::bank::{BankFile, Payee, ReturnFile, file_text};
use crate::difference::Differences;
use crate::ledger::{Account, Move, Transaction, TransactionKind};
use crate::line::{Line, LineEvent, LineId, LineState, PAID_BEFORE, Purpose, Reissue, hex};
use crate::refusal::{Refusal, Text, sum};

/// 名册状态.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterState {
    /// 编制中
    Draft,
    /// 已封存: nobody can change it any more.
    Sealed,
    /// 已送银行
    Exported,
    /// 银行已回执: no line is open.
    Acknowledged,
}

impl RosterState {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Draft, Self::Sealed, Self::Exported, Self::Acknowledged];

    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sealed => "sealed",
            Self::Exported => "exported",
            Self::Acknowledged => "acknowledged",
        }
    }

    /// 中文 name.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Draft => "编制中，待复核",
            Self::Sealed => "已封存",
            Self::Exported => "已送银行",
            Self::Acknowledged => "银行已回执",
        }
    }

    /// English name.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Draft => "draft, to be reviewed",
            Self::Sealed => "sealed",
            Self::Exported => "sent to the bank",
            Self::Acknowledged => "acknowledged by the bank",
        }
    }

    /// The one with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.id() == id)
    }
}

/// What can be done to a roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RosterAction {
    /// 编制
    Make,
    /// 剔除一行
    VoidLine,
    /// 封存
    Seal,
    /// 导出银行文件
    Export,
    /// 登记银行回执
    Acknowledge,
    /// 到账后退回
    Bounce,
    /// 退回重发
    Reissue,
}

impl RosterAction {
    /// All of them, in the order of work.
    pub const ALL: &'static [Self] = &[
        Self::Make,
        Self::VoidLine,
        Self::Seal,
        Self::Export,
        Self::Acknowledge,
        Self::Bounce,
        Self::Reissue,
    ];

    /// Stable id.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Make => "make",
            Self::VoidLine => "void_line",
            Self::Seal => "seal",
            Self::Export => "export",
            Self::Acknowledge => "acknowledge",
            Self::Bounce => "bounce",
            Self::Reissue => "reissue",
        }
    }

    /// 中文 label.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Make => "编制名册",
            Self::VoidLine => "剔除",
            Self::Seal => "复核并封存",
            Self::Export => "导出银行文件",
            Self::Acknowledge => "登记银行回执",
            Self::Bounce => "确认到账后退回",
            Self::Reissue => "退回重发",
        }
    }

    /// English label.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::Make => "make the roster",
            Self::VoidLine => "take out",
            Self::Seal => "review and seal",
            Self::Export => "export the bank file",
            Self::Acknowledge => "record the bank's answer",
            Self::Bounce => "confirm that paid money came back",
            Self::Reissue => "issue again",
        }
    }

    /// The post whose action it is, and the states in which it exists.
    #[must_use]
    pub fn rule(self) -> (Post, &'static [RosterState]) {
        use RosterState as S;
        match self {
            Self::Make => (Post::FinanceOfficer, &[]),
            Self::VoidLine => (Post::FinanceOfficer, &[S::Draft]),
            Self::Seal => (Post::FinanceReviewer, &[S::Draft]),
            Self::Export => (Post::FinanceOfficer, &[S::Sealed]),
            Self::Bounce => (Post::FinanceReviewer, &[S::Exported, S::Acknowledged]),
            Self::Acknowledge | Self::Reissue => (Post::FinanceOfficer, &[S::Exported, S::Acknowledged]),
        }
    }
}

/// 经手人.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Who.
    pub staff: StaffId,
    /// In which post.
    pub post: Post,
}

/// What a new roster starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoster {
    /// Id given by the store.
    pub id: RosterId,
    /// Outcome id.
    pub programme: String,
    /// Month.
    pub period: Month,
    /// Who makes it.
    pub maker: Officer,
    /// Day.
    pub on: Date,
}

/// 封存.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Who.
    pub by: StaffId,
    /// Day.
    pub on: Date,
    /// SHA-256 over the lines, hex.
    pub digest: String,
}

/// 合计.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Lines that are not voided.
    pub lines: usize,
    /// People whom they cover.
    pub persons: usize,
    /// Money.
    pub amount: Fen,
}

/// 发放名册.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// Id.
    pub id: RosterId,
    /// Outcome id.
    pub programme: String,
    /// Month.
    pub period: Month,
    /// Where it stands.
    pub state: RosterState,
    /// Who made it.
    pub made_by: StaffId,
    /// Day.
    pub made_on: Date,
    /// Seal.
    pub seal: Option<Seal>,
    /// Day on which the bank file went out.
    pub exported_on: Option<Date>,
    /// Day on which the last line was answered.
    pub acknowledged_on: Option<Date>,
    /// Lines, by id.
    pub lines: Vec<Line>,
}

/// A sealed roster and its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The roster.
    pub roster: Roster,
    /// Appropriation → payable.
    pub transaction: Transaction,
}

/// What a return file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// The roster.
    pub roster: Roster,
    /// In transit → paid or returned; `None` where the file said nothing new.
    pub transaction: Option<Transaction>,
    /// Lines that arrived now.
    pub paid: usize,
    /// Lines that came back now.
    pub returned: usize,
    /// Rows that were known already.
    pub repeated: usize,
}

impl Roster {
    /// Makes the draft of a month from the awards of its programme. `existing` are the lines of the same month
    /// in other rosters of every programme: what they pay is not paid again.
    ///
    /// # Errors
    /// All of: a maker of another post, two awards that would pay the same thing, a person covered twice in
    /// one exclusive group. Nothing is made then.
    pub fn make(new: NewRoster, awards: &[Award], existing: &[Line]) -> Result<Self, Vec<Refusal>> {
        post(RosterAction::Make, new.maker.post).map_err(|r| vec![r])?;
        let mut problems = Vec::new();
        let live = |l: &&Line| l.state != LineState::Voided && l.period == new.period;
        let mut covered: BTreeMap<(&str, PersonId), &Line> = BTreeMap::new();
        for line in existing.iter().filter(live) {
            for person in &line.covered {
                covered.insert((&line.group, *person), line);
            }
        }
        // A voided line keeps its key: only a re-issue follows it.
        let known: BTreeSet<_> = existing.iter().map(Line::key).collect();
        let mut lines: BTreeMap<LineId, Line> = BTreeMap::new();
        let mut mine: BTreeSet<(&str, PersonId)> = BTreeSet::new();
        for award in awards {
            if award.programme != new.programme || !award.pays_in(new.period) {
                continue;
            }
            let line = first_line(award, new.period);
            if known.contains(&line.key()) {
                continue;
            }
            for person in &line.covered {
                let key = (award.group.as_str(), *person);
                if covered.contains_key(&key) || !mine.insert(key) {
                    problems.push(Refusal::new(
                        format!(
                            "待遇 {} 的人员 {person} 本月在“{}”组已有发放，同一人同月只发一笔",
                            award.id, award.group
                        ),
                        format!(
                            "award {}: person {person} is already paid this month in the group `{}`",
                            award.id, award.group
                        ),
                    ));
                }
            }
            if let Some(other) = lines.insert(line.id.clone(), line) {
                problems.push(Refusal::new(
                    format!("待遇 {} 与 {} 发放的是同一笔，请先终止其中一个", award.id, other.award),
                    format!("awards {} and {} pay the same thing; end one of them", award.id, other.award),
                ));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self::draft(new, lines.into_values().collect()))
    }

    /// Makes the draft of a roster of replacements.
    ///
    /// # Errors
    /// A maker of another post, no line, or lines of another programme.
    pub fn of_reissues(new: NewRoster, lines: Vec<Line>) -> Result<Self, Refusal> {
        post(RosterAction::Make, new.maker.post)?;
        let fits = |l: &Line| l.programme == new.programme && l.revision > 0 && l.state == LineState::Planned;
        if lines.is_empty() || !lines.iter().all(fits) {
            return Err(Refusal::new(
                "重发名册只能有本项目退回后重发的行",
                "a roster of replacements holds replaced lines of its programme, one at least",
            ));
        }
        let mut lines = lines;
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        lines.dedup_by(|a, b| a.id == b.id);
        Ok(Self::draft(new, lines))
    }

    fn draft(new: NewRoster, lines: Vec<Line>) -> Self {
        Self {
            id: new.id,
            programme: new.programme,
            period: new.period,
            state: RosterState::Draft,
            made_by: new.maker.staff,
            made_on: new.on,
            seal: None,
            exported_on: None,
            acknowledged_on: None,
            lines,
        }
    }

    /// Totals of the lines that are not voided.
    ///
    /// # Errors
    /// A sum out of range.
    pub fn totals(&self) -> Result<Totals, Refusal> {
        let live = || self.lines.iter().filter(|l| l.state != LineState::Voided);
        Ok(Totals {
            lines: live().count(),
            persons: live().map(|l| l.covered.len()).sum(),
            amount: sum(live().map(|l| l.amount))?,
        })
    }

    /// SHA-256 over ids, households and amounts of the lines that are not voided.
    #[must_use]
    pub fn digest(&self) -> String {
        digest_of(self.lines.iter().filter(|l| l.state != LineState::Voided))
    }

    /// Whether somebody may do something now: state, post, second pair of eyes.
    ///
    /// # Errors
    /// Why not, and the way on.
    pub fn permit(&self, action: RosterAction, officer: Officer) -> Result<(), Refusal> {
        let (_, states) = action.rule();
        if !states.contains(&self.state) {
            return Err(Refusal::new(
                format!("名册{}，不能“{}”", self.state.zh(), action.zh()),
                format!("the roster is {}; `{}` is not possible", self.state.en(), action.en()),
            ));
        }
        post(action, officer.post)?;
        let by_another = matches!(action, RosterAction::Seal | RosterAction::Bounce);
        if by_another && officer.staff == self.made_by {
            return Err(Refusal::new(
                format!("名册是您编制的，“{}”须由另一人办理", action.zh()),
                format!("you made this roster; `{}` is done by another person", action.en()),
            ));
        }
        Ok(())
    }

    /// Takes a line out of a draft.
    ///
    /// # Errors
    /// The roster is no draft, the post is another, or there is no such line.
    pub fn void_line(&self, id: &LineId, officer: Officer, reason: &str) -> Result<Self, Refusal> {
        self.permit(RosterAction::VoidLine, officer)?;
        if reason.trim().is_empty() {
            return Err(Refusal::new("请写明剔除原因", "say why the line is taken out"));
        }
        let mut roster = self.clone();
        let line = roster.find(id)?;
        line.take(LineEvent::Void)?;
        reason.clone_into(&mut line.bank_reason);
        Ok(roster)
    }

    fn find(&mut self, id: &LineId) -> Result<&mut Line, Refusal> {
        self.lines.iter_mut().find(|l| l.id == *id).ok_or_else(|| {
            Refusal::new(format!("名册里没有发放行 {id}"), format!("the roster has no line {id}"))
        })
    }

    /// 封存: the reviewer seals what the differences explain.
    ///
    /// # Errors
    /// [`Self::permit`], an empty roster, differences without a reason, or differences of another total.
    pub fn seal(&self, officer: Officer, on: Date, differences: &Differences) -> Result<Sealed, Refusal> {
        self.permit(RosterAction::Seal, officer)?;
        let totals = self.totals()?;
        if totals.lines == 0 {
            return Err(Refusal::new("名册是空的", "the roster is empty"));
        }
        if differences.after != totals.amount {
            return Err(Refusal::new(
                format!("差异核对的合计 {} 与名册合计 {} 不符，请重新核对", differences.after, totals.amount),
                format!(
                    "the differences end at {}, the roster at {}; compare again",
                    differences.after, totals.amount
                ),
            ));
        }
        let open = differences.unexplained().count();
        if open > 0 {
            return Err(Refusal::new(
                format!("还有 {open} 处差异没有说明原因，说明后才能封存"),
                format!("{open} differences have no reason yet; explain them first"),
            ));
        }
        let mut roster = self.clone();
        roster.state = RosterState::Sealed;
        roster.seal = Some(Seal { by: officer.staff, on, digest: self.digest() });
        let moves: Vec<Move<'_>> = self
            .planned()
            .map(|line| Move { line, from: Account::Appropriation, to: Account::Payable })
            .collect();
        let transaction = Transaction::post(TransactionKind::Seal, self.id, on, &moves)?;
        Ok(Sealed { roster, transaction })
    }

    fn planned(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|l| l.state == LineState::Planned)
    }

    /// 导出: the bank file of a sealed roster. `payees` knows name and account of each line.
    ///
    /// # Errors
    /// [`Self::permit`], lines changed since the seal, or a line without an account.
    pub fn export(
        &self,
        officer: Officer,
        on: Date,
        payees: &BTreeMap<LineId, Payee>,
    ) -> Result<(Self, BankFile, Transaction), Refusal> {
        self.permit(RosterAction::Export, officer)?;
        let lines: Vec<&Line> = self.lines.iter().filter(|l| l.state != LineState::Voided).collect();
        let file = self.file(&lines, payees)?;
        let moves: Vec<Move<'_>> = self
            .planned()
            .map(|line| Move { line, from: Account::Payable, to: Account::InTransit })
            .collect();
        let transaction = Transaction::post(TransactionKind::Send, self.id, on, &moves)?;
        let mut roster = self.clone();
        for line in &mut roster.lines {
            if line.state == LineState::Planned {
                line.take(LineEvent::Send)?;
            }
        }
        roster.state = RosterState::Exported;
        roster.exported_on = Some(on);
        Ok((roster, file, transaction))
    }

    /// 已送银行的文件 once more. `sealed` is the voucher of the seal: it names the lines of that day, whatever has
    /// become of them since (a line that came back and was issued again is voided here).
    ///
    /// # Errors
    /// The roster has not gone out, `sealed` is another voucher, or the lines are not those that were sealed.
    pub fn sent_file(
        &self,
        sealed: &Transaction,
        payees: &BTreeMap<LineId, Payee>,
    ) -> Result<BankFile, Refusal> {
        let ours = sealed.kind == TransactionKind::Seal && sealed.roster == self.id;
        if !ours || !matches!(self.state, RosterState::Exported | RosterState::Acknowledged) {
            return Err(Refusal::new("名册还没有送银行", "the roster has not gone to the bank yet"));
        }
        let ids: BTreeSet<&LineId> = sealed.entries.iter().map(|e| &e.line).collect();
        let lines: Vec<&Line> = self.lines.iter().filter(|l| ids.contains(&l.id)).collect();
        self.file(&lines, payees)
    }

    /// The bank file of lines that carry the digest of the seal.
    fn file(&self, lines: &[&Line], payees: &BTreeMap<LineId, Payee>) -> Result<BankFile, Refusal> {
        let digest = digest_of(lines.iter().copied());
        if self.seal.as_ref().map(|s| s.digest.as_str()) != Some(digest.as_str()) {
            return Err(Refusal::new(
                "名册与封存时不一致，已停止导出，请报告审计",
                "the roster differs from what was sealed; the export stops, tell the auditor",
            ));
        }
        let text = file_text(lines.iter().copied(), payees)?;
        Ok(BankFile { name: format!("{}_{}_{}.csv", self.programme, self.period, self.id), text })
    }

    /// 回执: applies a return file. The whole file is refused if one row does not fit; rows that were applied
    /// before are counted and change nothing.
    ///
    /// # Errors
    /// [`Self::permit`]; an unknown or voided line, another amount, or an answer that contradicts an earlier
    /// one: money that came back cannot have arrived, and money that arrived comes back by [`Self::bounce`].
    pub fn acknowledge(
        &self,
        officer: Officer,
        on: Date,
        file: &ReturnFile,
    ) -> Result<Acknowledged, Vec<Refusal>> {
        self.answer(RosterAction::Acknowledge, officer, on, file)
    }

    /// 到账后退回: the second person has seen that the bank reported success before, and takes from a return file the
    /// lines whose money came back all the same. Its other rows are left to [`Self::acknowledge`].
    ///
    /// # Errors
    /// As there; and a file without such a line.
    pub fn bounce(
        &self,
        officer: Officer,
        on: Date,
        file: &ReturnFile,
    ) -> Result<Acknowledged, Vec<Refusal>> {
        let done = self.answer(RosterAction::Bounce, officer, on, file)?;
        if done.returned == 0 {
            return Err(vec![Refusal::new(
                "这份回执里没有“已到账又退回”的行，什么都没有登记；一般回执由财务经办登记",
                "no line of this file was paid and came back; nothing was recorded, the finance officer records other answers",
            )]);
        }
        Ok(done)
    }

    fn answer(
        &self,
        action: RosterAction,
        officer: Officer,
        on: Date,
        file: &ReturnFile,
    ) -> Result<Acknowledged, Vec<Refusal>> {
        self.permit(action, officer).map_err(|r| vec![r])?;
        let bounce = action == RosterAction::Bounce;
        let index: BTreeMap<&LineId, usize> =
            self.lines.iter().enumerate().map(|(i, l)| (&l.id, i)).collect();
        let mut roster = self.clone();
        let mut problems = Vec::new();
        let (mut paid, mut returned, mut repeated) = (0, 0, 0);
        let mut moves = Vec::new();
        for row in &file.rows {
            let at = |zh: String, en: String| {
                Refusal::new(format!("第{}行：{zh}", row.row), format!("row {}: {en}", row.row))
            };
            let slot = index.get(&row.line).copied();
            let (Some(before), Some(line)) =
                (slot.and_then(|i| self.lines.get(i)), slot.and_then(|i| roster.lines.get_mut(i)))
            else {
                problems.push(at(
                    format!("发放标识 {} 不在本名册，整份回执未处理，请核对是不是别的批次", row.line),
                    format!("line {} is not in this roster; nothing was applied, check the batch", row.line),
                ));
                continue;
            };
            if before.amount != row.amount {
                problems.push(at(
                    format!("金额 {} 与名册 {} 不符", row.amount, before.amount),
                    format!("amount {} differs from the roster's {}", row.amount, before.amount),
                ));
                continue;
            }
            let event = if row.success { LineEvent::Succeed } else { LineEvent::Fail };
            let (from, to) = match (before.state, row.success) {
                (LineState::Sent, _) if bounce => continue,
                (LineState::Sent, true) => (Account::InTransit, Account::Paid),
                (LineState::Sent, false) => (Account::InTransit, Account::Returned),
                (LineState::Paid, false) if bounce => (Account::Paid, Account::Returned),
                (LineState::Paid, false) => {
                    problems.push(at(
                        format!(
                            "发放标识 {} 以前已登记到账，这次报退回；整份回执未处理。请财务复核人员核对以前的到账记录，在本页“{}”，再登记这份回执",
                            row.line,
                            RosterAction::Bounce.zh()
                        ),
                        format!(
                            "line {} was recorded as paid before and is now said to have come back; nothing was applied. The finance reviewer looks at the earlier success and uses `{}` on this page; then record this file",
                            row.line,
                            RosterAction::Bounce.en()
                        ),
                    ));
                    continue;
                }
                (LineState::Paid, true) | (LineState::Returned, false) => {
                    repeated += 1;
                    continue;
                }
                (LineState::Returned, true) | (LineState::Planned | LineState::Voided, _) => {
                    problems.push(at(
                        format!("发放行已是“{}”，回执与之矛盾，请与银行核实", before.state.zh()),
                        format!(
                            "the line is {}, which contradicts the answer; ask the bank",
                            before.state.en()
                        ),
                    ));
                    continue;
                }
            };
            if let Err(refusal) = line.take(event) {
                problems.push(refusal);
                continue;
            }
            if row.success {
                paid += 1;
            } else {
                returned += 1;
                line.bank_reason =
                    if bounce { format!("{PAID_BEFORE}{}", row.reason) } else { row.reason.clone() };
            }
            moves.push(Move { line: before, from, to });
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let open = roster.lines.iter().any(|l| l.state == LineState::Sent);
        if !open {
            roster.state = RosterState::Acknowledged;
            roster.acknowledged_on = roster.acknowledged_on.or(Some(on));
        }
        let transaction = if moves.is_empty() {
            None
        } else {
            let posted = Transaction::post(TransactionKind::Acknowledge, self.id, on, &moves);
            Some(posted.map_err(|r| vec![r])?)
        };
        Ok(Acknowledged { roster, transaction, paid, returned, repeated })
    }

    /// 重发: voids a returned line here and gives its replacement, to be put into a roster of replacements
    /// ([`Self::of_reissues`]). Money that came back goes to the appropriation, to be set aside again by that
    /// roster's seal; a line that was taken out before sending has no money to move.
    ///
    /// # Errors
    /// [`Self::permit`], no such line, or a line that has not come back or was replaced before.
    pub fn reissue(
        &self,
        id: &LineId,
        officer: Officer,
        on: Date,
    ) -> Result<(Self, Line, Option<Transaction>), Refusal> {
        self.permit(RosterAction::Reissue, officer)?;
        let mut roster = self.clone();
        let line = roster.find(id)?;
        let Reissue { old, new, was_returned } = line.reissue()?;
        *line = old.clone();
        let moves = [Move { line: &old, from: Account::Returned, to: Account::Appropriation }];
        let transaction = if was_returned {
            Some(Transaction::post(TransactionKind::Reissue, self.id, on, &moves)?)
        } else {
            None
        };
        Ok((roster, new, transaction))
    }
}

fn post(action: RosterAction, post: Post) -> Result<(), Refusal> {
    let (needed, _) = action.rule();
    if post == needed {
        return Ok(());
    }
    Err(Refusal::new(
        format!("“{}”由{}办理，您的岗位是{}", action.zh(), needed.zh(), post.zh()),
        format!("`{}` is done by the {}; you are {}", action.en(), needed.en(), post.en()),
    ))
}

fn digest_of<'l>(lines: impl Iterator<Item = &'l Line>) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        // The household is whose account is paid.
        hash.update(format!("{}:{}:{}\n", line.id, line.household, line.amount.0));
    }
    hex(&hash.finalize())
}

fn first_line(award: &Award, period: Month) -> Line {
    let purpose = match award.kind {
        Kind::Monthly => Purpose::Regular,
        Kind::Once => Purpose::Once,
    };
    Line {
        id: LineId::derive(&award.programme, award.beneficiary, period, purpose, 0),
        award: award.id,
        programme: award.programme.clone(),
        group: award.group.clone(),
        household: award.household,
        beneficiary: award.beneficiary,
        covered: award.covered.clone(),
        period,
        purpose,
        revision: 0,
        replaces: None,
        replaced_by: None,
        amount: award.amount,
        state: LineState::Planned,
        bank_reason: String::new(),
    }
}

/// A reason as [`Award::reason`] wants it, from a case number.
#[must_use]
pub fn confirmed_by(case_number: &str, from: Month) -> Text {
    Text::new(format!("确认 {case_number}，{from} 起"), format!("confirmed by {case_number}, from {from}"))
}
