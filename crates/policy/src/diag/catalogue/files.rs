//! 文件: what is not read at all, and what is no text of law.

use super::{Entry, Example, entry_of, file};

const RULES: &str = "cn/t/rules/example.toml";

pub(super) const ALL: [Entry; 16] = [
    entry_of(
        "E0101",
        "too-large",
        ("文件太大", "The file is too large"),
        (
            "政策包是给人看的；2 MiB 以上的文件没有人能核对，也会拖垮读它的机器",
            "packages are read by people: nobody can check a file of more than 2 MiB, and it burdens the machine that reads it",
        ),
        Example::Told {
            wrong: ("一个 100 MB 的 .toml、.csv 或 .md 文件", "a .toml, .csv or .md file of 100 MB"),
            right: ("按主题或地方拆成几个文件", "several files, by subject or by place"),
        },
    ),
    entry_of(
        "E0102",
        "not-utf8",
        ("文件不是 UTF-8 文字", "The file is no UTF-8 text"),
        (
            "同样的字节按不同编码读出来是不同的字；规定只有一种读法",
            "the same bytes read as other characters in another encoding; law has one reading",
        ),
        Example::Told {
            wrong: ("用 GBK 或 UTF-16 保存的文件", "a file saved as GBK or UTF-16"),
            right: (
                "另存为 UTF-8(带不带 BOM 都可以)",
                "the same saved as UTF-8, with or without a byte order mark",
            ),
        },
    ),
    entry_of(
        "E0103",
        "link",
        ("文件夹里有链接", "There is a link in the folder"),
        (
            "链接指向别处，可以成环，也会让同一个政策包在两台机器上读出不同内容",
            "a link points elsewhere, may go in a circle, and makes one package read differently on two machines",
        ),
        Example::Told {
            wrong: ("policies/cn/loop 链接到 policies/cn", "policies/cn/loop is a link to policies/cn"),
            right: ("把内容复制进来", "the content itself, copied"),
        },
    ),
    entry_of(
        "E0104",
        "not-a-file",
        ("不是普通文件", "This is no ordinary file"),
        (
            "管道和设备读不完，或每次读出来都不同",
            "a pipe or device never ends, or reads differently each time",
        ),
        Example::Told {
            wrong: ("名为 rules.toml 的管道", "a pipe named rules.toml"),
            right: ("普通文件", "an ordinary file"),
        },
    ),
    entry_of(
        "E0105",
        "unreadable",
        ("读不了文件", "The file cannot be read"),
        (
            "少读一个文件，规定就变了；所以不跳过",
            "the law is another one with a file left out; so none is skipped",
        ),
        Example::Told {
            wrong: ("没有读取权限的文件或文件夹", "a file or folder without permission to read"),
            right: ("可以读取的文件", "a file that can be read"),
        },
    ),
    entry_of(
        "E0106",
        "too-many-files",
        ("文件夹太大", "The folder is too large"),
        (
            "多半是路径写错了；不去读完一整块磁盘",
            "the path is probably wrong; no whole disk is read to find out",
        ),
        Example::Told {
            wrong: ("--policies / ，或 17 层以上的文件夹", "--policies / , or folders nested 17 deep"),
            right: ("--policies policies", "--policies policies"),
        },
    ),
    entry_of(
        "E0107",
        "stray-file",
        ("这个位置的文件不会被读取", "A file in this place is not read"),
        (
            "放错位置的规则不起作用，却让人以为它起作用",
            "a rule in the wrong place does nothing, while everybody believes that it does",
        ),
        Example::File {
            wrong: ("cn/t/rule/example.toml", "# 文件夹应叫 rules"),
            right: (RULES, "# 规则写在 rules 文件夹里"),
        },
    ),
    file(
        "E0108",
        "not-nfc",
        ("文字不是 Unicode NFC 形式", "The text is not in Unicode form NFC"),
        (
            "同一个字有两种字节写法时，两个看来相同的名称其实不同",
            "where one character has two byte forms, two names that look the same are different",
        ),
        RULES,
        "# cafe⟨U+0301⟩",
        "# caf⟨U+00E9⟩",
    ),
    file(
        "E0109",
        "hidden-character",
        ("有看不见的字符", "There is a character that nobody sees"),
        (
            "零宽字符、控制字符和改变书写方向的字符会让人读到的与程序读到的不同",
            "zero-width, control and direction characters make a person read something else than the program",
        ),
        RULES,
        "# 收入⟨U+200B⟩低于标准",
        "# 收入低于标准",
    ),
    file(
        "E0110",
        "toml",
        ("TOML 格式有误", "This is not valid TOML"),
        (
            "读不懂的文件不能只读懂一半: 少一行就可能多给或少给",
            "a file that cannot be read is not read by halves: a missing line gives too much or too little",
        ),
        RULES,
        "[[rule]\nid = \"example\"",
        "# [[rule]] 的方括号要成对",
    ),
    file(
        "E0111",
        "duplicate-key",
        ("同一个键写了两次", "A key is written twice"),
        (
            "两个值中只有一个起作用，而读的人不知道是哪一个",
            "only one of the two values counts, and a reader cannot know which",
        ),
        RULES,
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"member\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
        "[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '是'",
    ),
    file(
        "E0112",
        "too-nested",
        ("键或括号嵌套太深", "Keys or brackets are nested too deeply"),
        (
            "政策包只有几层；更深的文件不是写出来的，只会耗尽机器",
            "packages have a few levels; a deeper file was not written by a person and only exhausts the machine",
        ),
        RULES,
        "rule = ⟨100×[⟩⟨100×]⟩",
        "rule = []",
    ),
    file(
        "E0113",
        "toml-float",
        ("不带引号的小数", "A bare decimal number"),
        (
            "二进制小数不能准确表示一角钱；金额和比率写成带单位的文字",
            "a binary decimal cannot hold ten fen exactly; money and rates are texts with their unit",
        ),
        "cn/t/parameters/example.toml",
        "[[parameter]]\nid = \"share\"\nzh = \"比例\"\ntype = \"rate\"\nrows = [{ from = \"2024-01-01\", value = 0.3, source = \"例-01\" }]",
        "[[parameter]]\nid = \"share\"\nzh = \"比例\"\ntype = \"rate\"\nrows = [{ from = \"2024-01-01\", value = \"30%\", source = \"例-01\" }]",
    ),
    file(
        "E0114",
        "toml-date",
        ("不带引号的日期", "A date without quotation marks"),
        (
            "TOML 的日期可以带时间和时区；规定里的日期只是一天",
            "a TOML date may carry a time and a zone; a date of the law is a day",
        ),
        "cn/t/parameters/example.toml",
        "[[parameter]]\nid = \"share\"\nzh = \"比例\"\ntype = \"rate\"\nrows = [{ from = 2024-01-01, value = \"30%\", source = \"例-01\" }]",
        "[[parameter]]\nid = \"share\"\nzh = \"比例\"\ntype = \"rate\"\nrows = [{ from = \"2024-01-01\", value = \"30%\", source = \"例-01\" }]",
    ),
    file(
        "E0115",
        "csv",
        ("CSV 格式有误", "This is not valid CSV"),
        ("少一格的行会让后面的值错一列", "a row that lacks a cell shifts every later value by a column"),
        "demo/t/parameters/standard.csv",
        "division,class,from,value,source\n990121,urban,2024-04-01,756",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
    ),
    file(
        "E0116",
        "csv-header",
        ("CSV 表头不对", "The header of the CSV is wrong"),
        (
            "值按列名归位；不认识的列名说明某个值没有人读",
            "values find their place by the name of the column; an unknown name means a value that nobody reads",
        ),
        "demo/t/parameters/standard.csv",
        "division,class,from,yuan,source\n990121,urban,2024-04-01,756,例-01",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
    ),
];
