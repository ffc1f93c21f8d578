//! 名册月份: for which month a roster may be made. What an older system has paid is not paid again, and a month is
//! compared with the one before it, which must be there.

use doudi_policy::Month;
use doudi_registry::RosterId;

use crate::award::Award;
use crate::refusal::Refusal;
use crate::roster::NewRoster;

/// Whether the month of a new roster is open. `made` are the months of which the programme has a roster already,
/// those of interest at least: the month itself and the one of the day.
///
/// # Errors
/// A month after the next one; an earlier month that never had a roster here; the next month while this one pays
/// somebody and has no roster yet.
pub fn open(new: &NewRoster, awards: &[Award], made: &[Month]) -> Result<(), Refusal> {
    let now = new.on.month();
    let next = now.plus(1);
    let period = new.period;
    if period > next {
        return Err(Refusal::new(
            format!("{period} 还没有到，现在只能编制本月（{now}）或下月（{next}）的名册"),
            format!(
                "{period} is too far ahead: make the roster of this month ({now}) or of the next ({next})"
            ),
        ));
    }
    if period < now && !made.contains(&period) {
        return Err(Refusal::new(
            format!(
                "{period} 没有在平台上编制过本项目的名册，那时的钱不由平台发放，不能补编；请改选本月（{now}）或下月（{next}）"
            ),
            format!(
                "{period} has no roster of this programme here: what was due then was not paid from this platform and \
                 is not made up for; choose this month ({now}) or the next ({next})"
            ),
        ));
    }
    let pays = |a: &Award| a.programme == new.programme && a.pays_in(now);
    if period == next && !made.contains(&now) && awards.iter().any(pays) {
        return Err(Refusal::new(
            format!("请先编制 {now} 的名册：{now} 有在享待遇而还没有名册，{next} 就没有可以对照的上月"),
            format!(
                "make the roster of {now} first: awards pay in {now} and it has no roster yet, so {next} has no month to \
                 be compared with"
            ),
        ));
    }
    Ok(())
}

/// Whether the months before a roster's are settled. `drafts` are the rosters of the programme that are still being
/// made and pay somebody for the first time, those of later months too.
///
/// # Errors
/// A draft of an earlier month: what it pays may still change, and nothing can be compared with it.
pub fn settled(period: Month, drafts: &[(RosterId, Month)]) -> Result<(), Refusal> {
    match drafts.iter().filter(|(_, month)| *month < period).min_by_key(|(_, month)| *month) {
        None => Ok(()),
        Some((id, month)) => Err(Refusal::new(
            format!(
                "{month} 的名册 {id} 还在编制中，{period} 没有可以对照的上月；请先由另一人复核封存 {month} 的名册，不发的行逐一剔除"
            ),
            format!(
                "roster {id} of {month} is still a draft, so {period} has no month to be compared with; have it reviewed \
                 and sealed first, and take out the lines that are not to be paid"
            ),
        )),
    }
}
