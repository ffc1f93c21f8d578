//! The evaluator over the law in `policies/`: a sweep gives what single cases give.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

mod support;

use doudi_policy::column::Batch;
use doudi_policy::{FactSheet, Mode, Trace, assess, assess_threaded};
use support::county::county;
use support::plan;

#[test]
fn a_sweep_gives_what_single_cases_give() {
    let plan = plan();
    let batch = county(&plan, 4_500, 9);
    let all = assess_threaded(&plan, &batch, Mode::Find, 2);
    assert!(all.gaps().is_empty(), "{:?}", all.gaps());
    let mut seen = [0; 3];
    for h in (0..4_500).step_by(15) {
        let trace = Trace::of(&plan, &batch, h, Mode::Find);
        let sheet = FactSheet::from_batch(&plan, &batch, h);
        let own = Batch::from_sheets(&[sheet], &plan).unwrap();
        let alone = assess(&plan, &own, Mode::Find);
        for o in 0..plan.outcomes.len() {
            let truth = all.outcome(o, h);
            seen[truth as usize] += 1;
            assert_eq!(truth, trace.evaluation().outcome(o, 0));
            assert_eq!(truth, alone.outcome(o, 0), "{} of {h}", plan.outcomes[o].id);
            assert_eq!(all.amount(o, h), alone.amount(o, 0));
        }
        for i in 0..plan.indicators.len() {
            assert_eq!(all.indicator(i, h), alone.indicator(i, 0));
        }
    }
    assert!(seen.iter().all(|n| *n > 20), "not every truth occurs: {seen:?}");
}
