//! 依据、时间和引用: what a rule rests on, when it holds, what it refers to.

use super::{Entry, file};

const RULES: &str = "cn/t/rules/example.toml";
const INDICATORS: &str = "cn/t/indicators.toml";

pub(super) const ALL: [Entry; 8] = [
    file(
        "E0601",
        "no-source",
        ("没有写依据", "No source is cited"),
        (
            "给与不给都要说得出条文；没有依据的规则不能适用",
            "to give or not to give needs an article; a rule without one cannot be applied",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0602",
        "unknown-source",
        ("没有这个依据", "There is no such source"),
        (
            "依据要能翻到原文，所以每个编号都在 sources.toml 写明",
            "a source must lead to its text; so each id is declared in sources.toml",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-10\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0603",
        "ends-before",
        ("结束早于开始", "The end is before the beginning"),
        (
            "这样的版本一天也不生效，多半是日期写反了",
            "such a version holds on no day; the dates are probably the wrong way round",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nto = \"2023-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2023-01-01\"\nto = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0604",
        "overlap",
        ("同一天有两个版本", "A day has two versions"),
        (
            "同一天只能有一个答案；旧版本要写明哪一天结束",
            "a day has one answer; the older version says on which day it ends",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2023-01-01\"\nsource = [\"例-01\"]\nvalue = '是'\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '否'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2023-01-01\"\nto = \"2023-12-31\"\nsource = [\"例-01\"]\nvalue = '是'\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '否'",
    ),
    file(
        "E0605",
        "gap",
        ("有一天没有生效的版本", "A day has no version"),
        (
            "没有规定的日子不能拿前一天的规定顶替；断档多半是日期写错",
            "the law of the day before does not stand in for a day without law; most often a date is wrong",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2022-01-01\"\nto = \"2022-12-31\"\nsource = [\"例-01\"]\nvalue = '是'\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '否'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2022-01-01\"\nto = \"2023-12-31\"\nsource = [\"例-01\"]\nvalue = '是'\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '否'",
    ),
    file(
        "E0606",
        "cycle",
        ("规则互相引用成环", "Rules refer to one another in a circle"),
        (
            "甲要先知道乙，乙要先知道甲，就都算不出来",
            "where the first needs the second and the second the first, neither has a value",
        ),
        RULES,
        "[[rule]]\nid = \"first\"\nzh = \"甲\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '非 乙'\n\n[[rule]]\nid = \"second\"\nzh = \"乙\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '非 甲'",
        "[[rule]]\nid = \"first\"\nzh = \"甲\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '非 乙'\n\n[[rule]]\nid = \"second\"\nzh = \"乙\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '低于标准'",
    ),
    file(
        "E0607",
        "no-visit-note",
        ("指标没有写给入户人员的话", "The indicator has nothing for the visitor"),
        (
            "上门的人可能就是邻居；不写明看什么，他就会去问数据从哪里来",
            "the visitor may be the neighbour; without being told what to look at, he asks where the data come from",
        ),
        INDICATORS,
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nsource = [\"例-01\"]",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
    ),
    file(
        "E0608",
        "bad-visit-note",
        ("写给入户人员的话带了数据", "The note for the visitor carries data"),
        (
            "入户人员不应知道病情和数据来源，所以这句话不能带任何值",
            "the visitor is not to know the illness or the source; so the note carries no value",
        ),
        INDICATORS,
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"人均收入 {人均月收入}\"\nsource = [\"例-01\"]",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
    ),
];
