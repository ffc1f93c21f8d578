//! 办理程序.

use super::{Entry, Example, entry_of};

pub(super) const ALL: [Entry; 2] = [
    entry_of(
        "E1201",
        "no-procedure",
        ("待遇没有办理程序", "A programme without a procedure"),
        (
            "谁受理、谁决定、多少天、怎么申诉，都写在程序里；没有它，查出来的人也办不了",
            "the procedure says who accepts, who decides, in how many days and how to appeal; without it those who are found cannot be helped",
        ),
        Example::Told {
            wrong: (
                "政策包里有 [[outcome]]，没有 procedure.toml",
                "the package holds an [[outcome]] and no procedure.toml",
            ),
            right: (
                "[[outcome]] 所在的政策包里有 procedure.toml",
                "the package of the [[outcome]] holds a procedure.toml",
            ),
        },
    ),
    entry_of(
        "E1202",
        "bad-procedure",
        ("办理程序读不懂", "A procedure that cannot be read"),
        (
            "期限和经办人读错一个，就有人被拖延，或被不该决定的人决定",
            "a time limit or a post read wrongly delays somebody, or lets the wrong person decide",
        ),
        Example::Told {
            wrong: ("limit = \"3 weeks\"", "limit = \"3 weeks\""),
            right: ("limit = \"15wd\"", "limit = \"15wd\""),
        },
    ),
];
