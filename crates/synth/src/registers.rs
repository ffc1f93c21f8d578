//! The registers that a county starts with: divisions, hukou households, awards, authorisations.

use std::collections::HashSet;
use std::path::Path;

use doudi_policy::{Date, Fen};

use crate::SynthError;
use crate::awards::Standing;
use crate::calibration as c;
use crate::dice::{Dice, Purpose};
use crate::table::Table;
use crate::world::{END, Household, World, day};
use crate::{files, observe, places};

/// What the police know about a person.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    pub(crate) death_registered: Option<Date>,
    /// 户口 already cancelled.
    pub(crate) cancelled: bool,
    pub(crate) on_hukou: bool,
}

/// What the police know about everybody, by household and member.
pub(crate) struct Registered(Vec<Vec<Known>>);

impl Registered {
    pub(crate) fn of(seed: u64, world: &World) -> Self {
        let known = |(at, home): (usize, &Household)| {
            let mut dice = Dice::new(seed, Purpose::Observation, at as u64);
            home.members
                .iter()
                .map(|p| {
                    let registered = p
                        .died
                        .filter(|_| !dice.happens(&c::DEATH_UNREGISTERED))
                        .map(|on| on.plus_days(dice.draw(&c::DEATH_DELAY) as i32));
                    let death_registered = registered.filter(|on| *on <= day(END));
                    let newborn = p.birth_certificate.is_some();
                    let late = newborn && dice.happens(&c::BIRTH_NOT_IN_HUKOU);
                    Known {
                        death_registered,
                        cancelled: death_registered.is_some() && dice.percent(85),
                        on_hukou: !late,
                    }
                })
                .collect()
        };
        Self(world.households.iter().enumerate().map(known).collect())
    }

    pub(crate) fn get(&self, household: usize, member: usize) -> Known {
        self.0.get(household).and_then(|h| h.get(member)).copied().unwrap_or_default()
    }
}

const HUKOU: [&str; 9] =
    ["户号", "证件号码", "姓名", "性别", "出生日期", "与户主关系", "区划代码", "户口状态", "民族"];
const AWARDS: [&str; 8] = ["待遇", "户号", "证件号码", "姓名", "起始月份", "月金额", "账户尾号", "下次复核"];

const AUTHORISATIONS: [&str; 4] = ["授权书编号", "户号", "起始日期", "截止日期"];
/// A family agrees for a year.
const AGREED_DAYS: i32 = 365;

/// The authorisations behind a file of the banks: every household of which they tell has agreed, a few so long ago
/// that its rows can no longer be read.
pub(crate) fn write_authorisations(
    out: &Path,
    seed: u64,
    world: &World,
    banks: &Table,
) -> Result<(), SynthError> {
    let papers: HashSet<&str> =
        banks.rows.iter().filter_map(|r| r.cells.first()).map(String::as_str).collect();
    let mut rows = Vec::new();
    for (at, home) in world.households.iter().enumerate() {
        let number = observe::paper(at);
        if !papers.contains(number.as_str()) {
            continue;
        }
        let mut dice = Dice::new(seed, Purpose::Authorisations, at as u64);
        let over = dice.happens(&c::AUTHORISATION_OVER);
        let ago = if over { dice.between(370, 500) } else { dice.between(10, 330) } as i32;
        let from = day(END).plus_days(-ago);
        let to = from.plus_days(AGREED_DAYS);
        rows.push([number, home.code.clone(), from.to_string(), to.to_string()]);
    }
    files::csv(&out.join("register/authorisations.csv"), &AUTHORISATIONS, rows, false)
}

pub(crate) fn write(
    out: &Path,
    world: &World,
    known: &Registered,
    standings: &[Standing],
) -> Result<(), SynthError> {
    let folder = out.join("register");
    let header = ["代码", "名称", "级别", "上级代码", "城乡分类"];
    files::csv(&folder.join("divisions.csv"), &header, places::rows(&world.villages), false)?;

    let mut hukou = Vec::new();
    let mut awards = Vec::new();
    for (at, home) in world.households.iter().enumerate() {
        let village = world.villages.get(home.village).map_or("", |v| v.code.as_str());
        for (i, p) in home.members.iter().enumerate() {
            let seen = known.get(at, i);
            if !seen.on_hukou {
                continue;
            }
            let state = match (p.moved_out, seen.cancelled) {
                (Some(_), _) => "迁出",
                (None, true) => "注销",
                _ => "正常",
            };
            hukou.push([
                home.code.clone(),
                p.number.clone(),
                p.name(),
                p.sex.zh().to_owned(),
                p.birth.to_string(),
                p.relation.zh().to_owned(),
                village.to_owned(),
                state.to_owned(),
                p.ethnic.to_owned(),
            ]);
        }
        for award in standings.get(at).map(|s| s.awards.as_slice()).unwrap_or_default() {
            for (line, i) in award.covered.iter().enumerate() {
                let Some(p) = home.members.get(*i) else { continue };
                let amount = if line == 0 { award.amount_fen } else { 0 };
                awards.push([
                    award.outcome.clone(),
                    home.code.clone(),
                    p.number.clone(),
                    p.name(),
                    award.from.to_string(),
                    Fen(amount).to_string(),
                    format!("{:04}", award.account),
                    award.review.to_string(),
                ]);
            }
        }
    }
    files::csv(&folder.join("hukou.csv"), &HUKOU, hukou, false)?;
    files::csv(&folder.join("awards.csv"), &AWARDS, awards, false)
}
