//! Random walks: whatever anybody tries, an award or a refusal has a human decision by somebody who neither
//! surveyed nor proposed.

use std::cell::Cell;

use doudi_casework::case::{Case, Origin};
use doudi_casework::{Action, Actor, Command, Level, Status, act, offers, open};
use doudi_policy::Date;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::*;

/// One attempt: who, what, how many days later, and whether it is taken from the buttons.
type Attempt = (u8, u8, u8, bool);

fn actors() -> Vec<Actor> {
    let mut actors = everybody();
    actors.push(county_two());
    actors.push(person(12, "云大坪", doudi_casework::Post::TownshipClerk, "990121103"));
    actors
}

fn choose(case: &Case, attempt: Attempt, today: Date, office: &Office) -> (Actor, Command) {
    let (who, what, _, from_buttons) = attempt;
    let all = actors();
    let mut actor = all[usize::from(who) % all.len()].clone();
    let mut action = Action::ALL[usize::from(what) % Action::ALL.len()];
    if from_buttons {
        let leads_on = |action: Action| match action {
            Action::RecordVisit => case.survey().is_none() || case.needs_county_visit(),
            Action::Withdraw | Action::CloseLead | Action::RecordObjection => what > 240,
            Action::RegisterKin | Action::Assign | Action::RequestCheck => what > 200,
            _ => true,
        };
        let open: Vec<(Actor, Action)> = all
            .iter()
            .flat_map(|a| {
                offers(case, a, &office.at(today))
                    .into_iter()
                    .filter(|o| o.refusal.is_none() && leads_on(o.action))
                    .map(|o| (a.clone(), o.action))
                    .collect::<Vec<_>>()
            })
            .collect();
        if !open.is_empty() {
            let (a, b) = open[(usize::from(what) * 7 + usize::from(who)) % open.len()].clone();
            (actor, action) = (a, b);
        }
    }
    let command = if action == Action::RecordVisit {
        let partner = all[usize::from(what) % all.len()].clone();
        visit(today, &[actor.clone(), partner])
    } else {
        command(action, &actor, today)
    };
    (actor, command)
}

#[test]
fn no_walk_reaches_an_award_without_two_people_and_a_human_decision() {
    let office = office();
    let confirmed = Cell::new(0_u32);
    let refused = Cell::new(0_u32);
    let mut runner = TestRunner::new(Config { cases: 3_000, failure_persistence: None, ..Config::default() });
    let attempts =
        prop::collection::vec((any::<u8>(), any::<u8>(), 0_u8..4, prop::bool::weighted(0.8)), 5..60);
    let start = (any::<bool>(), any::<bool>(), any::<bool>());
    runner
        .run(&(start, attempts), |((lead, urgent, delegated), attempts)| {
            let mut new = new_case(if lead { Origin::Lead } else { Origin::Application });
            new.urgent = urgent;
            new.delegated = delegated;
            let mut today = date("2024-01-08");
            let mut case = open(new, &office.at(today)).unwrap().case;
            for attempt in attempts {
                today = today.plus_days(i32::from(attempt.2));
                let (actor, command) = choose(&case, attempt, today, &office);
                let action = command.action();
                let before = case.clone();
                let Ok(changed) = act(&before, command, &actor, &office.at(today)) else {
                    continue;
                };
                case = changed.case;
                prop_assert_eq!(case.version, before.version + 1);
                prop_assert_eq!(&case.events[..before.events.len()], &before.events[..]);
                prop_assert_eq!(&case.visits[..before.visits.len()], &before.visits[..]);
                prop_assert!(!before.status.is_final() || case.status == before.status);
                prop_assert_eq!(changed.grant.is_some(), action == Action::Confirm);
                if let (None, Some(decision)) = (&before.decision, &case.decision) {
                    let hands = before.hands();
                    prop_assert!(!hands.is_empty());
                    prop_assert!(!hands.contains(&decision.human.by()));
                    prop_assert_eq!(decision.human.by(), actor.staff);
                    prop_assert_eq!(actor.post, decision.level.post());
                    prop_assert!(!decision.human.evidence_seen().is_empty());
                    if !before.kin.is_empty() {
                        prop_assert_ne!(decision.level, Level::Township);
                        prop_assert!(before.county_visit().is_some());
                    }
                }
                match (before.status, case.status) {
                    (Status::Deciding, Status::Confirmed) => {
                        confirmed.set(confirmed.get() + 1);
                        prop_assert!(case.first_help.is_some() || before.survey().is_some());
                    }
                    (Status::Deciding, Status::Refused) => {
                        refused.set(refused.get() + 1);
                        prop_assert!(case.decision.as_ref().unwrap().human.reason().chars().count() >= 10);
                    }
                    (_, Status::Confirmed | Status::Refused) => {
                        prop_assert_eq!(before.status, case.status);
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .unwrap();
    // The walks have to get there, or they prove nothing.
    assert!(confirmed.get() > 100, "{} confirmed", confirmed.get());
    assert!(refused.get() > 30, "{} refused", refused.get());
}
