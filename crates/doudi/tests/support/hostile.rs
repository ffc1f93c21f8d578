//! Packages that try to harm the machine or the reader: what each holds, and what the program must say of it. The test
//! runs them under a limit of memory; `cargo xtask bench hostile` measures them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What must come out.
pub(crate) enum Expect {
    /// A fault: number, file (below `policies/`), line.
    Fault(&'static str, &'static str, usize),
    /// Nothing is wrong.
    Sound,
}

/// One package folder.
pub(crate) struct Case {
    /// What it is.
    pub(crate) name: &'static str,
    /// `check` or `test`.
    pub(crate) command: &'static str,
    /// Lays the hostile part into a copy of the sample packages.
    pub(crate) lay: Box<dyn Fn(&Path)>,
    /// What must come out.
    pub(crate) expect: Expect,
}

/// The packages that the hostile parts are laid into.
fn sample() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = crates.map(|folder| folder.join("crates/policy/tests/sample")).find(|folder| folder.is_dir());
    found.unwrap_or_default()
}

/// Copies the sample to a new folder.
pub(crate) fn lay_sample(folder: &Path) {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(&path, &target).unwrap();
            }
        }
    }
    copy(&sample(), folder);
}

const RULES: &str = "cn/t/rules/hostile.toml";
const FACTS: &str = "cn/t/facts.toml";
const ROWS: &str = "demo/t/parameters/standard.csv";
const GOLDEN: &str = "cn/t/tests/hostile.md";

fn put(folder: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Seven lines; the value stands on the sixth.
pub(crate) fn rule(id: &str, from: &str, value: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nzh = \"规则_{id}\"\nfrom = \"{from}\"\nsource = [\"例-01\"]\nvalue = '{value}'\n\n"
    )
}

const FROM: &str = "2022-01-01";

fn case(name: &'static str, command: &'static str, expect: Expect, lay: impl Fn(&Path) + 'static) -> Case {
    Case { name, command, lay: Box::new(lay), expect }
}

/// A hostile text at a path.
fn text(
    name: &'static str,
    path: &'static str,
    (number, line): (&'static str, usize),
    make: impl Fn() -> String + 'static,
) -> Case {
    case(name, "check", Expect::Fault(number, path, line), move |folder| put(folder, path, make()))
}

/// A text that looks hostile and is law.
fn legal(name: &'static str, path: &'static str, make: impl Fn() -> String + 'static) -> Case {
    case(name, "check", Expect::Sound, move |folder| put(folder, path, make()))
}

/// A hostile value of a rule.
fn value(name: &'static str, number: &'static str, make: impl Fn() -> String + 'static) -> Case {
    text(name, RULES, (number, 6), move || rule("hostile", FROM, &make()))
}

fn fact(zh: &str, id: &str) -> String {
    format!("[facts.{id}]\nzh = \"{zh}\"\nof = \"member\"\ntype = \"元\"\n")
}

const MANY: usize = 200_000;
const RULES_MANY: usize = 10_000;

/// All cases.
pub(crate) fn cases() -> Vec<Case> {
    [expressions(), toml(), sizes(), rules(), characters(), tables(), folders(), goldens()]
        .into_iter()
        .flatten()
        .collect()
}

fn expressions() -> Vec<Case> {
    let around = |open: &'static str, close: &'static str, n: usize| {
        move || format!("{}是{}", open.repeat(n), close.repeat(n))
    };
    vec![
        value("200,000 brackets", "E0419", around("(", ")", MANY)),
        value("200,000 times 非", "E0419", around("非 ", "", MANY)),
        value("200,000 minus signs", "E0419", around("-", "", MANY)),
        value("100,000 nested ifs", "E0419", around("if true then ", "", 100_000)),
        value("70,000 ifs in a chain", "E0419", || "若 是 则 是 否则 ".repeat(70_000) + "是"),
        text("200,000 ifs in a chain, 4 MB", RULES, ("E0101", 1), || {
            rule("hostile", FROM, &("若 是 则 是 否则 ".repeat(MANY) + "是"))
        }),
        value("200,000 operands", "E0419", || "是 且 ".repeat(MANY) + "是"),
        value("a chain of 200,000 members", "E0420", || "m.".repeat(MANY) + "m"),
        value("50,000 folds in folds", "E0419", around("成员.任一(m, ", ")", 50_000)),
        value("a list of 200,000 numbers", "E0420", || format!("人数 在 [{}1]", "1, ".repeat(MANY))),
        value("200,000 unknown signs", "E0401", || "~".repeat(MANY)),
        value("a number of 200,000 digits", "E0209", || "9".repeat(MANY)),
        value("a name of 1 MB", "E0301", || "x".repeat(1 << 20)),
    ]
}

fn toml() -> Vec<Case> {
    vec![
        text("TOML arrays 200,000 deep", RULES, ("E0112", 1), || {
            format!("x = {}{}", "[".repeat(MANY), "]".repeat(MANY))
        }),
        text("TOML tables 200,000 deep", RULES, ("E0112", 1), || {
            format!("x = {}1{}", "{a=".repeat(MANY), "}".repeat(MANY))
        }),
        text("a dotted key of 200,000 parts", RULES, ("E0112", 1), || "a.".repeat(MANY) + "a = 1"),
        text("a header of 200,000 parts", RULES, ("E0112", 1), || format!("[{}a]", "a.".repeat(MANY))),
        text("90,000 empty rules", RULES, ("E0202", 1), || "[[rule]]\n".repeat(90_000)),
        text("200,000 empty rules", RULES, ("E0101", 100_001), || "[[rule]]\n".repeat(MANY)),
        text("a line with 500,000 values", RULES, ("E0101", 1), || {
            format!("x = [{}1]", "1,".repeat(500_000))
        }),
        text("300,000 lines of nonsense", RULES, ("E0110", 1), || "nonsense\n".repeat(220_000)),
        text("a quotation that never ends", RULES, ("E0110", 1), || format!("x = '''{}", "是".repeat(MANY))),
        text("a key written twice", RULES, ("E0111", 3), || "[[rule]]\nid = \"a\"\nid = \"b\"\n".to_owned()),
        text("a key written 100,000 times", RULES, ("E0111", 3), || {
            format!("[[rule]]\nid = \"a\"\n{}", "id = \"b\"\n".repeat(100_000))
        }),
        text("an integer beyond 64 bits", "cn/t/parameters/hostile.toml", ("E0209", 5), || {
            "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"int\"\nrows = [{ from = \"2024-01-01\", value = 9223372036854775808, source = \"例-01\" }]\n".to_owned()
        }),
    ]
}

fn sizes() -> Vec<Case> {
    let vast = |path: &'static str, bytes: u64| {
        move |folder: &Path| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::File::create(path).unwrap().set_len(bytes).unwrap();
        }
    };
    vec![
        case("a rule file of 100 MB", "check", Expect::Fault("E0101", RULES, 1), vast(RULES, 100 << 20)),
        case("a golden file of 100 MB", "test", Expect::Fault("E0101", GOLDEN, 1), vast(GOLDEN, 100 << 20)),
        case("a file of 4 TB", "check", Expect::Fault("E0101", ROWS, 1), vast(ROWS, 4 << 40)),
        legal("a comment of 1 MB in one line", RULES, || format!("# {}\n", "字".repeat(350_000))),
        text("an expression in a line of 1 MB", RULES, ("E0301", 6), || {
            rule("hostile", FROM, &format!("{}工资收入 > 0元", " ".repeat(1 << 20)))
        }),
        text("a label of 1 MB", FACTS, ("E0305", 2), || fact(&"长".repeat(300_000), "long")),
        text("a cell of 1 MB", ROWS, ("E0208", 2), || {
            format!(
                "division,class,from,value,source\n990121,urban,2022-01-01,{},例-01\n",
                "x".repeat(1 << 20)
            )
        }),
    ]
}

fn rules() -> Vec<Case> {
    let chain = |n: usize, first: String| {
        let mut text = rule("r0", FROM, &first);
        for i in 1..n {
            text += &rule(&format!("r{i}"), FROM, &format!("非 r{}", i - 1));
        }
        text
    };
    vec![
        legal("a chain of 10,000 rules", RULES, move || chain(RULES_MANY, "是".to_owned())),
        text("a circle of 10,000 rules", RULES, ("E0606", 1), move || {
            chain(RULES_MANY, format!("r{}", RULES_MANY - 1))
        }),
        text("300 rules that all need one another", RULES, ("E0606", 1), || {
            let all: Vec<String> = (0..100).map(|i| format!("r{i}")).collect();
            (0..300).map(|i| rule(&format!("r{i}"), FROM, &all.join(" 且 "))).collect()
        }),
        text("a rule that needs itself", RULES, ("E0606", 1), || rule("r0", FROM, "非 r0")),
        legal("10,000 rules that need nothing", RULES, || {
            (0..RULES_MANY).map(|i| rule(&format!("r{i}"), FROM, "人数 > 3")).collect()
        }),
        text("10,000 versions that overlap", RULES, ("E0604", 8), || {
            rule("r", FROM, "是").repeat(RULES_MANY)
        }),
        text("1,000 versions with a day between each two", RULES, ("E0605", 1), || {
            let mut text = String::new();
            for i in 0..1_000 {
                let (year, month) = (2022 + i / 12, 1 + i % 12);
                let version = rule("r", &format!("{year}-{month:02}-01"), "是");
                text += &version.replace("source", &format!("to = \"{year}-{month:02}-20\"\nsource"));
            }
            text
        }),
        text("10,000 names that nobody knows", RULES, ("E0301", 6), || {
            (0..RULES_MANY).map(|i| rule(&format!("r{i}"), FROM, &format!("未知{i} > 3"))).collect()
        }),
        text("10,000 sources that nobody knows", RULES, ("E0602", 5), || {
            (0..RULES_MANY)
                .map(|i| rule(&format!("r{i}"), FROM, "是").replace("例-01", &format!("例-{i}x")))
                .collect()
        }),
    ]
}

fn characters() -> Vec<Case> {
    let label = |zh: &'static str| move || fact(zh, "hostile");
    let both = |one: &'static str, other: &'static str| move || fact(one, "one") + &fact(other, "two");
    let ids = |one: &'static str, other: &'static str| move || fact("甲项", one) + &fact("乙项", other);
    vec![
        text("a label that is not NFC", FACTS, ("E0108", 2), label("cafe\u{301}")),
        text("a label that turns the direction", FACTS, ("E0109", 2), label("工资\u{202e}入收")),
        text("a label with a zero-width blank", FACTS, ("E0109", 2), label("工资\u{200b}收入")),
        text("a label with a control character", FACTS, ("E0109", 2), label("工资\u{7}收入")),
        text("a NUL byte", FACTS, ("E0109", 2), label("工资\0收入")),
        text("a filler that looks like nothing", FACTS, ("E0109", 2), label("工资\u{3164}收入")),
        text("a byte order mark in the middle", FACTS, ("E0109", 2), label("工资\u{feff}收入")),
        legal("a byte order mark first", FACTS, || format!("\u{feff}{}", fact("房租收入", "rent"))),
        legal("Windows line ends", FACTS, || fact("房租收入", "rent").replace('\n', "\r\n")),
        text("a label with a blank behind it", FACTS, ("E0305", 2), label("房租收入 ")),
        text("full-width and half-width digits", FACTS, ("E0303", 6), both("近６个月", "近6个月")),
        text("full-width brackets", FACTS, ("E0303", 6), both("收入(元)", "收入（元）")),
        text("Cyrillic and Latin a", FACTS, ("E0303", 6), both("A类", "\u{410}类")),
        text("〇 and O", FACTS, ("E0303", 6), both("二〇", "二O")),
        text("l and 1 in ids", FACTS, ("E0303", 5), ids("level_1", "level_l")),
        text("l and I in ids", FACTS, ("E0303", 5), ids("level_l", "level_I")),
        legal("未 and 末", FACTS, both("未婚", "末婚")),
        case("a file in GBK", "check", Expect::Fault("E0102", FACTS, 2), |folder| {
            put(folder, FACTS, b"[facts.rent]\nzh = \"\xb7\xbf\xd7\xe2\"\n");
        }),
        case("a file in UTF-16", "check", Expect::Fault("E0102", FACTS, 1), |folder| {
            let wide: Vec<u8> = fact("房租", "rent").encode_utf16().flat_map(u16::to_le_bytes).collect();
            put(folder, FACTS, [b"\xff\xfe".as_slice(), &wide].concat());
        }),
    ]
}

fn tables() -> Vec<Case> {
    let head = "division,class,from,value,source\n";
    vec![
        text("a million rows of CSV", ROWS, ("E0101", 1), move || {
            format!("{head}{}", "990121,urban,2022-01-01,756,例-01\n".repeat(1_000_000))
        }),
        text("50,000 wrong rows", ROWS, ("E0208", 2), move || {
            format!("{head}{}", "990121,urban,2022-01-01,x,例-01\n".repeat(50_000))
        }),
        text("50,000 rows that are the same", ROWS, ("E0706", 3), move || {
            format!("{head}{}", "990121,urban,2022-01-01,756,例-01\n".repeat(50_000))
        }),
        text("a cell that never ends", ROWS, ("E0115", 2), move || {
            format!("{head}990121,\"{}", "urban\n".repeat(100_000))
        }),
        legal("50,000 rows of 25,000 places", ROWS, move || {
            let mut text = head.to_owned();
            for i in 0..25_000 {
                for class in ["urban", "rural"] {
                    let (town, village) = (100 + i / 900, 100 + i % 900);
                    let _ = writeln!(text, "990121{town}{village},{class},2022-01-01,700,例-01");
                }
            }
            text
        }),
    ]
}

fn folders() -> Vec<Case> {
    let link = |to: &'static str, at: &'static str| {
        move |folder: &Path| {
            let at = folder.join(at);
            fs::create_dir_all(at.parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(to, at).unwrap();
        }
    };
    vec![
        case(
            "a folder that links to itself",
            "check",
            Expect::Fault("E0103", "cn/loop", 1),
            link(".", "cn/loop"),
        ),
        case(
            "a link that links to itself",
            "check",
            Expect::Fault("E0103", "cn/loop", 1),
            link("loop", "cn/loop"),
        ),
        case(
            "a link to a device without end",
            "check",
            Expect::Fault("E0103", RULES, 1),
            link("/dev/zero", RULES),
        ),
        case("a pipe", "check", Expect::Fault("E0104", RULES, 1), |folder| {
            let made = std::process::Command::new("mkfifo").arg(folder.join(RULES)).status().unwrap();
            assert!(made.success());
        }),
        case("folders 40 deep", "check", Expect::Fault("E0106", DEEP, 1), |folder| {
            fs::create_dir_all(folder.join("d/".repeat(40))).unwrap();
        }),
        case("30,000 files", "check", Expect::Fault("E0106", "cn/t/rules", 1), |folder| {
            for i in 0..30_000 {
                fs::write(folder.join(format!("cn/t/rules/r{i}.toml")), "").unwrap();
            }
        }),
    ]
}

/// The folder at which the program turns back.
const DEEP: &str = "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d";

fn goldens() -> Vec<Case> {
    let head = "## 例\n\n2024-06 · 青石县 · 城镇\n\n";
    let golden = |name, (number, line), make: Box<dyn Fn() -> String>| {
        case(name, "check", Expect::Fault(number, GOLDEN, line), move |folder| put(folder, GOLDEN, make()))
    };
    vec![
        golden(
            "a golden household of 100,000 people",
            ("E0807", 67),
            Box::new(move || {
                format!(
                    "{head}| 成员 | 工资性收入 |\n| --- | --- |\n{}\n期望: 低保 未知\n",
                    "| 甲 | 1 |\n".repeat(100_000)
                )
            }),
        ),
        golden(
            "20,000 golden households",
            ("E0807", 3_501),
            Box::new(move || format!("{head}期望: 低保 未知\n\n\n").repeat(20_000)),
        ),
        golden(
            "a golden line of 1 MB",
            ("E0801", 5),
            Box::new(move || format!("{head}- {}: 1\n\n期望: 低保 未知\n", "长".repeat(350_000))),
        ),
        golden(
            "100,000 rows under no heading",
            ("E0805", 5),
            Box::new(move || format!("{head}{}\n期望: 低保 未知\n", "| 甲 | 1 |\n".repeat(100_000))),
        ),
    ]
}
