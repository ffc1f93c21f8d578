//! The golden matrix: every cell of status × action × post.

use std::fmt::Write as _;

use doudi_casework::{Action, Post, RefusalKind, Status, act, offers, table};

use crate::support::{case_in, command, everybody, office};

const GOLDEN: &str = include_str!("../matrix.csv");

/// `yes`, `post` (another post's) or `-` (not in this status).
fn cell(status: Status, action: Action, post: Post) -> &'static str {
    let posts = table::posts(status, action);
    if posts.contains(&post) {
        "yes"
    } else if posts.is_empty() {
        "-"
    } else {
        "post"
    }
}

fn matrix() -> String {
    let mut text = String::from("status,action");
    for post in Post::ALL {
        write!(text, ",{}", post.id()).unwrap();
    }
    text.push('\n');
    for status in Status::ALL {
        for action in Action::ALL {
            write!(text, "{status},{action}").unwrap();
            for post in Post::ALL {
                write!(text, ",{}", cell(*status, *action, *post)).unwrap();
            }
            text.push('\n');
        }
    }
    text
}

/// After a wanted change of the table: `UPDATE_GOLDEN=1 cargo test -p doudi-casework matrix`, then read the diff.
#[test]
fn every_cell_is_as_the_golden_matrix_says() {
    let now = matrix();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix.csv");
        std::fs::write(path, &now).unwrap();
    }
    assert_eq!(now.lines().count(), 1 + Status::ALL.len() * Action::ALL.len());
    for (line, golden) in now.lines().zip(GOLDEN.lines()) {
        assert_eq!(line, golden);
    }
    assert_eq!(now.lines().count(), GOLDEN.lines().count());
}

#[test]
fn commands_are_refused_exactly_where_the_matrix_says() {
    let office = office();
    for status in Status::ALL {
        let case = case_in(&office, *status);
        let today = doudi_policy::Date::from_ymd(2024, 7, 2).unwrap();
        for actor in everybody() {
            for action in Action::ALL {
                let result = act(&case, command(*action, &actor, today), &actor, &office.at(today));
                let place = format!("{status} {action} {}", actor.post);
                match (cell(*status, *action, actor.post), result) {
                    ("-", Err(r)) => assert_eq!(r.kind, RefusalKind::Status, "{place}"),
                    ("post", Err(r)) => assert_eq!(r.kind, RefusalKind::Post, "{place}"),
                    ("yes", Err(r)) => assert_ne!(r.kind, RefusalKind::Status, "{place}: {r}"),
                    ("yes", Ok(changed)) => {
                        assert_eq!(changed.case.version, case.version + 1, "{place}");
                        assert_eq!(changed.events.len(), 1, "{place}");
                    }
                    (_, Ok(_)) => panic!("{place} went through"),
                    (other, _) => panic!("no such cell: {other}"),
                }
            }
        }
    }
}

#[test]
fn buttons_and_commands_agree() {
    let office = office();
    let today = doudi_policy::Date::from_ymd(2024, 7, 2).unwrap();
    for status in Status::ALL {
        let case = case_in(&office, *status);
        for actor in everybody() {
            for offer in offers(&case, &actor, &office.at(today)) {
                let result = act(&case, command(offer.action, &actor, today), &actor, &office.at(today));
                if let Some(reason) = offer.refusal {
                    assert_eq!(result.unwrap_err(), reason, "{status} {}", offer.action);
                }
            }
        }
    }
}
