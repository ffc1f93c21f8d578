//! 样例户: what cannot be read in the Markdown of golden households.

use super::{Entry, Example, entry_of};

const WHY_NAMES: (&str, &str) = (
    "样例户与规则用同一份词汇；写错的名称若当作没写，样例就证明不了什么",
    "golden households speak the vocabulary of the rules; a misspelt name passed over would prove nothing",
);

pub(super) const ALL: [Entry; 8] = [
    entry_of(
        "E0801",
        "golden-fact",
        ("没有这个事实", "There is no such fact"),
        WHY_NAMES,
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 种养业收入: 1200 元/年\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 种养业净收入: 1200 元/年\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0802",
        "golden-value",
        ("不是这个事实的值", "This is no value of the fact"),
        (
            "单元格里的值按事实的类型和单位读，读不懂时不猜",
            "a cell is read by type and unit of its fact; what cannot be read is not guessed",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 种养业净收入: 1200 元/月\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 种养业净收入: 1200 元/年\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0803",
        "golden-head",
        ("缺少月份和地方", "Month and place are missing"),
        (
            "同一户人家在不同月份、不同地方适用不同的标准",
            "one family meets different standards in another month or place",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 不知道哪里\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0804",
        "golden-line",
        ("这一行看不懂", "This line cannot be read"),
        (
            "“其余”“成员”“义务人”决定没写的事实怎么算，必须读得懂",
            "the lines 其余, 成员 and 义务人 decide how unmentioned facts count; they must be readable",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n义务人: 大概\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n义务人: 已查清\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0805",
        "golden-table",
        ("表格不对", "The table is wrong"),
        (
            "格数不对的行会把一个人的收入写到另一栏",
            "a row with a cell too few puts a person's income under another heading",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 |\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n| 甲 | 1500 |\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0806",
        "golden-expectation",
        ("期望看不懂，或没有写", "The expectation cannot be read or is missing"),
        (
            "没有期望的样例户什么也不检查，却让人以为检查过了",
            "a golden household without expectation checks nothing, while it looks as if it did",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n期望: 低保 大概",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0807",
        "golden-size",
        ("人或户太多", "Too many people or households"),
        (
            "样例户是给人读的: 一户最多 60 人，一个文件最多 500 户",
            "golden households are read by people: at most 60 people in one, at most 500 households in a file",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n⟨61×| 甲 | 1500 |\n⟩\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n| 成员 | 工资性收入 |\n| --- | --- |\n⟨3×| 甲 | 1500 |\n⟩\n期望: 低保 未知",
        },
    ),
    entry_of(
        "E0808",
        "golden-window",
        ("月数太多", "Too many months"),
        (
            "事实只按 window 记录那么多个月，多出的月份没有地方放",
            "a fact is kept for as many months as its `window` says; there is no place for more",
        ),
        Example::Golden {
            wrong: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 租金: 100, 200, 300, 400\n\n期望: 低保 未知",
            right: "## 例\n\n2024-06 · 青石县 · 城镇\n\n- 租金: 100, 200, 300\n\n期望: 低保 未知",
        },
    ),
];
