//! 键和取值: tables of a package file and the words in them.

use super::{Entry, file, value};

const RULES: &str = "cn/t/rules/example.toml";
const PARAMETERS: &str = "cn/t/parameters/example.toml";
const FACTS: &str = "cn/t/facts.toml";

pub(super) const ALL: [Entry; 21] = [
    file(
        "E0201",
        "unknown-key",
        ("没有这个键", "There is no such key"),
        (
            "写错的键不起作用；若只是跳过，一条例外就悄悄消失了",
            "a misspelt key does nothing; passed over, it would quietly lose an exception",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\noff = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0202",
        "missing-key",
        ("缺少必需的键", "A required key is missing"),
        (
            "没有名称、日期或值的条文不能适用，也不能核对",
            "a provision without name, date or value can be neither applied nor checked",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0203",
        "wrong-kind",
        ("值的种类不对", "The value is of the wrong kind"),
        (
            "文字、数字、列表各有写法，不替人猜",
            "texts, numbers and lists are each written in their way; nothing is guessed",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = 3",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '3'",
    ),
    file(
        "E0204",
        "bad-word",
        ("不是可用的词", "This is not one of the words"),
        (
            "这里只有几种可能，每一种都有固定的词",
            "there are only a few possibilities here, each with its word",
        ),
        "cn/t/indicators.toml",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"purple\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
    ),
    file(
        "E0205",
        "bad-date",
        ("不是日历上的日期", "This is no day of the calendar"),
        (
            "二月三十日没有人知道是哪一天，不能自动改成三月一日",
            "nobody knows which day 30 February is; it is not turned into 1 March",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-02-30\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-02-29\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0206",
        "bad-duration",
        ("不是时长", "This is no duration"),
        (
            "事实多久算过时要写明单位，三个月与三年相差很大",
            "how long a fact stays fresh needs its unit: three months are not three years",
        ),
        FACTS,
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"\nfresh_for = \"3个月\"",
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"\nfresh_for = \"P3M\"",
    ),
    file(
        "E0207",
        "bad-division",
        ("不是区划代码", "This is no division code"),
        (
            "标准按地方确定；代码少一位就是另一个地方",
            "standards depend on the place; a code with a digit less is another place",
        ),
        "demo/t/parameters/standard.csv",
        "division,class,from,value,source\n99012,urban,2024-04-01,756,例-01",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
    ),
    file(
        "E0208",
        "bad-value",
        ("值与类型不符", "The value does not fit its type"),
        (
            "金额到分为止，比率写百分数或分数；别的写法可能被读成另一个数",
            "money ends at the fen, a rate is a percentage or a fraction; any other form may be read as another number",
        ),
        PARAMETERS,
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nrows = [{ from = \"2024-01-01\", value = \"三万\", source = \"例-01\" }]",
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nrows = [{ from = \"2024-01-01\", value = \"30000\", source = \"例-01\" }]",
    ),
    file(
        "E0209",
        "number-too-large",
        ("数字太大", "The number is too large"),
        (
            "整数和以分计的金额用 64 位计算；装不下的数不会被悄悄截断",
            "whole numbers and money in fen are 64 bits; what does not fit is not cut in silence",
        ),
        PARAMETERS,
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nrows = [{ from = \"2024-01-01\", value = 99999999999999999999, source = \"例-01\" }]",
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nrows = [{ from = \"2024-01-01\", value = 30000, source = \"例-01\" }]",
    ),
    file(
        "E0210",
        "bad-entity",
        ("没有这种主体", "There is no such subject"),
        (
            "一个值要么是家庭的，要么是每个成员或每个义务人的；不说明就不知道算几次",
            "a value is of the household, of each member or of each obligor; unsaid, nobody knows how often it counts",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"family\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0211",
        "unknown-type",
        ("没有这种类型", "There is no such type"),
        (
            "类型带着单位: 元、元/月、元/年不能混用",
            "a type carries its unit: 元, 元/月 and 元/年 are not mixed",
        ),
        FACTS,
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"money\"",
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"",
    ),
    file(
        "E0212",
        "bad-level",
        ("没有这个层级", "There is no such level"),
        (
            "哪一级可以另行规定由法规授权，层级的词是固定的",
            "which level may set its own value is given by law, and the words for the levels are fixed",
        ),
        PARAMETERS,
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\noverridable_by = [\"district\"]\nrows = []",
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\noverridable_by = [\"county\"]\nrows = []",
    ),
    file(
        "E0213",
        "bad-rounding",
        ("没有这种取整方式", "There is no such rounding"),
        (
            "取整到哪一位、往哪边取，会差出真金白银，必须写明",
            "the step and the direction of rounding are real money and must be stated",
        ),
        "cn/t/outcomes.toml",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\n\n[outcome.amount]\nvalue = '人均月收入'\nrounding = { to = \"1角\", mode = \"ceil\" }",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\n\n[outcome.amount]\nvalue = '人均月收入'\nrounding = { to = \"1角\", mode = \"up\" }",
    ),
    file(
        "E0214",
        "enum-size",
        ("枚举的值太少或太多", "An enum has too few or too many values"),
        (
            "没有值的枚举什么也不能是；一次最多比较 64 个值",
            "an enum without values can be nothing; at most 64 are compared at once",
        ),
        FACTS,
        "[facts.housing]\nzh = \"住房类型\"\nof = \"household\"\ntype = \"int\"\nvalues = {}",
        "[facts.housing]\nzh = \"住房类型\"\nof = \"household\"\ntype = \"enum\"\nvalues = { own = \"自有\", rented = \"租住\" }",
    ),
    file(
        "E0215",
        "wrong-id",
        ("编号与文件夹不同", "The id differs from its folder"),
        (
            "别的政策包按编号引用它，人按文件夹找它，两者要一致",
            "other packages name it by its id and people find it by its folder: both must agree",
        ),
        "cn/t/package.toml",
        "id = \"cn/dibao\"\nzh = \"例\"",
        "id = \"cn/t\"\nzh = \"例\"",
    ),
    file(
        "E0216",
        "open-place",
        ("花括号不配对", "A brace has no partner"),
        (
            "说明句里 {…} 会换成这一户的值；缺一半就不知道到哪里为止",
            "in a sentence {…} is replaced by the household's value; with one half missing its end is not known",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '低于标准'\nsay = { met = \"人均 {人均月收入 低于标准\" }",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '低于标准'\nsay = { met = \"人均 {人均月收入} 低于标准\" }",
    ),
    file(
        "E0217",
        "not-literal",
        ("表达式里有转义字符", "An expression holds an escape"),
        (
            "错误要指到字；转义之后位置就对不上了",
            "a fault is shown at its character; behind an escape the places no longer agree",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = \"\\u662f\"",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    value(
        "E0218",
        "bad-month",
        ("不是月份", "This is no month"),
        (
            "月份决定适用哪一版规定，写不对就不知道是哪一版",
            "the month decides which version of the law holds; a wrong one leaves that open",
        ),
        "household",
        "月份(\"2024-13\") > 月份(\"2024-01\")",
        "月份(\"2024-12\") > 月份(\"2024-01\")",
    ),
    file(
        "E0219",
        "wrong-level",
        ("级别与区划不一致", "Level and division do not agree"),
        (
            "冒用上一级的级别，就能改只有上一级才能定的参数",
            "a layer that claims a higher level could set what only that level may set",
        ),
        "demo/overlay.toml",
        "level = \"city\"\ndivision = \"990121\"\nzh = \"青石县\"\nen = \"Qingshi\"",
        "level = \"county\"\ndivision = \"990121\"\nzh = \"青石县\"\nen = \"Qingshi\"",
    ),
    file(
        "E0220",
        "bad-window",
        ("按月记录的月数不对", "The number of months is wrong"),
        (
            "每个月都要有人去核实；太多个月没有人答得出",
            "each month has to be verified by somebody; nobody can answer for too many",
        ),
        "cn/t/facts.toml",
        "[facts.rent]\nzh = \"租金收入\"\nof = \"member\"\ntype = \"元/月\"\nwindow = 600",
        "[facts.rent]\nzh = \"租金收入\"\nof = \"member\"\ntype = \"元/月\"\nwindow = 6",
    ),
    file(
        "E0221",
        "idle-question",
        ("写了没有人会问的问题", "A question that nobody would ask"),
        (
            "写了问法，就以为有人会问；其实入户的人看不到它，事实一直缺着",
            "whoever wrote the question trusts that it is asked; no visitor sees it, and the fact stays missing",
        ),
        "cn/t/facts.toml",
        "[facts.rent]\nzh = \"租金收入\"\nof = \"member\"\ntype = \"元/月\"\nfrom = [\"registry\"]\nask = \"每月收多少房租？\"",
        "[facts.rent]\nzh = \"租金收入\"\nof = \"member\"\ntype = \"元/月\"\nfrom = [\"visit\"]\nask = \"每月收多少房租？\"",
    ),
];
