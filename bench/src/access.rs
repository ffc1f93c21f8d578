//! What one answer of the authorisation rules costs: every action of the schema, permitted and refused, for a clerk, an
//! officer of the county and a member of finance, in the own village and outside.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use doudi_access::policy::{Access, Area, Ask, CaseTies, Decision, Object};

/// What one decision may cost, in µs.
const BUDGET_US: u128 = 20;

/// Measures and compares with the budget.
pub(crate) fn measure(rounds: u32) -> Result<()> {
    let start = Instant::now();
    let access = Access::built_in().context("compiling the rules")?;
    println!("compiled in {} µs", start.elapsed().as_micros());
    let codes = |c: [&str; 5]| Area::new(c);
    let inside = codes(["990121103001", "990121103", "990121", "9901", "99"]);
    let outside = codes(["990222101001", "990222101", "990222", "9902", "99"]);
    let township = Area::new(["990121103", "990121", "9901", "99"]);
    let ties = CaseTies {
        kin: vec![21],
        hands: vec![22, 23],
        visitors: vec![22, 23],
        assigned: Some(22),
        proposer: Some(23),
        decides: "county_officer".to_owned(),
    };
    let mut asks = Vec::new();
    for action in access.actions() {
        for post in ["township_clerk", "county_officer", "finance_officer"] {
            for place in [&inside, &outside] {
                let object = match action {
                    "household.read" | "query.answer" => Object::Household(1, place),
                    a if a.starts_with("person.") => Object::Household(1, place),
                    "lead.read" | "lead.assign" | "lead.dismiss" => Object::Lead(1, place),
                    "case.list" | "household.list" | "lead.list" | "roster.list" | "roster.make" => {
                        Object::Area(place)
                    }
                    a if a.starts_with("case.") || a.starts_with("visit.") => Object::Case(1, place, &ties),
                    a if a.starts_with("roster.") => Object::Roster(1, place, 24),
                    _ => Object::Area(place),
                };
                asks.push(Ask { staff: 7, post, area: &township, action, object });
            }
        }
    }
    let first: Vec<Decision> = asks.iter().map(|a| access.decide(a)).collect();
    let allowed = first.iter().filter(|d| d.is_allowed()).count();
    let mut micros = Vec::with_capacity(asks.len());
    for (ask, before) in asks.iter().zip(&first) {
        let start = Instant::now();
        for _ in 0..rounds {
            if access.decide(ask) != *before {
                bail!("{}: another answer to the same question", ask.action);
            }
        }
        micros.push(start.elapsed().as_nanos() / u128::from(rounds.max(1)));
    }
    micros.sort_unstable();
    let at = |part: usize| micros.get(micros.len().saturating_sub(1) * part / 100).copied().unwrap_or(0);
    println!(
        "{} questions ({allowed} permitted), {rounds} rounds: median {:?} ns, 99 % {} ns, slowest {} ns; budget {BUDGET_US} µs",
        asks.len(),
        at(50),
        at(99),
        at(100),
    );
    if at(100) > BUDGET_US * 1_000 {
        bail!("a decision is slower than its budget");
    }
    Ok(())
}
