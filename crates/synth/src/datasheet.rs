//! The data sheet: printed from the tables of `calibration`, so that it says what the program does.

use std::fmt::Write as _;

use crate::calibration::{self as c, Origin};
use crate::world::{END, START, day};

const HEAD: &str = "# Data sheet of the fictional county\n\n\
云岭省松阳市青石县 does not exist. Its division codes begin with 99, so none of its identity numbers can \
belong to anybody; its people, firms and schools are invented. It serves to test and to show doudi; nothing \
about real people can be learnt from it.\n\n\
Two layers: the latent world (what is so) and what each department's file shows of it (late, with gaps and \
errors). Who is entitled is computed from the latent world by the tree-walking interpreter of the rules; who \
receives is decided by chance with the take-up below. `truth/truth.csv` holds both, with the causes and the \
feeds that show them; `truth/errors.csv` holds each error put into a file. Same seed and size, same bytes.\n\n\
Every number below stands in `crates/synth/src/calibration.rs`, from which this page is printed. *Facts* names \
the section of the project's page of statistics (published figures of 2018–2025, collected with their \
sources); *assumed* means that nobody publishes it and we chose a value that gives a plausible county. \
Assumed values are no evidence about any place.\n";

/// The data sheet as Markdown.
#[must_use]
pub fn data_sheet() -> String {
    let mut out = HEAD.to_owned();
    let _ = write!(out, "\nThe 24 months run from {} to {}; floods: ", day(START), day(END));
    let floods: Vec<String> = crate::events::FLOODS.iter().map(|f| day(*f).to_string()).collect();
    let _ = writeln!(out, "{}.", floods.join(", "));

    out.push_str("\n## Chances\n\n| what | of a million | from |\n| --- | ---: | --- |\n");
    for x in c::CHANCES {
        let _ = writeln!(out, "| {} | {} | {} |", x.about, x.ppm, origin(x.from));
    }
    out.push_str("\n## Chances by age\n\n| what | of a million, by age | from |\n| --- | --- | --- |\n");
    for x in c::BANDS {
        let mut low = 0;
        let mut bands = Vec::new();
        for (below, ppm) in x.bands {
            bands.push(if *below >= 200 {
                format!("{low}+: {ppm}")
            } else {
                format!("{low}–{}: {ppm}", below - 1)
            });
            low = *below;
        }
        let _ = writeln!(out, "| {} | {} | {} |", x.about, bands.join(", "), origin(x.from));
    }
    out.push_str("\n## Shares\n\n| what | weights | from |\n| --- | --- | --- |\n");
    for x in c::SHARES {
        let pairs: Vec<String> = x.kinds.iter().zip(x.weights).map(|(k, w)| format!("{k} {w}")).collect();
        let _ = writeln!(out, "| {} | {} | {} |", x.about, pairs.join(", "), origin(x.from));
    }
    out.push_str("\n## Amounts\n\nA bucket by its weight, then evenly inside it.\n\n| what | unit | weight × range | from |\n| --- | --- | --- | --- |\n");
    for x in c::SPREADS {
        let buckets: Vec<String> = x.buckets.iter().map(|(w, a, b)| format!("{w} × {a}–{b}")).collect();
        let _ = writeln!(out, "| {} | {} | {} | {} |", x.about, x.unit, buckets.join(", "), origin(x.from));
    }
    out.push_str("\n## Take-up\n\nAll assumed. Months are counted to the last day. `--take-up` sets the last step of the first line; \
        `docs/figures/leads.md` shows how far the figures of the leads depend on it.\n\n");
    for (what, steps) in [
        ("Entitled households that receive, by months since the last shock", &c::TAKE_UP[..]),
        (
            "Disability subsidies drawn by those entitled, by months since the certificate",
            &c::TAKE_UP_SUBSIDY[..],
        ),
        ("Benefits not stopped after life became better, by months since", &c::STILL_PAID[..]),
    ] {
        let text: Vec<String> = steps
            .iter()
            .map(|(below, percent)| {
                let when = if *below == i32::MAX { "later".to_owned() } else { format!("under {below}") };
                format!("{when}: {percent} %")
            })
            .collect();
        let _ = writeln!(out, "- {what}: {}.", text.join(", "));
    }
    out
}

fn origin(from: Origin) -> String {
    match from {
        Origin::Facts(section) => format!("facts {section}"),
        Origin::Assumed => "assumed".to_owned(),
    }
}
