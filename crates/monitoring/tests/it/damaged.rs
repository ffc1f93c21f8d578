//! Files as spreadsheets, mail and haste leave them: taken rightly, or refused with file, row and cure.

use doudi_monitoring::import::Verdict;
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use crate::support::{contracts, csv, name, number, sentence, try_file, wage, wages};

const WAGES: &str = "ss_contribution_2024-05.csv";
const VEHICLES: &str = "vehicles_2024-05.xlsx";

/// Five people's wages.
fn five() -> Vec<Vec<String>> {
    (1..=5).map(|n| wage(n, "3200.00", "2024-05")).collect()
}

/// Five people's wages, with this text in a column of the fourth.
fn with(column: usize, text: &str) -> String {
    let mut rows = five();
    rows[3][column] = text.to_owned();
    wages(&rows)
}

/// Says what is wrong with the fourth of five people, line 5, and that the others are taken.
fn line_five(text: &str) -> (String, String) {
    let preview = try_file("ss_contribution", WAGES, text.as_bytes(), 10).unwrap();
    assert_eq!((preview.counts.accepted, preview.verdict), (4, Verdict::Partly));
    let (zh, en) = sentence(&preview);
    assert!(zh.starts_with(&format!("{WAGES} 第 5 行：")) && zh.contains('；'), "{zh}");
    assert!(en.starts_with(&format!("{WAGES} line 5: ")) && en.contains(';'), "{en}");
    (zh, en)
}

fn clean(text: &str) {
    let preview = try_file("ss_contribution", WAGES, text.as_bytes(), 10).unwrap();
    assert_eq!((preview.counts.accepted, preview.verdict), (5, Verdict::Clean), "{text}");
}

/// A register of two vehicles, changed by `change`.
fn vehicles(change: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (c, text) in ["证件号码", "姓名", "车辆类型", "登记日期", "状态"].iter().enumerate() {
        sheet.write_string(0, c as u16, *text).unwrap();
    }
    for n in 1..=2 {
        let cells = [&number(n), &name(n), "小型汽车", "2024-05-08", "正常"].map(str::to_owned);
        for (c, text) in cells.iter().enumerate() {
            sheet.write_string(u32::from(n), c as u16, text).unwrap();
        }
    }
    change(sheet);
    book.save_to_buffer().unwrap()
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    clean(&wages(&five()).replace('\n', "\r"));
    for end in ["\n", "\r\n", "\r"] {
        line_five(&with(3, "三千二").replace('\n', end));
    }
}

#[test]
fn columns_without_heading_and_content_are_nothing() {
    clean(&wages(&five()).replace('\n', ",,\n"));
    // One filled cell below a missing heading is something, and so is a heading.
    let filled = wages(&five()).replace('\n', ",,\n").replacen("正常,,", "正常,,换单位", 1);
    for text in [filled, wages(&five()).replace('\n', ",备注\n")] {
        let problem = try_file("ss_contribution", WAGES, text.as_bytes(), 10).unwrap_err();
        assert_eq!(problem.code(), "header");
        assert!(problem.what().zh.contains("第 1 行表头与约定不符：多出"), "{problem}");
    }
    // Rows that are longer than the header may have slipped.
    let (header, rows) = wages(&five()).split_once('\n').map(|(h, r)| (h.to_owned(), r.to_owned())).unwrap();
    let longer = format!("{header}\n{}", rows.replace('\n', ",\n"));
    let preview = try_file("ss_contribution", WAGES, longer.as_bytes(), 10).unwrap();
    assert_eq!((preview.counts.accepted, preview.counts.quarantined), (0, 5));
    assert!(preview.sentences().all(|said| said.zh.contains("这一行有 7 格，表头有 6 格")));
}

#[test]
fn a_cell_of_ten_megabytes_is_not_repeated_in_its_message() {
    let cell = "9".repeat(10_000_000);
    for column in 0..6 {
        let (zh, en) = line_five(&with(column, &cell));
        assert!(zh.len() < 400 && en.len() < 400, "column {column}: {} bytes", zh.len().max(en.len()));
    }
    assert!(line_five(&with(2, &cell)).0.contains("有 10000000 个字，最多 500 个"));
}

#[test]
fn a_quote_left_open_refuses_the_file() {
    let mut rows = five();
    rows[4][2].insert(0, '"');
    let problem = try_file("ss_contribution", WAGES, wages(&rows).as_bytes(), 10).unwrap_err();
    let what = problem.what();
    assert_eq!(problem.code(), "cut_short", "{what}");
    assert!(what.zh.contains("第 6 行在引号") && what.en.contains("line 6, ends inside a quote"), "{what}");
    let problem = try_file("ss_contribution", WAGES, with(0, &format!("\"{}", number(4))).as_bytes(), 10);
    assert!(problem.unwrap_err().what().zh.contains("第 5 行起引号没有成对"));
    let zero = try_file("ss_contribution", WAGES, with(2, "食品\0厂").as_bytes(), 10).unwrap_err().what();
    assert!(zero.zh.contains("第 5 行") && zero.en.contains("line 5"), "{zero}");
}

#[test]
fn a_file_cut_short_is_refused_whole() {
    let whole = wages(&five());
    clean(whole.trim_end());
    clean(&whole.replace('\n', "\r\n"));
    let mut quoted = five();
    quoted[4][5] = "\"正常\"".to_owned();
    clean(wages(&quoted).trim_end());
    // Cut inside the last line, also inside a character.
    let last = whole.trim_end().rfind('\n').unwrap() + 1;
    let status = whole.trim_end().rfind(',').unwrap();
    for keep in (last + 1)..=status {
        let problem = try_file("ss_contribution", WAGES, &whole.as_bytes()[..keep], 10).unwrap_err();
        let what = problem.what();
        assert_eq!(problem.code(), "cut_short", "{keep}: {what}");
        assert!(what.zh.contains("不完整") && what.zh.contains("第 6 行"), "{what}");
        assert!(what.en.contains("cut short") && what.en.contains("send it again"), "{what}");
    }
    let card = number(3) + "42";
    let row =
        [&card, &name(3), "肢体", "二级", "2020-04-01", "2030-03-31", "有效"].map(str::to_owned).to_vec();
    let cards = csv(contracts().get("disability").unwrap(), &[row]);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&cards);
    let row_at = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    // One byte of the name's first character.
    let cut = &bytes[..row_at + card.len() + 2];
    let problem = try_file("disability", "disability_2024-05.csv", cut, 10).unwrap_err();
    assert_eq!(problem.code(), "cut_short", "{problem}");
    // A short row in the middle, or one that ends its line, is only set aside.
    let short = whole.trim_end().rsplit_once(',').unwrap().0.to_owned() + "\n";
    assert_eq!(try_file("ss_contribution", WAGES, short.as_bytes(), 10).unwrap().counts.accepted, 4);
}

#[test]
fn numbers_typed_on_other_keyboards_are_the_same_numbers() {
    let wide: String = number(4).chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect();
    clean(&with(0, &wide));
    clean(&with(0, &format!("'{}", number(4))));
    clean(&with(3, "\"3,200.00\""));
    // A check character in lower case.
    let n = (6..2000).find(|n| number(*n).ends_with('X')).unwrap();
    let mut row = wage(n, "3200.00", "2024-05");
    row[0] = row[0].to_lowercase();
    let preview = try_file("ss_contribution", WAGES, wages(&[row]).as_bytes(), n).unwrap();
    assert_eq!(preview.verdict, Verdict::Clean);
}

#[test]
fn amounts_and_months_in_another_form_are_shown_the_right_one() {
    for amount in ["1.2万元", "3200元", "¥3200", "３２００", "1e3", "3 200", "无", "NaN"] {
        let (zh, en) = line_five(&with(3, amount));
        assert!(zh.contains(&format!("金额“{amount}”不是数字，应写成 1234.50")), "{zh}");
        assert!(en.contains("write 1234.50"), "{en}");
    }
    for amount in ["-3200", "−3200"] {
        assert!(line_five(&with(3, amount)).0.contains("超出约定范围 0…200000"));
    }
    for month in ["2024/5", "2024/5/1", "20240501", "202405", "45413", "2024年5月", "May-24", "0000-00"] {
        let (zh, _) = line_five(&with(4, month));
        assert!(zh.contains(&format!("“{month}”不是月份，应写成 2024-06")), "{zh}");
    }
}

#[test]
fn what_is_said_of_one_row_is_not_said_of_all() {
    let mut rows = five();
    rows[3][3] = "三千".to_owned();
    rows[4][3] = "四千".to_owned();
    let reasons = |rows: &[Vec<String>]| {
        try_file("ss_contribution", WAGES, wages(rows).as_bytes(), 10).unwrap().reasons()
    };
    let said = reasons(&rows)[0].said();
    assert!(said.zh.starts_with("例如第 5 行：“缴费基数”：金额“三千”"), "{said}");
    assert!(said.en.starts_with("such as line 5: "), "{said}");
    rows[4][3] = "三千".to_owned();
    let said = reasons(&rows)[0].said();
    assert!(said.zh.starts_with("“缴费基数”：金额“三千”"), "the same of both rows: {said}");
    let again = [five(), five()].concat();
    assert!(reasons(&again)[0].said().zh.starts_with("例如第 7 行：与第 2 行完全相同"));
}

#[test]
fn a_file_of_another_department_is_refused_by_its_header() {
    let contracts = contracts();
    let row = [&number(1), &name(1), "2024-05-02", "2024-05-06", "殡葬火化"].map(str::to_owned).to_vec();
    let deaths = csv(contracts.get("civil_deaths").unwrap(), &[row]);
    let problem = try_file("ss_contribution", WAGES, deaths.as_bytes(), 10).unwrap_err();
    assert_eq!(problem.code(), "header");
    let zh = problem.what().zh;
    assert!(zh.contains("缺少“缴费基数”") && zh.contains("多出“死亡日期”"), "{zh}");
}

/// What is said of the first vehicle, on line 2; the second is taken.
fn line_two(change: impl FnOnce(&mut Worksheet)) -> String {
    let preview = try_file("vehicles", VEHICLES, &vehicles(change), 10).unwrap();
    assert_eq!((preview.counts.accepted, preview.counts.quarantined), (1, 1));
    let (zh, en) = sentence(&preview);
    assert!(zh.starts_with(&format!("{VEHICLES} 第 2 行：")) && en.contains("line 2: "), "{zh}");
    zh
}

#[test]
fn a_date_outside_the_calendar_of_spreadsheets_is_no_date() {
    let dated = Format::new().set_num_format("yyyy-mm-dd");
    let take = |serial: f64| {
        vehicles(|sheet| {
            sheet.write_number_with_format(1, 3, serial, &dated).unwrap();
        })
    };
    assert_eq!(try_file("vehicles", VEHICLES, &take(45_413.0), 10).unwrap().counts.accepted, 2);
    // A blank cell formatted as a date is 0; a slip may be anything.
    for serial in [0.0, -1.0, 1e10, f64::MAX, 45_413.5] {
        let zh = line_two(|sheet| {
            sheet.write_number_with_format(1, 3, serial, &dated).unwrap();
        });
        assert!(zh.contains("不是日历上的日期，应写成 2024-06-01"), "{serial}: {zh}");
    }
    for text in ["2024/5/1", "20240501", "2024年5月1日", "2024.05.01", "2024-5-1"] {
        let zh = line_two(|sheet| {
            sheet.write_string(1, 3, text).unwrap();
        });
        assert!(zh.contains(&format!("“{text}”的写法不对，日期应写成 2024-05-01")), "{zh}");
    }
    for text in ["2024/2/30", "24/5/1", "2024/5", "明天"] {
        let zh = line_two(|sheet| {
            sheet.write_string(1, 3, text).unwrap();
        });
        assert!(zh.contains(&format!("“{text}”不是日历上的日期，应写成 2024-06-01")), "{zh}");
    }
    let zh = line_two(|sheet| {
        sheet.write_number(1, 3, 45_413.0).unwrap();
    });
    assert!(zh.contains("“45413”不是日历上的日期"), "{zh}");
}

#[test]
fn a_cell_in_the_last_corner_of_a_sheet_is_not_laid_out() {
    // All cells up to it would be 17 thousand million.
    for (row, column) in [(1_048_575, 16_383), (1_048_575, 0), (0, 16_383)] {
        let blank = vehicles(|sheet| {
            sheet.write_string(row, column, " ").unwrap();
        });
        let preview = try_file("vehicles", VEHICLES, &blank, 10).unwrap();
        assert_eq!((preview.counts.accepted, preview.verdict), (2, Verdict::Clean));
    }
    let far = vehicles(|sheet| {
        sheet.write_string(1_048_575, 16_383, "页脚").unwrap();
    });
    let preview = try_file("vehicles", VEHICLES, &far, 10).unwrap();
    assert_eq!((preview.counts.accepted, preview.counts.quarantined), (2, 1));
    assert!(sentence(&preview).0.contains("第 1048576 行：这一行有 200 格，表头有 5 格"));
    let wide = vehicles(|sheet| {
        sheet.write_string(0, 16_383, "备注").unwrap();
    });
    let problem = try_file("vehicles", VEHICLES, &wide, 10).unwrap_err();
    let zh = problem.what().zh;
    assert!(problem.code() == "header" && zh.contains("另多出 187 列") && zh.len() < 1000, "{zh}");
}

#[test]
fn a_workbook_that_unpacks_to_too_much_is_not_opened() {
    let mut bytes = vehicles(|_| ());
    let part = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[part + 24..part + 28].copy_from_slice(&0xf000_0000_u32.to_le_bytes());
    let problem = try_file("vehicles", VEHICLES, &bytes, 10).unwrap_err();
    assert_eq!(problem.code(), "too_large");
    let what = problem.what();
    assert!(what.zh.contains("解压后有 3840 MB，超过上限 1024 MB") && what.zh.contains("改为 CSV"), "{what}");
    assert!(what.en.contains("was not opened"), "{what}");
}

#[test]
fn merged_headings_hidden_sheets_formulas_and_encrypted_books_are_named() {
    let merged = vehicles(|sheet| {
        sheet.merge_range(0, 0, 0, 1, "证件号码", &Format::new()).unwrap();
    });
    let zh = try_file("vehicles", VEHICLES, &merged, 10).unwrap_err().what().zh;
    assert!(zh.contains("缺少“姓名”，多出“（第 2 列无名"), "{zh}");
    let hidden = {
        let mut book = Workbook::new();
        book.add_worksheet().write_string(0, 0, "证件号码").unwrap();
        book.add_worksheet().set_hidden(true).write_string(0, 0, "旧数据").unwrap();
        book.save_to_buffer().unwrap()
    };
    let zh = try_file("vehicles", VEHICLES, &hidden, 10).unwrap_err().what().zh;
    assert!(zh.contains("Sheet2（隐藏") && zh.contains("合并为一个工作表"), "{zh}");
    let formula = |result: &str| rust_xlsxwriter::Formula::new("=A9").set_result(result);
    let kept = vehicles(|sheet| {
        sheet.write_formula(1, 4, formula("正常")).unwrap();
    });
    assert_eq!(try_file("vehicles", VEHICLES, &kept, 10).unwrap().verdict, Verdict::Clean);
    let zh = line_two(|sheet| {
        sheet.write_formula(1, 4, formula("#N/A")).unwrap();
    });
    assert!(zh.contains("“#N/A”不在约定之列（正常、注销）"), "{zh}");
    let zh = try_file("vehicles", VEHICLES, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 10).unwrap_err().what().zh;
    assert!(zh.contains("看来是旧版 XLS 工作簿或加密的工作簿") && zh.contains("请按 XLSX 重新导出"), "{zh}");
}

/// A zip archive of parts that are not compressed.
fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8)
                .fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
        })
    };
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in parts {
        let (at, size) = (out.len() as u32, text.len() as u32);
        let mut about = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        about.extend([crc(text.as_bytes()), size, size].into_iter().flat_map(u32::to_le_bytes));
        about.extend([name.len() as u16, 0].into_iter().flat_map(u16::to_le_bytes));
        out.extend([b"PK\x03\x04".as_slice(), &about, name.as_bytes(), text.as_bytes()].concat());
        directory.extend(
            [b"PK\x01\x02\x14\x00".as_slice(), &about, &[0; 10], &at.to_le_bytes(), name.as_bytes()].concat(),
        );
    }
    let (count, size, at) = (parts.len() as u16, directory.len() as u32, out.len() as u32);
    let mut end = [count, count].into_iter().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    end.extend([size, at].into_iter().flat_map(u32::to_le_bytes));
    [out, directory, b"PK\x05\x06\0\0\0\0".to_vec(), end, vec![0, 0]].concat()
}

#[test]
fn a_formula_without_a_stored_result_is_called_so_and_no_blank() {
    let cell = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let heads = ["证件号码", "姓名", "车辆类型", "登记日期", "状态"];
    let row = [&number(1), &name(1), "小型汽车", "2024-05-08"];
    let cells = |row: u8, texts: &[&str]| -> String {
        "ABCDE".chars().zip(texts).map(|(c, text)| cell(&format!("{c}{row}"), text)).collect()
    };
    let of = |last: &str| {
        let (one, two) = (cells(1, &heads), cells(2, &row));
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData><row r=\"1\">{one}</row><row r=\"2\">{two}{last}</row></sheetData></worksheet>"
        );
        archive(&[
            (
                "_rels/.rels",
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>",
            ),
            (
                "xl/workbook.xml",
                "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"一\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
            ),
            (
                "xl/_rels/workbook.xml.rels",
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
            ),
            ("xl/worksheets/sheet1.xml", &sheet),
        ])
    };
    let stored = of("<c r=\"E2\" t=\"str\"><f>A9</f><v>正常</v></c>");
    assert_eq!(try_file("vehicles", VEHICLES, &stored, 10).unwrap().verdict, Verdict::Clean);
    let blank = of("<c r=\"E2\" t=\"str\"><f>A9</f><v></v></c>");
    let zh = sentence(&try_file("vehicles", VEHICLES, &blank, 10).unwrap()).0;
    assert!(zh.contains("“状态”为空"), "a result of no text is a blank: {zh}");
    for bare in ["<c r=\"E2\"><f>A9</f></c>", "<c r=\"E2\"><f>A9</f><v></v></c>"] {
        let problem = try_file("vehicles", VEHICLES, &of(bare), 10).unwrap_err();
        assert!(problem.code() == "formula" && problem.what().zh.contains("1 格是公式"), "{problem}");
        assert!(problem.what().en.contains("the first is E2"), "{problem}");
    }
}
