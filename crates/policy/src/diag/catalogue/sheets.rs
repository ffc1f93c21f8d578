//! 事实表: what is wrong with the JSON of one household.

use super::{Entry, Example, entry_of};

pub(super) const ALL: [Entry; 14] = [
    entry_of(
        "E0901",
        "sheet-json",
        ("不是 JSON", "This is not JSON"),
        (
            "读不懂的事实表不能只读懂一半: 少一个事实，结果就不同",
            "a sheet that cannot be read is not read by halves: with a fact less the result is another",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"household\": {\"farm\": }}",
            right: "{\"division\": \"990121\", \"household\": {\"farm\": 1200}}",
        },
    ),
    entry_of(
        "E0902",
        "sheet-encoding",
        ("不是 UTF-8", "This is not UTF-8"),
        (
            "同样的字节按不同编码读出来是不同的字",
            "the same bytes read as other characters in another encoding",
        ),
        Example::Told {
            wrong: ("用 GBK 保存的 JSON", "JSON saved as GBK"),
            right: ("用 UTF-8 保存的 JSON", "JSON saved as UTF-8"),
        },
    ),
    entry_of(
        "E0903",
        "sheet-size",
        ("事实表太大", "The sheet is too large"),
        (
            "一户人家的事实不会超过 4 MiB；更大的多半不是事实表",
            "the facts of one family never have 4 MiB; what is larger is probably no facts sheet",
        ),
        Example::Told {
            wrong: ("一行 100 MB", "a line of 100 MB"),
            right: ("每行一户，每户不超过 4 MiB", "one household a line, at most 4 MiB each"),
        },
    ),
    entry_of(
        "E0904",
        "sheet-duplicate",
        ("同一个键写了两次", "A key is written twice"),
        (
            "两个值中只有一个起作用，而读的人不知道是哪一个",
            "only one of the two values counts, and a reader cannot know which",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"household\": {\"farm\": 1200, \"farm\": 0}}",
            right: "{\"division\": \"990121\", \"household\": {\"farm\": 1200}}",
        },
    ),
    entry_of(
        "E0905",
        "sheet-shape",
        ("形状不对", "The shape is wrong"),
        (
            "家庭的事实写在 household，每个成员一个对象写在 members 的列表里",
            "facts of the household stand under `household`, each member is an object in the list `members`",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": {\"wage\": 1500}}",
            right: "{\"division\": \"990121\", \"members\": [{\"wage\": 1500}]}",
        },
    ),
    entry_of(
        "E0906",
        "sheet-key",
        ("没有这个键", "There is no such key"),
        (
            "写错的键不起作用；若只是跳过，一家人就少了几个成员",
            "a misspelt key does nothing; passed over, a family would lose its members",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"member\": []}",
            right: "{\"division\": \"990121\", \"members\": []}",
        },
    ),
    entry_of(
        "E0907",
        "sheet-fact",
        ("没有这个事实", "There is no such fact"),
        (
            "名称只能来自词汇表；写错的事实若当作没写，会变成未知",
            "names come from the vocabulary only; a misspelt fact passed over would become unknown",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": [{\"wages\": 1500}]}",
            right: "{\"division\": \"990121\", \"members\": [{\"wage\": 1500}]}",
        },
    ),
    entry_of(
        "E0908",
        "sheet-subject",
        ("事实写错了地方", "The fact is in the wrong place"),
        (
            "工资是成员的，不是家庭的；写在家庭下面就不知道是谁的",
            "a wage is a member's, not the household's; under the household nobody knows whose it is",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"household\": {\"wage\": 1500}}",
            right: "{\"division\": \"990121\", \"members\": [{\"wage\": 1500}]}",
        },
    ),
    entry_of(
        "E0909",
        "sheet-value",
        ("值不对", "The value is wrong"),
        (
            "值按事实的类型和单位读；读不懂时不猜，不知道就写 null",
            "a value is read by type and unit of its fact; what cannot be read is not guessed, what is not known is null",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": [{\"birth\": \"1980-02-30\"}]}",
            right: "{\"division\": \"990121\", \"members\": [{\"birth\": \"1980-02-29\"}]}",
        },
    ),
    entry_of(
        "E0910",
        "sheet-bounds",
        ("值超出可能的范围", "The value is beyond what is possible"),
        (
            "负的工资、还没有到的生日多半是笔误；照算就会错发",
            "a negative wage or a birthday to come is a slip; computed with, it pays wrongly",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": [{\"wage\": -1500}]}",
            right: "{\"division\": \"990121\", \"members\": [{\"wage\": 1500}]}",
        },
    ),
    entry_of(
        "E0911",
        "sheet-division",
        ("缺少区划代码", "The division code is missing"),
        ("标准按地方确定", "standards depend on the place"),
        Example::Sheet {
            wrong: "{\"members\": [{\"wage\": 1500}]}",
            right: "{\"division\": \"990121\", \"members\": [{\"wage\": 1500}]}",
        },
    ),
    entry_of(
        "E0912",
        "sheet-people",
        ("人太多", "Too many people"),
        (
            "一张表是一户人家；集体户按家庭分开，说明和待查的事实才看得懂",
            "a sheet is one family; a collective register is split, so that reasons and questions stay readable",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": [⟨60×{}, ⟩{}]}",
            right: "{\"division\": \"990121\", \"members\": [{}, {}]}",
        },
    ),
    entry_of(
        "E0913",
        "sheet-window",
        ("月数太多", "Too many months"),
        (
            "事实只按 window 记录那么多个月，多出的月份没有地方放",
            "a fact is kept for as many months as its `window` says; there is no place for more",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"household\": {\"ground_rent\": [100, 200, 300, 400]}}",
            right: "{\"division\": \"990121\", \"household\": {\"ground_rent\": [100, 200, 300]}}",
        },
    ),
    entry_of(
        "E0914",
        "sheet-family",
        ("不是一户人家", "This is no family"),
        (
            "两个户主或没有户主的表多半是把两户写在了一起，或漏了人",
            "a sheet with two heads or none most often mixes two families or leaves somebody out",
        ),
        Example::Sheet {
            wrong: "{\"division\": \"990121\", \"members\": [{\"relation\": \"head\"}, {\"relation\": \"head\"}]}",
            right: "{\"division\": \"990121\", \"members\": [{\"relation\": \"head\"}, {\"relation\": \"spouse\"}]}",
        },
    ),
];
