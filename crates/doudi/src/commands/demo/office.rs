//! The office of one township, with the county behind it: it takes leads to decisions by the commands of the casework,
//! each by the person whose post it is, on working days.

use anyhow::{Context as _, Result, anyhow};
use doudi_casework::act::Command;
use doudi_casework::case::LeadResult;
use doudi_casework::procedure::PayStart;
use doudi_casework::{Case, HumanDecision, Surveyor, Told, Visit};
use doudi_payment::{Award, Beneficiary};
use doudi_policy::eval::Mode;
use doudi_policy::plan::{Entity, Per, Type};
use doudi_policy::sheet::{FactSheet, SheetSubject};
use doudi_policy::{Date, DivisionCode, Fen, Truth};
use doudi_registry::{Lead, PersonId, Post, Relation, Scalar, Staff, VisitId};
use doudi_store::Store;
use doudi_web::family::Family;
use doudi_web::judge::{self, Judged};
use doudi_web::pages::case_forms;
use doudi_web::pages::visit::{Question, answer, questions, surveyor, visit_of};
use doudi_web::{AppState, Lang, cases_view, vocab};

use super::history::Days;

/// Rounds of questions that one visit may take: an answer can open another question.
const ROUNDS: usize = 5;

/// Answers of a visit, and the amount that the rules give with them.
pub(crate) struct Survey {
    answers: Vec<(Question, Scalar)>,
    pub(crate) amount: Fen,
}

/// The people who work, and what they work on.
pub(crate) struct Office {
    state: AppState,
    staff: Vec<Staff>,
    area: DivisionCode,
}

fn told(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}")
}

impl Office {
    /// The office of the township that has a clerk.
    pub(crate) async fn open(state: AppState) -> Result<Self> {
        let staff = state.store().all_staff().await.map_err(told)?;
        let clerk = staff.iter().find(|s| s.post == Post::TownshipClerk);
        let area = clerk.context("no township clerk")?.division.clone();
        Ok(Self { state, staff, area })
    }

    pub(crate) fn store(&self) -> &Store {
        self.state.store()
    }

    pub(crate) fn state(&self) -> &AppState {
        &self.state
    }

    pub(crate) fn covers(&self, place: &DivisionCode) -> bool {
        place.within(&self.area)
    }

    pub(crate) fn anybody(&self, post: Post) -> Result<&Staff> {
        self.staff.iter().find(|s| s.post == post).with_context(|| format!("no {}", post.en()))
    }

    /// The award of the programme of a lead that runs.
    pub(crate) async fn award(&self, lead: &Lead) -> Result<Option<Award>> {
        let all = self.store().awards_of(lead.household).await.map_err(told)?;
        let whose = |a: &Award| match (a.beneficiary, lead.person) {
            (Beneficiary::Person(p), Some(of)) => p == of,
            _ => true,
        };
        Ok(all.into_iter().find(|a| a.programme == lead.outcome && a.to.is_none() && whose(a)))
    }

    /// Whether somebody receives what the programme of a lead excludes: which one stays is a question to the family,
    /// and no confirmation.
    async fn barred(&self, lead: &Lead, on: Date) -> Result<bool> {
        let month = super::period();
        let plan = self.state.law().plan(month, on).map_err(told)?;
        let excluded = doudi_web::law::excluded(&plan, &lead.outcome);
        let received = self.store().receiving_of(lead.household, month).await.map_err(told)?;
        Ok(received
            .iter()
            .any(|r| lead.person.is_none_or(|p| p == r.person) && excluded.contains(&r.programme)))
    }

    /// What a visit would find and what the rules say then: `None` where they do not give the programme. A family
    /// tells of no income but what is needed for `wanted`, where the rules allow that amount. A family that mourns is
    /// left alone, and so is one that would have to choose between two benefits.
    pub(crate) async fn survey(&self, lead: &Lead, on: Date, wanted: Option<Fen>) -> Result<Option<Survey>> {
        if self.barred(lead, on).await? {
            return Ok(None);
        }
        let family = self.state.family(lead.household).await.map_err(told)?;
        let known = judge::sheet_of(&self.state, &family, Some(lead.id), on).await.map_err(told)?;
        let died = |m: &SheetSubject| m.facts.get("deceased").is_some_and(|f| f.value == true);
        if known.members.iter().any(died) {
            return Ok(None);
        }
        let mut answers: Vec<(Question, Scalar)> = Vec::new();
        let mut amount = None;
        for _ in 0..ROUNDS {
            let (judged, people) = self.with(lead, &family, &answers, on).await?;
            let Some(programme) = judged.programme(&lead.outcome) else { return Ok(None) };
            amount = self.single(&judged, lead);
            if amount.is_some() || programme.outcome == Truth::False {
                break;
            }
            let asked = questions(Lang::Zh, self.state.law().book(), &family, &people, &programme.open);
            let before = answers.len();
            for question in asked {
                let known = |(q, _): &(Question, Scalar)| q.name == question.name;
                if let Some(said) = self.says(&family, &question).filter(|_| !answers.iter().any(known)) {
                    answers.push((question, said));
                }
            }
            if answers.len() == before {
                break;
            }
        }
        let Some(most) = amount else { return Ok(None) };
        let Some(wanted) = wanted.filter(|w| *w < most) else {
            return Ok(Some(Survey { answers, amount: most }));
        };
        for at in 0..answers.len() {
            let Some((question, said)) = answers.get(at).cloned() else { continue };
            let Some(month) = self.income(&family, &question) else { continue };
            let earned = Scalar::Number((most.0 - wanted.0).saturating_mul(month));
            if let Some(slot) = answers.get_mut(at) {
                slot.1 = earned;
            }
            let (judged, _) = self.with(lead, &family, &answers, on).await?;
            if self.single(&judged, lead) == Some(wanted) {
                return Ok(Some(Survey { answers, amount: wanted }));
            }
            if let Some(slot) = answers.get_mut(at) {
                slot.1 = said;
            }
        }
        Ok(Some(Survey { answers, amount: most }))
    }

    /// What the rules say with some answers laid over what is on file.
    async fn with(
        &self,
        lead: &Lead,
        family: &Family,
        answers: &[(Question, Scalar)],
        on: Date,
    ) -> Result<(Judged, Vec<Option<PersonId>>)> {
        let mut sheet = judge::sheet_of(&self.state, family, Some(lead.id), on).await.map_err(told)?;
        let seen = self.visit(family, answers, on)?.observations(VisitId(0));
        judge::lay(&self.state, &mut sheet, &seen, on);
        let people = sheet.members.iter().map(|m| m.person.map(PersonId)).collect();
        let judged =
            judge::judge(Lang::Zh, &self.state, &sheet, on.month(), on, Mode::Decide).map_err(told)?;
        Ok((judged, people))
    }

    /// The amount where the programme is met with a single one, and for one person only where it is for persons.
    fn single(&self, judged: &Judged, lead: &Lead) -> Option<Fen> {
        let programme = judged.programme(&lead.outcome)?;
        let one = programme.shown.is_none() || programme.members.len() == 1;
        match programme.amount {
            (Some(lo), Some(hi)) if programme.outcome == Truth::True && one && lo == hi => Some(lo),
            _ => None,
        }
    }

    /// What a poor family answers: everybody lives here, and nothing comes in beyond what is on file.
    fn says(&self, family: &Family, question: &Question) -> Option<Scalar> {
        let id = question.fact();
        let Some(fact) = vocab::find(self.state.law().book(), id) else {
            return matches!(id, "members" | "obligors").then(|| Scalar::Text("no".to_owned()));
        };
        match fact.ty {
            Type::Bool => Some(Scalar::Bool(id == "co_resident")),
            Type::Money(_) | Type::Exact(_) => Some(Scalar::Number(0)),
            Type::Int => Some(Scalar::Number(i64::from(id == "dwelling_count" && is_head(family, question)))),
            Type::Enum(_) => {
                question.options.iter().any(|o| o.value == "none").then(|| Scalar::Text("none".to_owned()))
            }
            Type::Rate | Type::Date | Type::Month => None,
        }
    }

    /// Whether a question asks for an income of the head or the household, as the months that its answer covers.
    fn income(&self, family: &Family, question: &Question) -> Option<i64> {
        let earned = matches!(question.fact(), "farm_income" | "casual_income");
        if !earned || (question.person().is_some() && !is_head(family, question)) {
            return None;
        }
        let fact = vocab::find(self.state.law().book(), question.fact())?;
        match (fact.of, fact.ty) {
            (Entity::Household | Entity::Member, Type::Money(Per::Year) | Type::Exact(Per::Year)) => Some(12),
            (Entity::Household | Entity::Member, Type::Money(Per::Month) | Type::Exact(Per::Month)) => {
                Some(1)
            }
            _ => None,
        }
    }

    async fn act(&self, case: Case, command: Command, post: Post, day: Date) -> Result<Case> {
        let desk = cases_view::desk(&self.state, &case.programme, day).await.map_err(told)?;
        let actor = cases_view::actor(self.anybody(post)?);
        let done = self.store().act(case.id, case.version, command, &actor, &desk).await;
        Ok(done.map_err(told)?.case)
    }

    /// The clerk makes the lead a case and sends the social worker.
    async fn send(&self, lead: &Lead, day: Date) -> Result<Case> {
        let case = cases_view::open_case(&self.state, lead, day).await.map_err(told)?;
        let visitor = self.anybody(Post::SocialWorker)?;
        let command = Command::Assign { to: visitor.id, name: visitor.name.clone() };
        self.act(case, command, Post::TownshipClerk, day).await
    }

    /// The visit on which the family tells the answers.
    fn visit(&self, family: &Family, answers: &[(Question, Scalar)], on: Date) -> Result<Visit> {
        let told =
            Told { answers: answers.iter().map(|(q, said)| answer(q, said)).collect(), ..Told::default() };
        let note = "家里情况与户主所说一致，愿意申请，请镇里一并受理。".to_owned();
        Ok(visit_of(on, self.two()?, Some(family.head.clone()), told, note))
    }

    fn two(&self) -> Result<Vec<Surveyor>> {
        Ok(vec![surveyor(self.anybody(Post::SocialWorker)?), surveyor(self.anybody(Post::TownshipClerk)?)])
    }

    /// Lead, visit, acceptance, check, first opinion, public notice, submission, confirmation and notice.
    pub(crate) async fn confirm(&self, lead: &Lead, survey: &Survey, days: &Days) -> Result<Case> {
        use Post::{CountyOfficer, SocialWorker, TownshipClerk, TownshipHead};
        let family = self.state.family(lead.household).await.map_err(told)?;
        let mut case = self.send(lead, days.sweep).await?;
        let visit = self.visit(&family, &survey.answers, days.visit)?;
        case = self.act(case, visit.into(), SocialWorker, days.visit).await?;
        case = self.act(case, Command::Accept { kin: Vec::new() }, TownshipClerk, days.visit).await?;
        case = self.act(case, Command::RequestCheck, TownshipClerk, days.visit).await?;

        let (judged, sheet) = self.rules(&case, &family, days.opinion).await?;
        let (asked, answered) = doudi_web::pages::case::sources(self.state.law().book(), &sheet);
        let check = Command::RecordCheck { asked, answered, differences: String::new(), settled: true };
        case = self.act(case, check, TownshipClerk, days.opinion).await?;
        let opinion = {
            let people: Vec<PersonId> =
                sheet.members.iter().map(|m| PersonId(m.person.unwrap_or(0))).collect();
            let desk = case_forms::Desk {
                l: Lang::Zh,
                case: &case,
                family: &family,
                actor: cases_view::actor(self.anybody(TownshipClerk)?),
                today: days.opinion,
                decide: &judged,
                adverse: &judged,
                people: &people,
                visitors: &[],
                sources: (asked, answered),
                replaced: &[],
                officials: &self.staff,
                pay_start: PayStart::default(),
            };
            Command::ProposeApprove {
                amount: desk.amount().context("the rules give no single amount")?,
                covered: desk.covered(),
                finding: desk.finding(),
                text: "入户走访和信息核对一致，符合条件，建议同意。".to_owned(),
                policy_version: judged.package_hash.clone(),
            }
        };
        case = self.act(case, opinion, TownshipClerk, days.opinion).await?;
        case = self.act(case, Command::StartPublicity, TownshipClerk, days.opinion).await?;
        case = self.act(case, Command::Submit, TownshipHead, days.submit).await?;

        let (judged, _) = self.rules(&case, &family, days.confirm).await?;
        let officer = cases_view::actor(self.anybody(CountyOfficer)?);
        let seen = ["explanation", "check", "visits", "opinion", "publicity"].map(str::to_owned).to_vec();
        let reason = "公示期满无异议，与镇里意见一致，同意。";
        let decision =
            HumanDecision::favourable(&officer, reason, seen, judged.package_hash.clone()).map_err(told)?;
        let finding = judged.programme(&case.programme).map_or(Truth::Unknown, |p| p.outcome);
        case = self.act(case, Command::Confirm { decision, finding }, CountyOfficer, days.confirm).await?;
        let ways = vec!["paper".to_owned(), "visit".to_owned()];
        self.act(case, Command::RecordNotice { ways }, TownshipClerk, days.confirm).await
    }

    async fn rules(&self, case: &Case, family: &Family, day: Date) -> Result<(Judged, FactSheet)> {
        let sheet = judge::sheet_of(&self.state, family, case.lead, day).await.map_err(told)?;
        let judged = judge::judge(Lang::Zh, &self.state, &sheet, day.month(), day, Mode::Decide);
        Ok((judged.map_err(told)?, sheet))
    }

    /// Somebody who received for themselves has died: two people look, the clerk proposes a review, an officer of the
    /// county stops the benefit with reasons. `false` where the award covers anybody else.
    pub(crate) async fn stop_after_death(&self, lead: &Lead, days: &Days) -> Result<bool> {
        use Post::{CountyOfficer, SocialWorker, TownshipClerk};
        let award = self.award(lead).await?.filter(|a| a.covered.len() == 1 && a.amount > Fen::ZERO);
        let Some(award) = award else { return Ok(false) };
        let case = self.send(lead, days.sweep).await?;
        let visit = Command::RecordVisit {
            on: days.visit,
            surveyors: self.two()?,
            signed_by: None,
            met: false,
            told: Told::default(),
            note: "家中无人。邻居和村干部都说，本人已经去世。".to_owned(),
        };
        let case = self.act(case, visit, SocialWorker, days.visit).await?;
        let close = Command::CloseLead {
            result: LeadResult::StopProposed,
            note: "本人已去世，户内无其他人，建议复核待遇。".to_owned(),
        };
        let case = self.act(case, close, TownshipClerk, days.opinion).await?;
        let officer = cases_view::actor(self.anybody(CountyOfficer)?);
        let family = self.state.family(lead.household).await.map_err(told)?;
        let (judged, _) = self.rules(&case, &family, days.seal).await?;
        let reason = "享受人已去世，入户走访与死亡登记一致，户内没有其他保障对象。";
        let seen = ["explanation", "visits"].map(str::to_owned).to_vec();
        let decision =
            HumanDecision::adverse(&officer, reason, seen, judged.package_hash.clone()).map_err(told)?;
        let desk = cases_view::desk(&self.state, &case.programme, days.seal).await.map_err(told)?;
        let last = days.seal.month();
        self.store().stop_award(award.id, case.id, last, &decision, &officer, &desk).await.map_err(told)?;
        Ok(true)
    }
}

fn is_head(family: &Family, question: &Question) -> bool {
    family
        .members
        .iter()
        .any(|m| m.membership.relation == Relation::Head && question.person() == Some(m.person.id))
}
