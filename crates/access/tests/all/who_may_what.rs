//! Who may do what, for every post, action, place and relation, against a reviewed file; and the promises that the
//! file must keep whatever is changed in it.

use std::fmt::Write as _;

use doudi_access::DataClass;
use doudi_access::policy::{
    Access, Area, Ask, CLASSES, CaseTies, Decision, FORBID, Grants, Object, PERMIT, SCHEMA,
};

const POSTS: [&str; 12] = [
    "village_worker",
    "social_worker",
    "township_clerk",
    "township_head",
    "county_officer",
    "city_officer",
    "finance_officer",
    "finance_reviewer",
    "auditor",
    "system_admin",
    "security_admin",
    "audit_admin",
];
const ME: i64 = 7;
const OTHER: i64 = 8;

fn area(code: &str) -> Area {
    let cuts = [12, 9, 6, 4, 2];
    Area::new(cuts.iter().filter_map(|c| code.get(..*c)).map(str::to_owned))
}

fn own(post: &str) -> Area {
    area(match post {
        "village_worker" => "990121103001",
        "social_worker" | "township_clerk" | "township_head" => "990121103",
        "city_officer" => "9901",
        _ => "990121",
    })
}

/// Relations in which somebody can stand to a file.
const RELATIONS: [&str; 5] = ["none", "hand", "relative", "given_to_another", "another_level"];

fn ties(post: &str, relation: &str) -> CaseTies {
    let mut ties = CaseTies { decides: post.to_owned(), ..CaseTies::default() };
    match relation {
        "hand" => {
            ties.hands = vec![ME];
            ties.visitors = vec![ME];
            ties.proposer = Some(ME);
        }
        "relative" => ties.kin = vec![ME],
        "given_to_another" => ties.assigned = Some(OTHER),
        "another_level" => ties.decides = "auditor".to_owned(),
        _ => {}
    }
    ties
}

fn with<R>(post: &str, action: &str, place: &Area, relation: &str, then: impl Fn(&Ask<'_>) -> R) -> R {
    let ties = ties(post, relation);
    let object = match action.split('.').next().unwrap() {
        "household" if action != "household.list" => Object::Household(1, place),
        "person" => Object::Household(1, place),
        "query" if action != "query.list" => Object::Household(1, place),
        "lead" if action != "lead.list" => Object::Lead(1, place),
        "case" | "visit" if action != "case.list" => Object::Case(1, place, &ties),
        "roster" if !["roster.list", "roster.make"].contains(&action) => {
            Object::Roster(1, place, if relation == "hand" { ME } else { OTHER })
        }
        "hold" => Object::Household(1, place),
        "erasure" if !["erasure.carry_out", "erasure.decline"].contains(&action) => {
            Object::Household(1, place)
        }
        "erasure" => Object::Erasure(1, place, if relation == "hand" { ME } else { OTHER }),
        // Here `hand` is who proposed, or whose account it is; `relative`, whose account is to be changed; `another_level`,
        // that the account is an administrator's.
        "account" if ["account.withdraw", "account.confirm", "account.decline"].contains(&action) => {
            let proposer = if relation == "hand" { ME } else { OTHER };
            Object::AccountChange(1, place, proposer, (relation == "relative").then_some(ME))
        }
        "account" if !["account.list", "account.add", "account.waiting"].contains(&action) => {
            Object::Account(if relation == "hand" { ME } else { OTHER }, place, relation == "another_level")
        }
        "service" if !["service.list", "service.add"].contains(&action) => Object::Service(1, place),
        _ => Object::Area(place),
    };
    then(&Ask { staff: ME, post, area: &own(post), action, object })
}

fn word(decision: &Decision) -> String {
    match decision {
        Decision::Allowed => "yes".to_owned(),
        Decision::Outside => "outside".to_owned(),
        Decision::NotThisPost(_) => "post".to_owned(),
        Decision::NotThisOne(rule) => rule.id.clone(),
    }
}

fn matrix(access: &Access) -> String {
    let mut out = String::from("action,place,relation");
    for post in POSTS {
        let _ = write!(out, ",{post}");
    }
    out.push('\n');
    for action in access.actions() {
        for (place, code) in [("own", ""), ("other", "990122101001")] {
            for relation in RELATIONS {
                let cells: Vec<String> = POSTS
                    .iter()
                    .map(|post| {
                        let place = if code.is_empty() { own(post) } else { area(code) };
                        // The other county lies in the same city: the city officer's other place is another city.
                        let place = if *post == "city_officer" && !code.is_empty() {
                            area("990222101001")
                        } else {
                            place
                        };
                        with(post, action, &place, relation, |ask| word(&access.decide(ask)))
                    })
                    .collect();
                let _ = writeln!(out, "{action},{place},{relation},{}", cells.join(","));
            }
        }
    }
    out
}

/// `DOUDI_BLESS=1` writes the file anew, on purpose; the change is then reviewed as any other.
#[test]
fn the_matrix_is_the_reviewed_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/who_may_what.csv");
    let now = matrix(&Access::built_in().unwrap());
    if std::env::var_os("DOUDI_BLESS").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    let changed: Vec<_> =
        now.lines().zip(kept.lines().chain(std::iter::repeat(""))).filter(|(a, b)| a != b).take(5).collect();
    assert!(now == kept, "who may do what has changed; the first lines: {changed:#?}");
}

#[test]
fn nobody_reaches_a_family_outside_the_own_area() {
    let access = Access::built_in().unwrap();
    for action in access.actions() {
        for post in POSTS {
            for relation in RELATIONS {
                let decision = with(post, action, &area("990222101001"), relation, |ask| access.decide(ask));
                assert!(!decision.is_allowed(), "{post} {action}");
            }
        }
    }
}

#[test]
fn finance_and_administrators_reach_no_family_and_administrators_no_money() {
    let access = Access::built_in().unwrap();
    for action in access.actions() {
        let family = ["household.", "lead.", "case.", "visit.", "person.", "erasure.", "hold.", "retention."]
            .iter()
            .any(|p| action.starts_with(p));
        for post in POSTS {
            let admin = post.ends_with("_admin");
            let closed = (family && (admin || post.starts_with("finance_")))
                || (admin && action.starts_with("roster."));
            if closed {
                for relation in RELATIONS {
                    assert!(
                        !with(post, action, &own(post), relation, |a| access.decide(a)).is_allowed(),
                        "{post} {action}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_two_of_the_three_administrators_share_a_power() {
    let access = Access::built_in().unwrap();
    for action in access.actions().into_iter().filter(|a| *a != "workbench.open") {
        let can: Vec<_> = ["system_admin", "security_admin", "audit_admin"]
            .into_iter()
            .filter(|post| with(post, action, &own(post), "none", |a| access.decide(a)).is_allowed())
            .collect();
        assert!(can.len() <= 1, "{action}: {can:?}");
    }
}

/// Three people, all posts, all orders: whoever had a hand in a case, or is a relative, never decides it.
#[test]
fn no_order_of_posts_lets_one_person_propose_and_confirm() {
    let access = Access::built_in().unwrap();
    for post in POSTS {
        for relation in ["hand", "relative"] {
            for action in ["case.confirm", "case.refuse"] {
                assert!(
                    !with(post, action, &own(post), relation, |a| access.decide(a)).is_allowed(),
                    "{post}"
                );
            }
        }
        for action in ["roster.seal", "erasure.carry_out", "account.confirm"] {
            assert!(!with(post, action, &own(post), "hand", |a| access.decide(a)).is_allowed(), "{post}");
        }
        let both = ["hold.set", "hold.release"];
        let all = both.iter().all(|a| with(post, a, &own(post), "none", |a| access.decide(a)).is_allowed());
        assert!(!all, "{post} sets a hold and releases it");
    }
}

#[test]
fn what_is_asked_conforms_to_the_schema() {
    let access = Access::built_in().unwrap();
    for action in access.actions() {
        for post in POSTS {
            for relation in RELATIONS {
                with(post, action, &own(post), relation, |ask| access.conforms(ask).unwrap());
            }
        }
    }
}

#[test]
fn an_unknown_action_post_or_empty_area_is_refused() {
    let access = Access::built_in().unwrap();
    let here = own("township_clerk");
    let ask = Ask {
        staff: ME,
        post: "township_clerk",
        area: &here,
        action: "lead.read",
        object: Object::Lead(1, &here),
    };
    assert!(access.decide(&ask).is_allowed());
    for action in ["lead.burn", "family", "case.act", "money", ""] {
        assert!(!access.decide(&Ask { action, ..ask.clone() }).is_allowed(), "{action}");
    }
    assert!(!access.decide(&Ask { post: "king", ..ask.clone() }).is_allowed());
    let nowhere = Area::new(Vec::<String>::new());
    assert!(!access.decide(&Ask { area: &nowhere, ..ask }).is_allowed());
}

#[test]
fn a_text_that_contradicts_the_schema_does_not_compile() {
    assert!(Access::from_texts(SCHEMA, PERMIT, FORBID).is_ok());
    let misspelt = PERMIT.replace("principal.post", "principal.pots");
    assert!(Access::from_texts(SCHEMA, &misspelt, FORBID).is_err());
    let unknown = PERMIT.replace("Action::\"lead.assign\"", "Action::\"lead.asign\"");
    assert!(Access::from_texts(SCHEMA, &unknown, FORBID).is_err());
    let wordless = FORBID.replacen("@zh", "@not_zh", 1);
    assert!(Access::from_texts(SCHEMA, PERMIT, &wordless).is_err());
    assert!(Access::from_texts(SCHEMA, FORBID, PERMIT).is_err());
}

/// Without its rule each promise breaks: the tests above can fail.
#[test]
fn without_a_forbid_its_promise_is_broken() {
    let cut = |id: &str| {
        let at = FORBID.find(&format!("@id(\"{id}\")")).unwrap();
        let end = FORBID[at..].find(";\n").unwrap() + at + 2;
        let without = format!("{}{}", &FORBID[..at], &FORBID[end..]);
        Access::from_texts(SCHEMA, PERMIT, &without).unwrap()
    };
    let allowed = |access: &Access, post: &str, action: &str, place: &Area, relation: &str| {
        with(post, action, place, relation, |a| access.decide(a)).is_allowed()
    };
    let own_of = own("county_officer");
    assert!(allowed(&cut("outside-area"), "county_officer", "household.read", &area("990222101"), "none"));
    assert!(allowed(&cut("near-relative"), "county_officer", "case.confirm", &own_of, "relative"));
    assert!(allowed(&cut("four-eyes-on-a-case"), "county_officer", "case.confirm", &own_of, "hand"));
    assert!(allowed(
        &cut("another-level-decides"),
        "county_officer",
        "case.confirm",
        &own_of,
        "another_level"
    ));
    assert!(allowed(&cut("four-eyes-on-a-roster"), "finance_reviewer", "roster.seal", &own_of, "hand"));
    let county = own("security_admin");
    for (rule, action, relation, post) in [
        ("nobody-changes-their-own-account", "account.disable", "hand", "security_admin"),
        ("four-eyes-on-an-administrator", "account.reset", "another_level", "security_admin"),
        ("four-eyes-on-an-account-change", "account.confirm", "hand", "system_admin"),
        ("nobody-confirms-their-own-account", "account.confirm", "relative", "system_admin"),
        ("only-the-proposer-withdraws", "account.withdraw", "none", "security_admin"),
    ] {
        assert!(allowed(&cut(rule), post, action, &county, relation), "{rule}");
    }
    let village = own("village_worker");
    assert!(allowed(
        &cut("visit-was-given-to-another"),
        "village_worker",
        "visit.open",
        &village,
        "given_to_another"
    ));
}

#[test]
fn no_administrator_changes_another_alone_or_themselves() {
    let access = Access::built_in().unwrap();
    let may = |action: &str, post: &str, relation: &str| {
        with(post, action, &own(post), relation, |a| access.decide(a)).is_allowed()
    };
    let changes = ["create", "disable", "open", "reset", "move", "unlock", "end_sessions", "propose"];
    for post in POSTS {
        for change in changes.map(|c| format!("account.{c}")) {
            assert!(!may(&change, post, "hand"), "{post}: {change} of the own account");
            assert_eq!(may(&change, post, "none"), post == "security_admin", "{post}: {change}");
        }
        for change in &changes[..5] {
            assert!(!may(&format!("account.{change}"), post, "another_level"), "{post}: {change} alone");
        }
        assert!(!may("account.confirm", post, "relative"), "{post} confirms a change of the own account");
        let both = may("account.propose", post, "another_level") && may("account.confirm", post, "none");
        assert!(!both, "{post} proposes and confirms");
    }
    assert!(may("account.confirm", "system_admin", "none"));
}

/// A class is granted on a page exactly where the policies open it.
#[test]
fn a_class_is_granted_where_the_page_is_permitted_and_nowhere_else() {
    let access = Access::built_in().unwrap();
    let grants = Grants::built_in().unwrap();
    assert!(grants.posts().eq(POSTS));
    for page in grants.pages() {
        for post in POSTS {
            let opens = match page {
                "public" | "staff" | "account" => true,
                action => {
                    assert!(access.actions().contains(&action), "`{action}` is no action");
                    with(post, action, &own(post), "none", |ask| access.decide(ask).is_allowed())
                }
            };
            assert_eq!(grants.of(page, post).is_some(), opens, "{page} {post}");
        }
    }
}

#[test]
fn whoever_opens_no_family_receives_nothing_sensitive_but_what_they_pay() {
    let grants = Grants::built_in().unwrap();
    for page in grants.pages() {
        for admin in ["system_admin", "security_admin", "audit_admin"] {
            // The audit record and the pages of accounts name members of staff, and nobody else.
            let staff = page == "audit.read" || page.starts_with("account.");
            let most = if staff { DataClass::C2 } else { DataClass::C1 };
            assert!(grants.of(page, admin) <= Some(most), "{page} {admin}");
        }
        for finance in ["finance_officer", "finance_reviewer"] {
            let most = match page {
                "roster.fetch" => DataClass::C4,
                money if money.starts_with("roster.") => DataClass::C3,
                _ => DataClass::C1,
            };
            assert!(grants.of(page, finance) <= Some(most), "{page} {finance}");
        }
    }
}

#[test]
fn a_table_of_grants_that_is_not_whole_does_not_read() {
    assert!(Grants::from_text(CLASSES).is_ok());
    for (from, to) in [
        ("lead.read,-,", "lead.read,"),
        ("lead.read,-,", "lead.read,C5,"),
        ("lead.read,-,", "lead.read,,"),
        ("lead.read,", "lead.list,"),
        ("page,village_worker", "page,social_worker"),
        ("page,village_worker", "post,village_worker"),
    ] {
        let text = CLASSES.replacen(from, to, 1);
        assert_ne!(text, CLASSES, "{from}");
        assert!(Grants::from_text(&text).is_err(), "{from} -> {to}");
    }
    assert_eq!(Grants::built_in().unwrap().of("lead.burn", "auditor"), None);
    assert_eq!(Grants::built_in().unwrap().of("lead.read", "king"), None);
}
