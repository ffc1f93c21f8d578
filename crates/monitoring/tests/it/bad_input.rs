//! Files that are wrong: a clear message with file, row and cure, and nothing kept before the operator's word.

use doudi_monitoring::import::{Answer, KnownFile, NotAccepted, Verdict};
use doudi_monitoring::pipeline::{FeedOutcome, Folders, Receipt, import_feed_files};
use doudi_monitoring::problem::FileProblem;
use doudi_store::Store;
use rust_xlsxwriter::Workbook;

use crate::support::{
    contracts, csv, date, month, name, number, register, sentence, try_file, try_known, wage, wages,
};

const WAGES: &str = "ss_contribution_2024-05.csv";

fn refused(feed: &str, file: &str, bytes: &[u8]) -> (FileProblem, String, String) {
    let problem = try_file(feed, file, bytes, 10).unwrap_err();
    let what = problem.what();
    assert!(what.zh.contains(file) && what.en.contains(file), "{what}");
    (problem, what.zh, what.en)
}

#[test]
fn a_wrong_header_names_what_is_missing_and_what_is_near() {
    let text = wages(&[wage(1, "3200.00", "2024-05")]).replace("缴费基数", "缴费工资基数");
    let (problem, zh, en) = refused("ss_contribution", WAGES, text.as_bytes());
    assert_eq!(problem.code(), "header");
    assert!(
        zh.contains("第 1 行") && zh.contains("缺少“缴费基数”") && zh.contains("最接近的是“缴费工资基数”"),
        "{zh}"
    );
    assert!(zh.contains("多出“缴费工资基数”") && zh.contains("请按约定的表头重新导出"), "{zh}");
    assert!(en.contains("`缴费基数` is missing (nearest in the file: `缴费工资基数`)"), "{en}");
    // A title row above the header, and a column given twice.
    let titled = format!("2024年5月参保名单\n{}", wages(&[wage(1, "3200.00", "2024-05")]));
    assert!(refused("ss_contribution", WAGES, titled.as_bytes()).1.contains("标题行"));
    let twice = wages(&[]).trim().to_owned() + ",姓名\n";
    assert!(refused("ss_contribution", WAGES, twice.as_bytes()).1.contains("“姓名”出现两次"));
    // The order of the columns does not matter.
    let swapped = "姓名,证件号码,单位名称,缴费基数,最近缴费月份,参保状态\n".to_owned()
        + &[&name(1), &number(1), "厂", "3200", "2024-05", "正常"].map(str::to_owned).join(",");
    assert_eq!(try_file("ss_contribution", WAGES, swapped.as_bytes(), 3).unwrap().verdict, Verdict::Clean);
}

fn vehicles(rows: u16) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let header = ["证件号码", "姓名", "车辆类型", "登记日期", "状态"];
    for (c, text) in header.iter().enumerate() {
        sheet.write_string(0, c as u16, *text).unwrap();
    }
    for n in 1..=rows {
        let cells = [&number(n), &name(n), "小型汽车", "2024-05-08", "正常"].map(str::to_owned);
        for (c, text) in cells.iter().enumerate() {
            sheet.write_string(u32::from(n), c as u16, text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

const VEHICLES: &str = "vehicles_2024-05.xlsx";

#[test]
fn a_truncated_workbook_is_told_from_another_format() {
    let whole = vehicles(5);
    assert_eq!(try_file("vehicles", VEHICLES, &whole, 10).unwrap().counts.accepted, 5);
    for keep in [whole.len() / 2, whole.len() - 30, 40] {
        let (problem, zh, en) = refused("vehicles", VEHICLES, &whole[..keep]);
        assert_eq!(problem.code(), "truncated", "{zh}");
        assert!(zh.contains(&format!("收到 {keep} 字节")) && zh.contains("请重新传送"), "{zh}");
        assert!(en.contains("send it again"), "{en}");
    }
    let (problem, zh, _) = refused("vehicles", VEHICLES, "证件号码,姓名\n".as_bytes());
    assert_eq!(problem.code(), "format");
    assert!(zh.contains("只改扩展名不行"), "{zh}");
    let (_, zh, _) = refused("ss_contribution", WAGES, &whole);
    assert!(zh.contains("看来是XLSX"), "{zh}");
    assert!(refused("ss_contribution", WAGES, b"<html><table>").1.contains("网页"));
}

#[test]
fn rows_on_a_second_sheet_are_not_lost() {
    let mut book = Workbook::new();
    for _ in 0..2 {
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "证件号码").unwrap();
    }
    let (problem, zh, _) = refused("vehicles", VEHICLES, &book.save_to_buffer().unwrap());
    assert_eq!(problem.code(), "sheets");
    assert!(zh.contains("Sheet2") && zh.contains("合并为一个工作表"), "{zh}");
}

#[test]
fn an_encoding_that_was_not_declared_is_named() {
    let text = wages(&[wage(1, "3200.00", "2024-05")]);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    let (problem, zh, en) = refused("ss_contribution", WAGES, &gb);
    assert_eq!(problem.code(), "encoding");
    assert!(zh.contains("第 1 行不是约定的 UTF-8 编码，看来是 GB18030；请另存为 UTF-8"), "{zh}");
    assert!(en.contains("looks like GB18030"), "{en}");
    // UTF-8 where GB 18030 is declared would decode without an error into other characters.
    let market = csv(contracts().get("market").unwrap(), &[]);
    let (problem, zh, _) = refused("market", "market_2024-05.csv", market.as_bytes());
    assert_eq!(problem.code(), "encoding");
    assert!(zh.contains("看来是 UTF-8"), "{zh}");
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(refused("ss_contribution", WAGES, &utf16).1.contains("UTF-16"));
    // A byte order mark is fine.
    let marked = format!("\u{feff}{text}");
    assert_eq!(try_file("ss_contribution", WAGES, marked.as_bytes(), 3).unwrap().counts.accepted, 1);
}

#[test]
fn an_empty_file_is_not_nobody() {
    let (problem, zh, _) = refused("ss_contribution", WAGES, b"");
    assert_eq!(problem.code(), "empty");
    assert!(zh.contains("文件是空的"), "{zh}");
    let (_, zh, en) = refused("ss_contribution", WAGES, wages(&[]).as_bytes());
    assert!(zh.contains("只有表头") && zh.contains("全县都没有"), "{zh}");
    assert!(en.contains("no row"), "{en}");
    let blank = wages(&[]) + ",,,,,\n\n";
    assert_eq!(refused("ss_contribution", WAGES, blank.as_bytes()).0.code(), "empty");
}

#[test]
fn separators_and_open_quotes_are_found() {
    let tabs = wages(&[wage(1, "3200", "2024-05")]).replace(',', "\t");
    assert!(refused("ss_contribution", WAGES, tabs.as_bytes()).1.contains("制表符"));
    let mut text = wages(&[wage(1, "3200", "2024-05")]);
    text.push('"');
    for _ in 0..40 {
        text.push_str(&wage(2, "3200", "2024-05").join(","));
        text.push('\n');
    }
    let (problem, zh, _) = refused("ss_contribution", WAGES, text.as_bytes());
    assert_eq!(problem.code(), "quote");
    assert!(zh.contains("第 3 行起引号没有成对"), "{zh}");
}

/// Five good rows and one bad one on line 7.
fn one_bad(bad: Vec<String>) -> (String, String) {
    let mut rows: Vec<_> = (1..=5).map(|n| wage(n, "3200.00", "2024-05")).collect();
    rows.push(bad);
    let preview = try_file("ss_contribution", WAGES, wages(&rows).as_bytes(), 20).unwrap();
    assert_eq!((preview.counts.accepted, preview.verdict), (5, Verdict::Partly));
    let (zh, en) = sentence(&preview);
    assert!(zh.starts_with("ss_contribution_2024-05.csv 第 7 行：") && zh.contains('；'), "{zh}");
    assert!(en.starts_with("ss_contribution_2024-05.csv line 7: ") && en.contains(';'), "{en}");
    (zh, en)
}

#[test]
fn bad_numbers_are_refused_and_never_repaired() {
    let with = |number: &str| {
        let mut row = wage(6, "3200.00", "2024-05");
        row[0] = number.to_owned();
        one_bad(row)
    };
    let mut wrong = number(6);
    let last = if wrong.ends_with('1') { "2" } else { "1" };
    wrong.replace_range(17.., last);
    let (zh, en) = with(&wrong);
    assert!(zh.contains("校验位不符") && zh.contains("请对照证件重新填写"), "{zh}");
    assert!(en.contains("check character"), "{en}");
    assert!(!zh.contains(&wrong), "no message repeats a number");
    let (zh, _) = with("5.2E+17");
    assert!(zh.contains("已被表格软件改成数值") && zh.contains("文本格式"), "{zh}");
    assert!(with("990121198001011000.0").0.contains("已被表格软件改成数值"));
    assert!(with("").0.contains("为空"));
    assert!(with("合计").0.contains("应为 18 位"));
    let (zh, _) = with(&number(500));
    assert!(zh.contains("户籍登记中没有此人") && zh.contains("先更新户籍登记"), "{zh}");
}

#[test]
fn a_number_that_a_workbook_holds_as_a_number_is_caught() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (c, text) in ["证件号码", "姓名", "车辆类型", "登记日期", "状态"].iter().enumerate() {
        sheet.write_string(0, c as u16, *text).unwrap();
    }
    sheet.write_number(1, 0, 9.901_211_972_031_7e17).unwrap();
    for (c, text) in [&*name(1), "小型汽车", "2024-05-08", "正常"].iter().enumerate() {
        sheet.write_string(1, c as u16 + 1, *text).unwrap();
    }
    let preview = try_file("vehicles", VEHICLES, &book.save_to_buffer().unwrap(), 3).unwrap();
    let (zh, _) = sentence(&preview);
    assert!(zh.contains("第 2 行") && zh.contains("已被表格软件改成数值"), "{zh}");
}

#[test]
fn old_numbers_and_written_variants_are_read() {
    let old = number(6);
    let old = format!("{}{}", &old[..6], &old[8..17]);
    let mut row = wage(6, "3200.00", "2024-05");
    row[0] = old;
    row[1] = format!(" {} ", row[1].replace('石', "石\u{3000}"));
    let preview = try_file("ss_contribution", WAGES, wages(&[row]).as_bytes(), 10).unwrap();
    assert_eq!(preview.verdict, Verdict::Clean);
}

#[test]
fn another_name_is_a_candidate_and_no_match() {
    let mut row = wage(6, "3200.00", "2024-05");
    row[1] = "柳青".to_owned();
    let preview = try_file("ss_contribution", WAGES, wages(&[row.clone()]).as_bytes(), 10).unwrap();
    assert_eq!(preview.counts.accepted, 0);
    assert!(sentence(&preview).0.contains("候选"));
    let candidates: Vec<_> = preview.candidates().collect();
    assert_eq!((candidates[0].0, candidates[0].1.0), (2, 6));
    // The same number under two names: the registered one is taken, the other is called a copy.
    let rows = [wage(6, "3200.00", "2024-05"), row];
    let preview = try_file("ss_contribution", WAGES, wages(&rows).as_bytes(), 10).unwrap();
    assert_eq!(preview.counts.accepted, 1);
    assert!(sentence(&preview).0.contains("对应几个姓名"));
}

#[test]
fn cells_are_checked_by_the_contract() {
    let (zh, en) = one_bad(wage(6, "3200.005", "2024-05"));
    assert!(
        zh.contains("“缴费基数”") && zh.contains("多于两位小数") && zh.contains("系统不会代为修改"),
        "{zh}"
    );
    assert!(en.contains("more than two decimals"), "{en}");
    assert!(one_bad(wage(6, "-1", "2024-05")).0.contains("超出约定范围"));
    assert!(one_bad(wage(6, "1e6", "2024-05")).0.contains("不是数字"));
    assert!(one_bad(wage(6, "", "2024-05")).0.contains("“缴费基数”为空"));
    assert!(one_bad(wage(6, "3200", "2024-13")).0.contains("不是月份"));
    assert!(one_bad(wage(6, "3200", "2024-06")).0.contains("晚于文件截止日 2024-05-31"));
    let mut state = wage(6, "3200", "2024-05");
    state[5] = "欠费".to_owned();
    assert!(one_bad(state).0.contains("不在约定之列（正常、停保）"));
    let mut short = wage(6, "3200", "2024-05");
    short.pop();
    assert!(one_bad(short).0.contains("这一行有 5 格，表头有 6 格"));
    // 30 February, and a division that does not exist.
    let contract = contracts();
    let loss = |day: &str, division: &str| {
        let row = [&number(1), &name(1), division, "洪涝", day, "严重损坏", "3"].map(str::to_owned).to_vec();
        let text = csv(contract.get("disaster").unwrap(), &[row]);
        let preview = try_file("disaster", "disaster_2024-05.csv", text.as_bytes(), 2).unwrap();
        sentence(&preview).0
    };
    let zh = loss("2024-02-30", "990121103001");
    assert!(
        zh.contains("“2024-02-30”不是日历上的日期") && zh.contains("disaster_2024-05.csv 第 2 行"),
        "{zh}"
    );
    let zh = loss("2024-02-29", "990121155965");
    assert!(zh.contains("没有区划代码 990121155965") && zh.contains("先导入区划登记"), "{zh}");
}

#[test]
fn the_card_of_a_disabled_person_agrees_with_class_and_grade() {
    let contract = contracts();
    let row = |card: String, grade: &str| {
        [&card, &name(3), "肢体", grade, "2020-04-01", "2030-03-31", "有效"].map(str::to_owned).to_vec()
    };
    let good = row(number(3) + "42", "二级");
    let wrong = row(number(3) + "42", "三级");
    let short = row(number(3), "二级");
    let text = csv(contract.get("disability").unwrap(), &[good, wrong, short]);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let preview = try_file("disability", "disability_2024-05.csv", &bytes, 5).unwrap();
    assert_eq!((preview.counts.accepted, preview.counts.quarantined), (1, 2));
    let said: Vec<_> = preview.sentences().map(|b| b.zh).collect();
    assert!(said[0].contains("残疾证号表示二级，“残疾等级”写的是“三级”"), "{said:?}");
    assert!(said[1].contains("应为 20 位"), "{said:?}");
}

fn known(file: &str, bytes: &[u8], feed: &str, period: &str) -> KnownFile {
    let folder = tempfile::tempdir().unwrap();
    let preview = try_file(feed, file, bytes, 40).unwrap();
    let accepted = preview.accept(Answer::DespiteHolds, folder.path()).unwrap();
    KnownFile { period: month(period), ..accepted.known() }
}

#[test]
fn the_same_file_is_known_again_under_every_name() {
    let text = wages(&[wage(1, "3200.00", "2024-05"), wage(2, "2800.00", "2024-05")]);
    let before = [known(WAGES, text.as_bytes(), "ss_contribution", "2024-05")];
    let again = |file: &str, bytes: &[u8]| {
        let problem = try_known("ss_contribution", file, bytes, &register(40), &before).unwrap_err();
        assert_eq!(problem.code(), "same_file");
        problem.what().zh
    };
    assert!(again(WAGES, text.as_bytes()).contains("内容完全相同"));
    assert!(again("ss_contribution_新_2024-05.csv", text.as_bytes()).contains(WAGES));
    // Saved again with a byte order mark and the rows in another order.
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(1, 2);
    let resaved = format!("\u{feff}{}\r\n", lines.join("\r\n"));
    assert!(again(WAGES, resaved.as_bytes()).contains("各行完全相同"));
}

#[test]
fn a_file_without_its_header_shows_nothing_of_anybody() {
    let text = wages(&[wage(1, "3200.00", "2024-05"), wage(2, "2800.00", "2024-05")]);
    let rows = text.split_once('\n').unwrap().1;
    let (problem, zh, en) = refused("ss_contribution", WAGES, rows.as_bytes());
    assert_eq!(problem.code(), "no_header");
    assert!(zh.contains("第一行应是表头：证件号码、姓名、") && en.contains("not shown here"), "{zh} {en}");
    for said in [&zh, &en] {
        assert!(!said.contains(&number(1)[6..]) && !said.contains(&name(1)), "{said}");
    }
    // A number among the headings, and a command to the terminal in one.
    let mixed = text.replacen("单位名称", &format!("\u{1b}[2J{}", number(3)), 1);
    let (_, zh, en) = refused("ss_contribution", WAGES, mixed.as_bytes());
    for said in [&zh, &en] {
        assert!(said.contains("\\u001b[2J990121…") && !said.contains('\u{1b}'), "{said}");
        assert!(!said.contains(&number(3)[6..]), "{said}");
    }
    // A cell, too: a number where an amount belongs, and a command where a kind does.
    let cell = |at: usize, text: &str| {
        let mut row = wage(1, "3200.00", "2024-05");
        row[at] = text.to_owned();
        sentence(&try_file("ss_contribution", WAGES, wages(&[row]).as_bytes(), 3).unwrap())
    };
    let (zh, en) = cell(3, &number(1));
    assert!(!zh.contains(&number(1)[6..]) && !en.contains(&number(1)[6..]), "{zh} {en}");
    let (zh, en) = cell(5, "正\u{1b}[31m常");
    assert!(zh.contains("正\\u001b[31m常") && en.contains("正\\u001b[31m常"), "{zh} {en}");
}

#[test]
fn dates_that_cannot_be_true_are_set_aside() {
    let contracts = contracts();
    let said = |feed: &str, row: &[&str]| {
        let row: Vec<String> = row.iter().map(|cell| (*cell).to_owned()).collect();
        let text = csv(contracts.get(feed).unwrap(), &[row]);
        let file = format!("{feed}_2024-05.csv");
        let (gb, _, _) = encoding_rs::GB18030.encode(&text);
        let bytes = if feed == "disability" { gb.into_owned() } else { text.clone().into_bytes() };
        try_file(feed, &file, &bytes, 3).unwrap()
    };
    let death = |died: &str, registered: &str| {
        said("civil_deaths", &[&number(1), &name(1), died, registered, "殡葬火化"])
    };
    assert_eq!(death("2024-05-02", "2024-05-02").counts.accepted, 1);
    for (died, registered, why) in [
        ("0001-01-01", "2024-05-06", "超出约定范围 1950-01-01…"),
        ("1900-05-02", "2024-05-06", "超出约定范围 1950-01-01…"),
        ("1951-03-16", "2024-05-06", "早于证件号码中的出生日期"),
        ("2024-05-06", "2024-05-02", "“登记日期”早于“死亡日期”"),
        ("2024-05-06", "1700-05-02", "超出约定范围"),
    ] {
        let zh = sentence(&death(died, registered)).0;
        assert!(zh.contains(why), "{died} {registered}: {zh}");
    }
    let card = |issued: &str, until: &str| {
        let card = format!("{}41", number(1));
        said("disability", &[&card, &name(1), "肢体", "一级", issued, until, "有效"])
    };
    assert_eq!(card("2020-03-01", "").counts.accepted, 1);
    assert_eq!(card("2020-03-01", "2030-02-28").counts.accepted, 1);
    let zh = sentence(&card("2020-03-01", "2019-03-01")).0;
    assert!(zh.contains("“有效期至”早于“发证日期”"), "{zh}");
}

#[test]
fn last_months_file_under_a_new_name_is_refused() {
    let text = wages(&[wage(1, "3200.00", "2024-04"), wage(2, "2800.00", "2024-03")]);
    let (problem, zh, en) = refused("ss_contribution", WAGES, text.as_bytes());
    assert_eq!(problem.code(), "period");
    assert!(
        zh.contains("最新的“最近缴费月份”在 2024-04，不是 2024-05") && zh.contains("旧文件改了名"),
        "{zh}"
    );
    assert!(en.contains("old file under a new name"), "{en}");
    let (_, zh, _) = refused("ss_contribution", "ss_contribution_2024-04.csv", text.as_bytes());
    assert!(zh.contains("文件名写的是 2024-04"), "{zh}");
    // A register without an entry of the month is held, not refused: a month may pass without one.
    let contract = contracts();
    // With few rows a month a month may well be without one.
    let car = |n: u16, day: &str| [&number(n), &name(n), "小型汽车", day, "正常"].map(str::to_owned).to_vec();
    let busy: Vec<_> = (1..=600).map(|n| car(n, "2024-04-08")).collect();
    let quiet = |n: u16| format!("{}-{:02}-08", 2009 + n % 15, 1 + n / 15 % 12);
    let quiet: Vec<_> = (1..=600).map(|n| car(n, &quiet(n))).collect();
    let mut vehicles = contract.get("vehicles").unwrap().clone();
    vehicles.format = doudi_monitoring::contract::Format::Csv;
    let register = register(600);
    let intake = doudi_monitoring::import::Intake {
        contract: &vehicles,
        register: &register,
        known: &[],
        period: month("2024-05"),
        as_of: date("2024-05-31"),
    };
    let of = |rows: &[Vec<String>]| {
        let text = csv(&vehicles, rows);
        doudi_monitoring::import::preview("vehicles_2024-05.csv", text.as_bytes(), intake).unwrap()
    };
    assert_eq!(of(&quiet).verdict, Verdict::Clean, "{:?}", of(&quiet).holds);
    let preview = of(&busy);
    assert_eq!(preview.verdict, Verdict::Held);
    assert!(preview.holds[0].text.zh.contains("没有一行的“登记日期”在 2024-05"), "{:?}", preview.holds);
}

#[test]
fn a_file_in_which_half_of_the_people_are_dead_is_held() {
    let contract = contracts();
    let dead =
        |n: u16| [&number(n), &name(n), "2024-05-02", "2024-05-06", "殡葬火化"].map(str::to_owned).to_vec();
    let rows: Vec<_> = (1..=20).map(dead).collect();
    let text = csv(contract.get("civil_deaths").unwrap(), &rows);
    let file = "civil_deaths_2024-05.csv";
    let folder = tempfile::tempdir().unwrap();
    for answer in [Answer::Look, Answer::GoodRows] {
        let preview = try_file("civil_deaths", file, text.as_bytes(), 40).unwrap();
        assert_eq!(preview.verdict, Verdict::Held);
        let refused = preview.accept(answer, folder.path()).unwrap_err();
        assert!(matches!(refused, NotAccepted::Held { .. }));
        let zh = refused.both().zh;
        assert!(zh.contains(file) && zh.contains("20／40，50%") && zh.contains("先与来源部门核对"), "{zh}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is kept");
    let preview = try_file("civil_deaths", file, text.as_bytes(), 40).unwrap();
    let accepted = preview.accept(Answer::DespiteHolds, folder.path()).unwrap();
    assert_eq!(accepted.counts.accepted, 20);
    // The other way round: a pension list of which half are registered as dead.
    let mut people = doudi_monitoring::register::Register::new([]);
    for n in 1..=40 {
        let parsed = doudi_registry::IdentityNumber::parse(&number(n)).unwrap();
        people.add_person(&parsed, &name(n), doudi_registry::PersonId(i64::from(n)), None, n % 2 == 0);
    }
    let pension = |n: u16| {
        [&number(n), &name(n), "城乡居民养老", "185.00", "123.00", "正常", "2024-05"]
            .map(str::to_owned)
            .to_vec()
    };
    let rows: Vec<_> = (1..=40).map(pension).collect();
    let text = csv(contract.get("ss_pension").unwrap(), &rows);
    let preview = try_known("ss_pension", "ss_pension_2024-05.csv", text.as_bytes(), &people, &[]).unwrap();
    assert_eq!(preview.holds[0].code, "dead");
}

#[test]
fn a_file_much_smaller_than_the_last_is_held() {
    let many: Vec<_> = (1..=40).map(|n| wage(n, "3200.00", "2024-05")).collect();
    let before = [known(WAGES, wages(&many).as_bytes(), "ss_contribution", "2024-04")];
    let few: Vec<_> = (1..=10).map(|n| wage(n, "3300.00", "2024-05")).collect();
    let preview =
        try_known("ss_contribution", WAGES, wages(&few).as_bytes(), &register(40), &before).unwrap();
    assert_eq!(preview.holds[0].code, "shrink");
    assert!(preview.holds[0].text.zh.contains("30／40，75%"), "{:?}", preview.holds);
}

#[test]
fn a_second_file_of_a_period_with_less_than_half_of_its_rows_is_held() {
    let some = |n: u16, base: &str| wages(&(1..=n).map(|n| wage(n, base, "2024-05")).collect::<Vec<_>>());
    let before = [known(WAGES, some(40, "3200.00").as_bytes(), "ss_contribution", "2024-05")];
    let again = |n: u16| {
        try_known("ss_contribution", WAGES, some(n, "3300.00").as_bytes(), &register(40), &before).unwrap()
    };
    let held = again(19);
    assert_eq!(held.holds.iter().map(|h| h.code).collect::<Vec<_>>(), ["shrink"]);
    assert!(held.holds[0].text.zh.contains("同一期") && held.holds[0].text.zh.contains("21／40，52%"));
    assert_eq!(again(20).verdict, Verdict::Clean);
}

#[test]
fn a_file_of_mostly_bad_rows_is_held_and_one_without_a_good_row_never_kept() {
    let folder = tempfile::tempdir().unwrap();
    let with_bad = |good: u16, bad: u16| {
        let base = |n: u16| if n <= good { "3200.00" } else { "三千二" };
        let rows: Vec<_> = (1..=good + bad).map(|n| wage(n, base(n), "2024-05")).collect();
        try_file("ss_contribution", WAGES, wages(&rows).as_bytes(), 40).unwrap()
    };
    assert_eq!(with_bad(5, 5).verdict, Verdict::Partly, "half may be bad");
    let held = with_bad(4, 6);
    assert_eq!((held.verdict, held.holds[0].code, held.holds[0].percent), (Verdict::Held, "set_aside", 60));
    let refused = held.clone().accept(Answer::GoodRows, folder.path()).unwrap_err();
    assert!(refused.both().zh.contains("一半以上的行不可用"), "{refused}");
    let none = with_bad(0, 6);
    assert_eq!(none.verdict, Verdict::NoGoodRow);
    let refused = none.accept(Answer::DespiteHolds, folder.path()).unwrap_err().both();
    assert!(
        refused.zh.contains("6 行中没有一行可用，例如第 2 行") && refused.zh.contains("重新导出"),
        "{refused}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is kept");
    assert_eq!(held.accept(Answer::DespiteHolds, folder.path()).unwrap().counts.accepted, 4);
}

/// What becomes of a file of June 2024 that is handed in on a day.
async fn handed_in(file: &str, text: &str, period: &str, today: &str) -> FeedOutcome {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(
        &format!("sqlite:{}", folder.path().join("doudi.db").display()),
        doudi_store::testing::keys(),
    )
    .await
    .unwrap();
    let (period, received_on) = (month(period), date(today));
    let receipt =
        Receipt { period, as_of: period.last_day(), received_on, answer: Answer::GoodRows, by: None };
    let folders = Folders { data: folder.path().join("data") };
    let files = vec![(file.to_owned(), text.as_bytes().to_vec())];
    let mut outcomes =
        import_feed_files(&store, &folders, &contracts(), &register(40), files, receipt).await.unwrap();
    outcomes.pop().unwrap()
}

#[tokio::test]
async fn a_file_of_a_month_that_has_not_begun_is_refused() {
    let file = "ss_contribution_2024-06.csv";
    let text = wages(&[wage(1, "3200.00", "2024-06")]);
    assert!(handed_in(file, &text, "2024-06", "2024-06-01").await.unwrap().delivery.is_some());
    let refused = handed_in(file, &text, "2024-06", "2024-05-31").await.unwrap_err().both();
    assert!(refused.zh.contains(file) && refused.zh.contains("2024-06 还没有开始"), "{refused}");
    assert!(refused.en.contains("check the month"), "{refused}");
}

#[tokio::test]
async fn a_file_of_another_department_is_called_by_its_name() {
    let row = [&number(1), &name(1), "2024-06-02", "2024-06-06", "殡葬火化"].map(str::to_owned).to_vec();
    let deaths = csv(contracts().get("civil_deaths").unwrap(), &[row]);
    let file = "ss_contribution_2024-06.csv";
    let refused = handed_in(file, &deaths, "2024-06", "2024-06-17").await.unwrap_err().both();
    assert!(refused.zh.contains("表头是数据项 civil_deaths（"), "{refused}");
    assert!(refused.en.contains("the feed civil_deaths") && refused.en.contains("rename it"), "{refused}");
    assert!(refused.zh.contains("缺少“缴费基数”"), "{refused}");
    let other = deaths.replace("死亡日期", "日期");
    let refused = handed_in(file, &other, "2024-06", "2024-06-17").await.unwrap_err().both();
    assert!(!refused.zh.contains("civil_deaths"), "{refused}");
}

#[test]
fn nothing_of_a_partly_bad_file_is_kept_before_the_operator_says_so() {
    let mut rows: Vec<_> = (1..=5).map(|n| wage(n, "3200.00", "2024-05")).collect();
    rows.push(wage(6, "32.005", "2024-05"));
    rows.push(rows[0].clone());
    let text = wages(&rows);
    let folder = tempfile::tempdir().unwrap();
    let preview = try_file("ss_contribution", WAGES, text.as_bytes(), 10).unwrap();
    assert_eq!((preview.counts.rows, preview.counts.accepted), (7, 5));
    assert_eq!((preview.counts.quarantined, preview.counts.duplicates), (1, 1));
    let refused = preview.clone().accept(Answer::Look, folder.path()).unwrap_err();
    assert!(refused.both().zh.contains("未保留任何数据（1 行有问题）"), "{refused}");
    let clean = wages(&(1..=5).map(|n| wage(n, "3200.00", "2024-05")).collect::<Vec<_>>());
    let clean = try_file("ss_contribution", WAGES, clean.as_bytes(), 10).unwrap();
    assert_eq!(clean.verdict, Verdict::Clean);
    assert!(matches!(clean.accept(Answer::Look, folder.path()), Err(NotAccepted::Looked { .. })));
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "a look keeps nothing, of a clean file either"
    );
    let accepted = preview.accept(Answer::GoodRows, folder.path()).unwrap();
    assert_eq!(accepted.delivery.len(), 5);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let duplicate = accepted.quarantined.iter().find(|q| q.line == 8).unwrap();
    assert!(duplicate.reason.what().zh.contains("与第 2 行完全相同"));
}

#[test]
fn whatever_happens_to_a_file_its_counts_add_up() {
    let rows: Vec<_> = (1..=30).map(|n| wage(n, "3200.00", "2024-05")).collect();
    let whole = wages(&rows).into_bytes();
    let mut taken = 0;
    // Change, drop or double single bytes all over the file: it is refused with a message, or its rows add up.
    for at in (0..whole.len()).step_by(3) {
        for change in 0..3 {
            let mut bytes = whole.clone();
            match change {
                0 => bytes[at] = b"0,\"\nX"[at % 5],
                1 => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at, bytes[at]),
            }
            match try_file("ss_contribution", WAGES, &bytes, 30) {
                Ok(preview) => {
                    taken += 1;
                    assert!(preview.counts.rows >= 28, "no row is lost: {:?}", preview.counts);
                    for text in preview.sentences() {
                        assert!(text.zh.contains("第") && text.en.contains("line"));
                    }
                }
                Err(problem) => assert!(problem.what().zh.contains(WAGES)),
            }
        }
    }
    assert!(taken > 100);
}
