//! 告知与公示: the papers that reach a family and its village, in both languages.
//!
//! The public notice shows name (masked), number of members and amount, and nothing else. A refusal states the
//! reason and the way to appeal.

use doudi_policy::{Date, Fen, Month};
use serde::{Deserialize, Serialize};

use crate::procedure::Appeal;
use crate::staff::named;
use crate::text::Bilingual;

named! {
    /// 文书种类.
    NoticeKind {
        /// 一次性补正告知
        Supplement = "supplement" "补正告知书" "notice of missing papers",
        /// 公示
        Publicity = "publicity" "公示" "public notice",
        /// 确认告知
        Confirmation = "confirmation" "确认告知书" "notice of confirmation",
        /// 不予确认告知
        Refusal = "refusal" "不予确认告知书" "notice of refusal",
        /// 停发告知
        Stop = "stop" "停发告知书" "notice of a stop",
    }
}

/// 文书 as ordered by a command; the names come in when it is rendered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Kind.
    pub kind: NoticeKind,
    /// Outcome id of the programme.
    pub programme: String,
    /// Day.
    pub on: Date,
    /// Money, where there is some.
    pub amount: Option<Fen>,
    /// Members covered.
    pub members: Option<u32>,
    /// Whether the money comes once and not each month.
    pub once: bool,
    /// Whether the money was handed out before the decision and is not paid again.
    #[serde(default)]
    pub handed_out: bool,
    /// First month.
    pub from: Option<Month>,
    /// Last day of a public notice.
    pub until: Option<Date>,
    /// Last day of delivery.
    pub deliver_by: Option<Date>,
    /// Reason of a refusal, as the deciding person wrote it.
    pub reason: String,
    /// What is missing.
    pub missing: Vec<String>,
    /// The way to appeal.
    pub appeal: Option<Remedy>,
}

/// 救济途径 as a sentence needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// Time for an administrative review, in words.
    pub review: Bilingual,
    /// Time for a lawsuit, in words.
    pub lawsuit: Bilingual,
    /// Where to turn.
    pub to: Bilingual,
}

impl From<&Appeal> for Remedy {
    fn from(appeal: &Appeal) -> Self {
        Self { review: appeal.review.text(), lawsuit: appeal.lawsuit.text(), to: appeal.to.clone() }
    }
}

/// Whom a notice speaks to and about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// Name of the applicant; masked by [`mask_name`] where it becomes public.
    pub name: String,
    /// Name of the programme.
    pub programme: Bilingual,
    /// Village or community.
    pub place: Bilingual,
    /// The office that signs.
    pub authority: Bilingual,
    /// Telephone for questions and objections.
    pub hotline: String,
}

/// 姓名脱敏: `石望山` → `石*山`, `柳青` → `柳*`; a longer name keeps its first and last character.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let chars: Vec<char> = name.trim().chars().collect();
    match chars.as_slice() {
        [] => String::new(),
        [_] => "*".to_owned(),
        [first, _] => format!("{first}*"),
        [first, middle @ .., last] => {
            format!("{first}{}{last}", "*".repeat(middle.len()))
        }
    }
}

impl Notice {
    /// The text in both languages, paragraphs on lines of their own.
    #[must_use]
    pub fn render(&self, to: &Addressee) -> Bilingual {
        match self.kind {
            NoticeKind::Supplement => self.supplement(to),
            NoticeKind::Publicity => self.publicity(to),
            NoticeKind::Confirmation => self.confirmation(to),
            NoticeKind::Refusal => self.refusal(to),
            NoticeKind::Stop => self.stop(to),
        }
    }

    fn money(&self) -> Bilingual {
        match (self.amount, self.once) {
            (None, _) => Bilingual::default(),
            (Some(fen), true) => Bilingual::new(format!("一次性{fen}元"), format!("{fen} yuan once")),
            (Some(fen), false) => Bilingual::new(format!("每月{fen}元"), format!("{fen} yuan a month")),
        }
    }

    fn supplement(&self, to: &Addressee) -> Bilingual {
        let zh_list = numbered(&self.missing, "；");
        let en_list = numbered(&self.missing, "; ");
        Bilingual::new(
            format!(
                "{}：\n您申请的{}，还缺以下材料：{zh_list}。\n这是一次性告知，补齐后即受理，能通过信息核对查到的不用您提供。\n如有困难请打 {}，工作人员可以上门帮您办。\n{}\n{}",
                to.name, to.programme.zh, to.hotline, to.authority.zh, self.on
            ),
            format!(
                "{}:\nYour application for {} still lacks: {en_list}.\nThis list is complete; the application is accepted once it is filled. What registers can tell us is not asked of you.\nIf this is difficult, call {}; we can come to you.\n{}\n{}",
                to.name, to.programme.en, to.hotline, to.authority.en, self.on
            ),
        )
    }

    fn publicity(&self, to: &Addressee) -> Bilingual {
        let name = mask_name(&to.name);
        let members = self.members.unwrap_or_default();
        let money = self.money();
        // The day on which it is put up is not counted.
        let first = self.on.plus_days(1);
        let last = self.until.unwrap_or(first);
        Bilingual::new(
            format!(
                "{}拟纳入{}公示\n申请人：{name}　家庭人数：{members}　金额：{}\n公示期自{first}起至{last}止。有不同意见的，可以署名或不署名向我们反映，电话 {}，都会核查并答复。\n{}\n{}",
                to.place.zh, to.programme.zh, money.zh, to.hotline, to.authority.zh, self.on
            ),
            format!(
                "{}: public notice of {}\nApplicant: {name}   members: {members}   amount: {}\nThe notice runs from {first} to {last}. Objections, signed or unsigned, are looked into and answered: {}.\n{}\n{}",
                to.place.en, to.programme.en, money.en, to.hotline, to.authority.en, self.on
            ),
        )
    }

    fn confirmation(&self, to: &Addressee) -> Bilingual {
        let members = self.members.unwrap_or_default();
        let money = self.money();
        let (zh_from, en_from) = match (self.from, self.once) {
            _ if self.handed_out => (
                "，已经当场给付，不再另发".to_owned(),
                ", which was handed to you; nothing further is paid".to_owned(),
            ),
            (Some(month), false) => {
                (format!("，自{month}起发放到您家的账户"), format!(", paid to your account from {month}"))
            }
            _ => (String::new(), String::new()),
        };
        Bilingual::new(
            format!(
                "{}：\n您申请的{}已经确认：{members}人，{}{zh_from}。\n家庭人口、收入、财产有重大变化时，请告诉乡镇或村里。\n对金额有异议，可以打 {} 或到乡镇申请复核。\n{}\n{}",
                to.name, to.programme.zh, money.zh, to.hotline, to.authority.zh, self.on
            ),
            format!(
                "{}:\nYour application for {} is confirmed: {members} people, {}{en_from}.\nPlease tell the township or the village of major changes in family, income or property.\nIf you disagree with the amount, call {} or ask the township for a review.\n{}\n{}",
                to.name, to.programme.en, money.en, to.hotline, to.authority.en, self.on
            ),
        )
    }

    fn way_to_appeal(&self) -> (String, String) {
        match &self.appeal {
            Some(a) => (
                format!(
                    "不服本决定的，可以自收到之日起{}内向{}申请行政复议，或者在{}内向人民法院提起诉讼。",
                    a.review.zh, a.to.zh, a.lawsuit.zh
                ),
                format!(
                    "If you disagree, you may apply for an administrative review to {} within {} of receiving this notice, or bring a lawsuit before the court within {}.",
                    a.to.en, a.review.en, a.lawsuit.en
                ),
            ),
            None => (String::new(), String::new()),
        }
    }

    fn stop(&self, to: &Addressee) -> Bilingual {
        let (zh_appeal, en_appeal) = self.way_to_appeal();
        let from = self.from.map(|m| m.to_string()).unwrap_or_default();
        Bilingual::new(
            format!(
                "{}：\n您家享受的{}，经入户核实，决定自{from}起停发。\n理由：{}\n如果上面的情况与事实不符，请告诉我们哪一条不对，我们会核实更正，停发的部分如数补发。\n{zh_appeal}\n联系电话 {}。\n{}\n{}",
                to.name, to.programme.zh, self.reason, to.hotline, to.authority.zh, self.on
            ),
            format!(
                "{}:\nAfter a visit, {} for your family is stopped from {from}.\nReason: {}\nIf any of this is wrong, tell us which; we check and correct it and pay what was held back.\n{en_appeal}\nTelephone: {}.\n{}\n{}",
                to.name, to.programme.en, self.reason, to.hotline, to.authority.en, self.on
            ),
        )
    }

    fn refusal(&self, to: &Addressee) -> Bilingual {
        let (zh_appeal, en_appeal) = self.way_to_appeal();
        Bilingual::new(
            format!(
                "{}：\n您申请的{}，经调查核实，决定不予确认。\n理由：{}\n如果上面的情况与事实不符，请告诉我们哪一条不对，我们会核实更正，更正后可以重新申请。\n{zh_appeal}\n生活遇到急难的，随时可以申请临时救助。联系电话 {}。\n{}\n{}",
                to.name, to.programme.zh, self.reason, to.hotline, to.authority.zh, self.on
            ),
            format!(
                "{}:\nYour application for {} is not confirmed.\nReason: {}\nIf any of this is wrong, tell us which; we check and correct it, and you may apply again.\n{en_appeal}\nIn an emergency you may ask for temporary assistance at any time: {}.\n{}\n{}",
                to.name, to.programme.en, self.reason, to.hotline, to.authority.en, self.on
            ),
        )
    }
}

fn numbered(items: &[String], separator: &str) -> String {
    let lines: Vec<String> = items.iter().zip(1..).map(|(item, n)| format!("{n}. {item}")).collect();
    lines.join(separator)
}
