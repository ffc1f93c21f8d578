//! The calendars and procedures of the repository, as they are.

use std::fs;
use std::path::{Path, PathBuf};

use doudi_casework::{Context, Limit, Milestone, Origin, Procedure, WorkingCalendar, open};

use crate::support::date;

fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/cn")
}

fn calendar() -> WorkingCalendar {
    let texts: Vec<String> = (2020..=2026)
        .map(|year| fs::read_to_string(policies().join(format!("calendar/{year}.toml"))).unwrap())
        .collect();
    WorkingCalendar::from_texts(texts.iter().map(String::as_str)).unwrap()
}

#[test]
fn seven_years_of_calendars_are_read() {
    let c = calendar();
    assert_eq!(c.years().collect::<Vec<_>>(), (2020..=2026).collect::<Vec<_>>());
    assert_eq!(c.add_working_days(date("2024-03-04"), 30).unwrap(), date("2024-04-16"));
    assert_eq!(c.add_working_days(date("2024-03-04"), 45).unwrap(), date("2024-05-09"));
    // The new year's holiday of 2024 and its neighbours: 29 December, then 2 January.
    assert_eq!(c.add_working_days(date("2023-12-29"), 1).unwrap(), date("2024-01-02"));
    // Spring festival 2020 was prolonged to 2 February; 3 February was a working day.
    assert_eq!(c.add_working_days(date("2020-01-23"), 1).unwrap(), date("2020-02-03"));
    for year in 2020..=2026 {
        assert!(
            c.notice(year)
                .is_some_and(|n| n.contains(&format!("{}", year - 1)) || n.contains(&format!("{year}")))
        );
        let first = doudi_policy::Date::from_ymd(year, 1, 1).unwrap();
        let last = doudi_policy::Date::from_ymd(year, 12, 31).unwrap();
        let days = c.working_days_between(first, last).unwrap();
        assert!((247..=252).contains(&days), "{year}: {days}");
    }
}

#[test]
fn every_package_has_a_procedure_that_is_read() {
    let mut found = 0;
    for entry in fs::read_dir(policies()).unwrap() {
        let path = entry.unwrap().path().join("procedure.toml");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        found += 1;
        let procedure = Procedure::parse(&text).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
        assert!(
            procedure
                .steps
                .iter()
                .any(|s| s.until == Some(Milestone::Visit) && s.limit_for(Some(0)).is_some()),
            "{}: a red lead needs a limit",
            path.display()
        );
        let name = path.parent().unwrap().file_name().unwrap().to_owned();
        if name == "dibao" {
            let clock = procedure.clock.clone().unwrap();
            assert_eq!(clock.legal, Limit::WorkingDays(30));
            assert_eq!(clock.delegated, Some(Limit::WorkingDays(20)));
            assert_eq!(clock.special, Some(Limit::WorkingDays(45)));
            assert_eq!(procedure.publicity, Some(Limit::Days(7)));
        }
        if name == "ta" {
            assert!(procedure.publicity.is_some(), "TA-16: the normal route has a public notice");
            assert!(procedure.township_ceiling.is_some());
        }
        if name != "watch" {
            assert!(
                procedure.appeal.is_some(),
                "{}: nothing can be refused without a remedy",
                path.display()
            );
        }
    }
    assert!(found >= 6, "{found} procedures");
}

/// Whoever asks for urgent help has a clock, whatever the package starts it with.
#[test]
fn an_urgent_application_has_a_day_for_first_help() {
    let text = fs::read_to_string(policies().join("ta/procedure.toml")).unwrap();
    let (calendar, procedure) = (calendar(), Procedure::parse(&text).unwrap());
    let mut new = crate::support::new_case(Origin::Application);
    new.urgent = true;
    let context = Context { today: date("2024-06-14"), calendar: &calendar, procedure: &procedure };
    let case = open(new, &context).unwrap().case;
    let help = case.deadlines.iter().find(|d| d.until == Milestone::FirstHelp).unwrap();
    assert_eq!(help.legal, date("2024-06-15"));
}
