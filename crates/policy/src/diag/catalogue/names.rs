//! 名称: what a name stands for, and whose it is.

use super::{Entry, file, value};

const FACTS: &str = "cn/t/facts.toml";

pub(super) const ALL: [Entry; 15] = [
    value(
        "E0301",
        "unknown-name",
        ("没有这个事实、规则或参数", "There is no such fact, rule or parameter"),
        (
            "名称只能来自词汇表；写错的名称若当作未知，会让人白等",
            "names come from the vocabulary only; a misspelt one taken as unknown would keep families waiting",
        ),
        "household",
        "工资收入 > 0元",
        "成员.合计(m, m.工资性收入) > 0元",
    ),
    file(
        "E0302",
        "duplicate-name",
        ("名称已被使用", "The name is already used"),
        (
            "一个名称在全书中只有一个意思，否则同一句话有两种读法",
            "a name means one thing in the whole book, or one sentence has two readings",
        ),
        FACTS,
        "[facts.salary]\nzh = \"工资性收入\"\nof = \"member\"\ntype = \"元/月\"",
        "[facts.salary]\nzh = \"其他工资收入\"\nof = \"member\"\ntype = \"元/月\"",
    ),
    file(
        "E0303",
        "look-alike",
        ("名称与另一个看来相同", "The name looks like another one"),
        (
            "全角与半角、西里尔字母与拉丁字母、〇与O、l与1看来一样；读的人会把一个当成另一个",
            "full-width and half-width forms, Cyrillic and Latin letters, 〇 and O, l and 1 look alike: a reader takes one for the other",
        ),
        FACTS,
        "[facts.salary]\nzh = \"近１２个月自付医疗费\"\nof = \"member\"\ntype = \"元\"",
        "[facts.salary]\nzh = \"近24个月自付医疗费\"\nof = \"member\"\ntype = \"元\"",
    ),
    file(
        "E0304",
        "bad-id",
        ("不能作编号", "This cannot be an id"),
        (
            "编号也用在文件名、接口和英文写法里，只用小写字母、数字和下划线",
            "ids also stand in file names, interfaces and the English form: lower-case letters, digits, underscores",
        ),
        FACTS,
        "[facts.\"房租\"]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"",
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"",
    ),
    file(
        "E0305",
        "bad-label",
        ("不能作名称", "This cannot be a label"),
        (
            "首尾或连续的空格看不见，却让两个名称不同",
            "blanks at the ends or in a row are not seen, and yet make two names differ",
        ),
        FACTS,
        "[facts.rent]\nzh = \"房租收入 \"\nof = \"household\"\ntype = \"元/月\"",
        "[facts.rent]\nzh = \"房租收入\"\nof = \"household\"\ntype = \"元/月\"",
    ),
    file(
        "E0306",
        "duplicate-value",
        ("枚举的值写了两次", "A value of an enum is written twice"),
        (
            "两个同名或看来相同的值，填表的人分不清",
            "two values with one name, or that look alike, cannot be told apart on a form",
        ),
        FACTS,
        "[facts.housing]\nzh = \"住房类型\"\nof = \"household\"\ntype = \"enum\"\nvalues = { own = \"自有\", bought = \"自有\" }",
        "[facts.housing]\nzh = \"住房类型\"\nof = \"household\"\ntype = \"enum\"\nvalues = { own = \"自有\", rented = \"租住\" }",
    ),
    value(
        "E0307",
        "unknown-value",
        ("枚举没有这个值", "The enum has no such value"),
        (
            "与一个不存在的值比较永远不成立，条件就形同虚设",
            "a comparison with a value that does not exist never holds, and the condition is void",
        ),
        "household",
        "城乡类别 = 城阵",
        "城乡类别 = 城镇",
    ),
    value(
        "E0308",
        "unknown-variable",
        ("没有这个代表人的字母", "There is no such variable"),
        (
            "“m.工资性收入”里的 m 是名单上的一个人；先有名单，才有 m",
            "in `m.工资性收入` the m is a person of a list; without the list there is no m",
        ),
        "household",
        "成员.任一(m, n.正在享受低保)",
        "成员.任一(m, m.正在享受低保)",
    ),
    value(
        "E0309",
        "bare-variable",
        ("把人当成了值", "A person is used as a value"),
        (
            "人不能比大小，也不能算是非；要说的是他的某个事实",
            "a person is neither true nor a number: one of the person's facts is meant",
        ),
        "household",
        "成员.任一(m, m)",
        "成员.任一(m, m.正在享受低保)",
    ),
    value(
        "E0310",
        "outer-variable",
        ("里层用了外层的人", "The inner list uses a person of the outer one"),
        (
            "每人对每人的比较写成单独的规则，才看得懂，也算得快",
            "a comparison of everybody with everybody is a rule of its own: readable, and quick to compute",
        ),
        "household",
        "成员.任一(m, 成员.任一(n, m.正在享受低保))",
        "成员.任一(m, m.正在享受低保)",
    ),
    value(
        "E0311",
        "wrong-subject",
        ("不知道是谁的值", "It is not clear whose value it is"),
        (
            "成员的事实每人一个；在家庭的规则里要说明是合计、任一还是最大",
            "a fact of members has one value each; a rule of the household says whether it means the sum, any or the largest",
        ),
        "household",
        "工资性收入 > 0元",
        "成员.任一(m, m.工资性收入 > 0元)",
    ),
    file(
        "E0312",
        "unknown-outcome",
        ("没有这项待遇", "There is no such outcome"),
        (
            "互斥和预警按编号指到待遇；指空了就不起作用",
            "exclusions and indicators name outcomes by id; a name of nothing has no effect",
        ),
        "cn/t/indicators.toml",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibo\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
    ),
    file(
        "E0313",
        "unknown-package",
        ("没有这个政策包", "There is no such package"),
        (
            "uses 说明要和哪些政策包一起读；缺了一个，读的人会漏看",
            "`uses` says which packages are read together; with one missing a reader overlooks it",
        ),
        "cn/t/package.toml",
        "id = \"cn/t\"\nzh = \"例\"\nuses = [\"cn/comon\"]",
        "id = \"cn/t\"\nzh = \"例\"\nuses = [\"cn/common\"]",
    ),
    file(
        "E0314",
        "bad-receiving",
        ("receiving 所指的不是是否型事实", "`receiving` names no bool fact"),
        (
            "谁正在享受由一个是否型事实来说；指错了就会把享受的人当成没有享受",
            "a bool fact says who receives it; a wrong one takes a recipient for somebody without help",
        ),
        "cn/t/outcomes.toml",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\nreceiving = \"wage\"",
        "[[outcome]]\nid = \"help\"\nzh = \"救助\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nmet_when = '低于标准'\nreceiving = \"in_dibao\"",
    ),
    file(
        "E0315",
        "duplicate-indicator",
        ("预警指标写了两次", "An indicator is written twice"),
        (
            "同一天只能有一条同号的指标，否则一户人家会被提示两次",
            "a day has one indicator of a code, or a family is pointed out twice",
        ),
        "cn/t/indicators.toml",
        "[[indicator]]\nid = \"W-1\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
        "[[indicator]]\nid = \"W-9\"\nzh = \"例\"\nkind = \"entry\"\noutcomes = [\"dibao\"]\nurgency = \"yellow\"\nwhen = '低于标准'\nreason = \"例\"\nvisit_note = \"看看家里是否有困难\"\nsource = [\"例-01\"]",
    ),
];
