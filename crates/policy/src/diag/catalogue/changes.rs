//! 政策改动: what cannot be applied on top of the packages.

use super::{Entry, Example, entry_of};

const fn change(
    number: &'static str,
    code: &'static str,
    title: (&'static str, &'static str),
    why: (&'static str, &'static str),
    wrong: &'static str,
    right: &'static str,
) -> Entry {
    entry_of(number, code, title, why, Example::Change { wrong, right })
}

const RIGHT: &str =
    "zh = \"标准提高 100 元\"\nfrom = \"2024-06-01\"\n\n[[parameter]]\nid = \"standard\"\nplus = \"100元\"";

pub(super) const ALL: [Entry; 4] = [
    change(
        "E1101",
        "empty-change",
        ("改动里没有内容，或写了两种", "The change states nothing, or two things"),
        (
            "一份改动要么是另一个文件夹，要么是几处写明的改动，否则不知道比的是什么",
            "a change is another folder or some stated changes; otherwise nobody knows what is compared",
        ),
        "zh = \"标准提高 100 元\"\nfrom = \"2024-06-01\"",
        RIGHT,
    ),
    change(
        "E1102",
        "one-way",
        ("一个参数写了几种改法", "A parameter is changed in several ways"),
        ("按比例和按金额的先后会得出不同的数", "a factor and a sum give different figures in another order"),
        "zh = \"标准提高\"\nfrom = \"2024-06-01\"\n\n[[parameter]]\nid = \"standard\"\nby = \"105%\"\nplus = \"100元\"",
        RIGHT,
    ),
    change(
        "E1103",
        "nothing-to-change",
        ("没有可改的值", "There is no value to change"),
        (
            "那一天、那个地方没有值，按比例或金额就无从改起；算出“没有变化”会使人误信",
            "without a value at that day and place nothing can be scaled; a result without difference would mislead",
        ),
        "zh = \"标准提高 100 元\"\nfrom = \"2024-06-01\"\n\n[[parameter]]\nid = \"standard\"\ndivision = \"990122\"\nplus = \"100元\"",
        RIGHT,
    ),
    change(
        "E1104",
        "no-factor",
        ("这种参数不能乘", "Such a parameter cannot be multiplied"),
        (
            "日期、是否和枚举值的百分之几没有意义",
            "a percentage of a date, of yes or of an enum value means nothing",
        ),
        "zh = \"推迟\"\nfrom = \"2024-06-01\"\n\n[[parameter]]\nid = \"since\"\nby = \"105%\"",
        "zh = \"推迟\"\nfrom = \"2024-06-01\"\n\n[[parameter]]\nid = \"since\"\nrows = [{ value = \"2024-02-01\" }]",
    ),
];
