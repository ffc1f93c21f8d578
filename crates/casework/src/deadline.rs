//! 时限: what is due by when, legal and promised, and how it stands today.

use doudi_policy::Date;
use doudi_registry::Post;
use serde::{Deserialize, Serialize};

use crate::calendar::WorkingCalendar;
use crate::procedure::{Limit, Milestone, Procedure};
use crate::text::{Bilingual, Refusal};

/// Working days that count as soon.
const SOON: i32 = 3;

/// Step id of the total limit.
pub const TOTAL: &str = "total";

/// 时限 of one step of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Step id of the procedure, or [`TOTAL`].
    pub step: String,
    /// What is due.
    pub name: Bilingual,
    /// Whose it is, where one post answers for it.
    pub post: Option<Post>,
    /// Day of the event that started it.
    pub from: Date,
    /// Last day by law.
    pub legal: Date,
    /// The legal limit in words.
    pub limit: Bilingual,
    /// Last day promised, where the county promises less.
    pub promised: Option<Date>,
    /// What ends it.
    pub until: Milestone,
    /// Day on which it was done.
    pub done_on: Option<Date>,
    /// Citations.
    pub source: Vec<String>,
}

/// 期限标签.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "days")]
pub enum Chip {
    /// 已超期: by so many working days.
    Overdue(i32),
    /// 今日到期
    Today,
    /// 将到期: within three working days.
    Soon(i32),
    /// 未到期: so many working days are left.
    InTime(i32),
    /// 已完成
    Done,
}

impl Chip {
    /// As the work list says it.
    #[must_use]
    pub fn text(self) -> Bilingual {
        match self {
            Self::Overdue(n) => {
                Bilingual::new(format!("已超期{n}个工作日"), format!("{n} working days overdue"))
            }
            Self::Today => Bilingual::new("今日到期", "due today"),
            Self::Soon(n) | Self::InTime(n) => {
                Bilingual::new(format!("剩{n}个工作日"), format!("{n} working days left"))
            }
            Self::Done => Bilingual::new("已完成", "done"),
        }
    }
}

impl Deadline {
    /// How it stands on a day against the legal limit.
    ///
    /// # Errors
    /// The calendar lacks a year.
    pub fn chip(&self, today: Date, calendar: &WorkingCalendar) -> Result<Chip, Refusal> {
        self.chip_for(self.legal, today, calendar)
    }

    /// How it stands against the promised limit, where there is one.
    ///
    /// # Errors
    /// The calendar lacks a year.
    pub fn promised_chip(&self, today: Date, calendar: &WorkingCalendar) -> Result<Option<Chip>, Refusal> {
        self.promised.map(|due| self.chip_for(due, today, calendar)).transpose()
    }

    fn chip_for(&self, due: Date, today: Date, calendar: &WorkingCalendar) -> Result<Chip, Refusal> {
        if self.done_on.is_some() {
            return Ok(Chip::Done);
        }
        if today == due {
            return Ok(Chip::Today);
        }
        let left = calendar.working_days_between(today, due)?;
        Ok(if today > due {
            // A limit in hours can pass on a Sunday: overdue is overdue.
            Chip::Overdue((-left).max(1))
        } else if left <= SOON {
            Chip::Soon(left)
        } else {
            Chip::InTime(left)
        })
    }

    /// Whether it was kept, or `None` while it runs in time.
    #[must_use]
    pub fn kept(&self, today: Date) -> Option<bool> {
        match self.done_on {
            Some(done) => Some(done <= self.legal),
            None if today > self.legal => Some(false),
            None => None,
        }
    }
}

/// What the clocks need to know of a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks<'a> {
    pub(crate) calendar: &'a WorkingCalendar,
    pub(crate) procedure: &'a Procedure,
    pub(crate) urgency: Option<u8>,
    /// Whether help in an emergency is still to be given.
    pub(crate) urgent: bool,
    /// Whether the family itself applied.
    pub(crate) applied: bool,
    pub(crate) delegated: bool,
    pub(crate) special: bool,
}

impl Clocks<'_> {
    /// Stops what the milestone ends, then starts what it begins. A clock that runs is not started again.
    pub(crate) fn reach(
        &self,
        deadlines: &mut Vec<Deadline>,
        milestone: Milestone,
        on: Date,
    ) -> Result<(), Refusal> {
        for deadline in deadlines.iter_mut() {
            let ends = deadline.until == milestone || milestone == Milestone::End;
            if ends && deadline.done_on.is_none() {
                deadline.done_on = Some(on);
            }
        }
        for step in &self.procedure.steps {
            let Some(until) = step.until else {
                continue;
            };
            // Who asks for help in an emergency need not wait for a visit until the clock runs.
            let asked = self.applied && milestone == Milestone::Application;
            if step.after != milestone && !(asked && until == Milestone::FirstHelp) {
                continue;
            }
            // The public notice is a least time, not a limit; and only an emergency is helped first.
            let least_time = step.after == Milestone::Publicity;
            if least_time || (until == Milestone::FirstHelp && !self.urgent) {
                continue;
            }
            let Some(limit) = step.limit_for(self.urgency) else {
                continue;
            };
            let running = |d: &Deadline| d.step == step.id && d.done_on.is_none();
            if deadlines.iter().any(running) {
                continue;
            }
            deadlines.push(Deadline {
                step: step.id.clone(),
                name: step.name.clone(),
                post: step.post,
                from: on,
                legal: self.due(limit, on)?,
                limit: limit.text(),
                promised: step.promised.map(|p| self.due(p, on)).transpose()?,
                until,
                done_on: None,
                source: step.source.clone(),
            });
        }
        let clock = self.procedure.clock.as_ref();
        let runs = deadlines.iter().any(|d| d.step == TOTAL);
        if let Some(clock) = clock.filter(|c| c.start == milestone && !runs) {
            let limit = self.total().unwrap_or(clock.legal);
            deadlines.push(Deadline {
                step: TOTAL.to_owned(),
                name: Bilingual::new("全程办结", "the whole case"),
                post: None,
                from: on,
                legal: self.due(limit, on)?,
                limit: limit.text(),
                promised: clock.promised.map(|p| self.due(p, on)).transpose()?,
                until: Milestone::Decision,
                done_on: None,
                source: clock.source.clone(),
            });
        }
        Ok(())
    }

    /// Stops the clocks of the decision, but not the total limit.
    pub(crate) fn pause_decision(&self, deadlines: &mut [Deadline], on: Date) {
        for deadline in deadlines.iter_mut() {
            let stops = deadline.until == Milestone::Decision && deadline.step != TOTAL;
            if stops && deadline.done_on.is_none() {
                deadline.done_on = Some(on);
            }
        }
    }

    /// Recomputes a running total limit after the case became special.
    pub(crate) fn extend_total(&self, deadlines: &mut [Deadline]) -> Result<(), Refusal> {
        let Some(limit) = self.total() else {
            return Ok(());
        };
        for deadline in deadlines.iter_mut() {
            if deadline.step == TOTAL && deadline.done_on.is_none() {
                let due = self.due(limit, deadline.from)?;
                if due > deadline.legal {
                    deadline.legal = due;
                    deadline.limit = limit.text();
                }
            }
        }
        Ok(())
    }

    fn total(&self) -> Option<Limit> {
        let clock = self.procedure.clock.as_ref()?;
        let delegated = clock.delegated.filter(|_| self.delegated);
        let special = clock.special.filter(|_| self.special);
        Some(special.or(delegated).unwrap_or(clock.legal))
    }

    fn due(&self, limit: Limit, from: Date) -> Result<Date, Refusal> {
        limit.due(from, self.calendar, self.procedure.roll)
    }
}
