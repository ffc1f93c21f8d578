//! 类型和单位: what cannot be computed with what.

use super::{Entry, file, value};

pub(super) const ALL: [Entry; 4] = [
    value(
        "E0501",
        "type",
        ("类型不合", "The types do not go together"),
        (
            "人数加金额、是非比大小都没有意义；类型不合的条文多半是写错了名称",
            "people plus money, or a truth that is less than another, mean nothing; most often a name is wrong",
        ),
        "member",
        "工资性收入 + 1",
        "工资性收入 + 1元",
    ),
    value(
        "E0502",
        "unit",
        ("单位不同", "The units differ"),
        (
            "每月与每年差十二倍；换算要写出来，不能自动进行",
            "a month and a year differ twelvefold; the conversion is written, never silent",
        ),
        "household",
        "成员.合计(m, m.工资性收入) + 种养业净收入 > 0元",
        "成员.合计(m, m.工资性收入) + 按月(种养业净收入) > 0元",
    ),
    value(
        "E0503",
        "uncited-default",
        ("缺省没有依据", "A default without a source"),
        (
            "把未知当成某个值就是替人作了决定；只有条文允许时才可以，依据写在 defaults",
            "to take the unknown for a value is to decide for somebody; only an article allows it, cited under `defaults`",
        ),
        "member",
        "缺省(正在享受低保, 否)",
        "已知(正在享受低保) 且 正在享受低保",
    ),
    file(
        "E0504",
        "no-rounding",
        ("金额没有写取整方式", "The amount has no rounding"),
        (
            "除出来的金额可能不是整分；取整一次，在金额上，方式由条文定",
            "a quotient of money may be no whole fen; it is rounded once, at the amount, as the law says",
        ),
        "cn/t/outcomes.toml",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\n\n[outcome.amount]\nvalue = '人均月收入'",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\n\n[outcome.amount]\nvalue = '人均月收入'\nrounding = { to = \"1分\", mode = \"half_up\" }",
    ),
];
