//! Files made to harm, read by the real program started a second time: each is refused in words, within seconds and
//! within its memory, and the program goes on.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use doudi_monitoring::contract::{Encoding, Format};
use doudi_monitoring::problem::{FileProblem, FileProblemKind, Stop};
use doudi_monitoring::source::guard::{Guard, Limits, order};
use doudi_monitoring::source::{Table, read_table};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const DOUDI: &str = env!("CARGO_BIN_EXE_doudi");
const COMMAND: &str = "read-table";

fn guard() -> Guard {
    Guard::new(DOUDI, &[COMMAND])
}

fn guarded(bytes: &[u8], format: Format) -> Result<Table, FileProblem> {
    guard().read_table("list.x", bytes, format, Encoding::Utf8)
}

/// A workbook of two cells of text.
fn good() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "姓名").unwrap();
    sheet.write_string(1, 0, "石望山").unwrap();
    book.save_to_buffer().unwrap()
}

/// The good workbook with parts put in the place of its own, or added.
fn with(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(good())).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    let packed = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        if parts.iter().all(|(new, _)| *new != name) {
            out.start_file(name, packed).unwrap();
            std::io::copy(&mut part, &mut out).unwrap();
        }
    }
    for (name, bytes) in parts {
        out.start_file(*name, packed).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const STRINGS: &str = "xl/sharedStrings.xml";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

fn sheet(inner: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><worksheet xmlns=\"{MAIN}\">{inner}</worksheet>")
}

fn laughs(levels: usize) -> String {
    let mut text = format!("<?xml version=\"1.0\"?><!DOCTYPE sst [<!ENTITY e0 \"{}\">", "哈".repeat(10));
    for level in 1..levels {
        let inner = format!("&e{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY e{level} \"{inner}\">"));
    }
    text.push_str(&format!(
        "]><sst xmlns=\"{MAIN}\"><si><t>姓名</t></si><si><t>&e{};</t></si></sst>",
        levels - 1
    ));
    text
}

/// What each file is, the file, and the codes of which one must come out.
fn hostile() -> Vec<(&'static str, Vec<u8>, &'static [&'static str])> {
    let external = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE sst [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><sst xmlns=\"{MAIN}\"><si><t>&x;</t></si></sst>"
    );
    let quadratic = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE sst [<!ENTITY x \"{}\">]><sst xmlns=\"{MAIN}\"><si><t>{}</t></si></sst>",
        "a".repeat(50_000),
        "&x;".repeat(50_000)
    );
    let deep = sheet(&format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000)));
    let tag =
        sheet(&format!("<sheetData{}/>", (0..300_000).map(|n| format!(" a{n}=\"1\"")).collect::<String>()));
    let blank = vec![b' '; 300 << 20];
    let cells: String = (0..4_000_000).map(|_| "<c><v>1</v></c>").collect();
    let cells = sheet(&format!("<sheetData><row r=\"1\">{cells}</row></sheetData>"));
    // One text of 32 KB that stands once and is called for by 100,000 cells: 3 GB.
    let long = format!("<sst xmlns=\"{MAIN}\"><si><t>{}</t></si></sst>", "长".repeat(11_000));
    let calls: String =
        (1..=100_000).map(|r| format!("<row r=\"{r}\"><c r=\"A{r}\" t=\"s\"><v>0</v></c></row>")).collect();
    let calls = sheet(&format!("<sheetData>{calls}</sheetData>"));
    let names: Vec<String> = (0..5_000).map(|n| format!("xl/media/{n}.bin")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    let plain = {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        out.start_file("r/r.zip", SimpleFileOptions::default()).unwrap();
        out.write_all(&good()).unwrap();
        out.finish().unwrap().into_inner()
    };
    vec![
        ("a part of 300 MB of blanks", with(&[(SHEET, &blank)]), &["trap"]),
        ("the same under a name that nobody reads", with(&[("xl/media/image1.png", &blank)]), &["trap"]),
        ("5,000 parts", with(&many), &["trap"]),
        ("an archive in the archive", with(&[("xl/embeddings/a.zip", &good())]), &["trap"]),
        ("an archive that is no workbook", plain, &["format"]),
        ("a thousand million laughs", with(&[(STRINGS, laughs(10).as_bytes())]), &["trap"]),
        ("an entity from elsewhere", with(&[(STRINGS, external.as_bytes())]), &["trap"]),
        ("quadratic blow-up", with(&[(STRINGS, quadratic.as_bytes())]), &["trap"]),
        ("a million elements deep", with(&[(SHEET, deep.as_bytes())]), &["trap"]),
        ("a tag of 300,000 attributes", with(&[(SHEET, tag.as_bytes())]), &["trap"]),
        ("four million cells in a row", with(&[(SHEET, cells.as_bytes())]), &["trap", "stopped"]),
        (
            "one long text in 100,000 cells",
            with(&[(STRINGS, long.as_bytes()), (SHEET, calls.as_bytes())]),
            &["trap", "stopped"],
        ),
    ]
}

#[test]
fn files_made_to_harm_are_refused_in_words_and_in_time() {
    let good = good();
    for (what, bytes, codes) in hostile() {
        assert!(bytes.len() < 8 << 20, "{what}: small enough to be uploaded, {}", bytes.len());
        let started = Instant::now();
        let problem = guarded(&bytes, Format::Xlsx).expect_err(what);
        let took = started.elapsed();
        assert!(took < Duration::from_secs(30), "{what}: {took:?}");
        assert!(codes.contains(&problem.code()), "{what}: {problem}");
        let both = problem.what();
        let cure = both.zh.contains("请来源部门") || both.zh.contains("请按 XLSX 重新导出");
        assert!(
            cure && (both.en.contains("source department") || both.en.contains("export it again")),
            "{what}: {both}"
        );
        assert!(!both.zh.contains("石望山") && !both.zh.contains("root:"), "{what}: {both}");
        println!("{what}: {} KiB, {} ms, {}", bytes.len() >> 10, took.as_millis(), problem.code());
        assert_eq!(
            guarded(&good, Format::Xlsx).unwrap().rows.len(),
            1,
            "the next file is read after: {what}"
        );
    }
}

#[test]
fn all_cells_of_a_sheet_declared_and_two_there_are_two() {
    let text = "<dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>姓名</t></is></c></row><row r=\"1048576\"><c r=\"A1048576\" t=\"inlineStr\"><is><t>石望山</t></is></c></row></sheetData>";
    let table = guarded(&with(&[(SHEET, sheet(text).as_bytes())]), Format::Xlsx).unwrap();
    assert_eq!(table.rows.len(), 1);
    assert_eq!((table.rows[0].0, &table.rows[0].1[0]), (1_048_576, "石望山"));
}

#[test]
fn cut_and_random_bytes_are_refused_one_after_the_other() {
    let whole = good();
    for end in [0, 1, 4, 30, whole.len() / 2, whole.len() - 22, whole.len() - 1] {
        guarded(&whole[..end], Format::Xlsx).expect_err("cut");
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for round in 0..12 {
        let mut bytes: Vec<u8> = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            })
            .collect();
        if round % 2 == 0 {
            bytes.splice(..4, *b"PK\x03\x04");
        }
        let format = if round % 3 == 0 { Format::Csv } else { Format::Xlsx };
        let problem = guarded(&bytes, format).expect_err("random bytes are no list");
        assert_ne!(problem.code(), "stopped", "{problem}");
    }
    // Each byte of a workbook turned over, one in forty: read, or refused; never stopped by a fault.
    for at in (0..whole.len()).step_by(whole.len() / 40) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        if let Err(problem) = guarded(&bytes, Format::Xlsx) {
            assert_ne!(problem.code(), "stopped", "byte {at}: {problem}");
        }
    }
}

#[test]
fn the_guard_says_what_the_reader_says() {
    let gb = [0xd0, 0xd5, 0xc3, 0xfb, b',', b'1', b'\n', 0xca, 0xaf, b',', b'2', b'\n'];
    let files: [(&[u8], Format, Encoding); 9] = [
        ("姓名,金额\n石望山,1\n石望川,2\n\n,\n".as_bytes(), Format::Csv, Encoding::Utf8),
        (b"", Format::Csv, Encoding::Utf8),
        (b"a;b\n1;2\n", Format::Csv, Encoding::Utf8),
        (b"a,b\n\"1,2\n", Format::Csv, Encoding::Utf8),
        (b"PK\x03\x04", Format::Csv, Encoding::Utf8),
        (&gb, Format::Csv, Encoding::Gb18030),
        (&gb, Format::Csv, Encoding::Utf8),
        (b"a,b\n1,2\n", Format::Xlsx, Encoding::Utf8),
        (&good(), Format::Xlsx, Encoding::Utf8),
    ];
    for (bytes, format, encoding) in files {
        let (there, here) =
            (guard().read_table("a.x", bytes, format, encoding), read_table("a.x", bytes, format, encoding));
        assert_eq!(there, here);
    }
}

fn stopped(guard: &Guard, bytes: &[u8]) -> Stop {
    let problem = guard.read_table("a.csv", bytes, Format::Csv, Encoding::Utf8).unwrap_err();
    match problem.kind {
        FileProblemKind::Stopped(stop) => stop,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_limit_is_felt_and_said() {
    let rows = "姓名,金额\n".to_owned() + &"石望山,1\n".repeat(1_000_000);
    let usual = Limits::of(Format::Csv, rows.len());
    let small = guard().with_limits(Limits { memory: 40 << 20, ..usual });
    assert_eq!(stopped(&small, rows.as_bytes()), Stop::Memory { mib: 40 });
    let short = guard().with_limits(Limits { answer: 1000, ..usual });
    assert_eq!(stopped(&short, rows.as_bytes()), Stop::Answer);
    // A process that only sleeps, one that only computes, one that says nothing, one that is not there.
    let shell =
        |text: &str| Guard::new("/bin/sh", &["-c", text]).with_limits(Limits { wall: 1, cpu: 1, ..usual });
    let started = Instant::now();
    assert_eq!(stopped(&shell("exec sleep 60"), b"a"), Stop::Time { seconds: 1 });
    assert_eq!(stopped(&shell("ulimit -t 1; while :; do :; done"), b"a"), Stop::Time { seconds: 1 });
    assert_eq!(stopped(&shell("exit 0"), b"a"), Stop::Fault);
    assert_eq!(stopped(&shell("exec yes"), b"a"), Stop::Fault);
    assert!(started.elapsed() < Duration::from_secs(10));
    let nothing = Guard::new("/nonexistent/doudi", &[]);
    assert!(matches!(stopped(&nothing, b"a"), Stop::NotStarted { .. }));
    assert_eq!(guarded(rows.as_bytes(), Format::Csv).unwrap().rows.len(), 1_000_000);
}

/// The child as the system sees it, before it has read a byte: no environment, no files, no core, no processes.
#[cfg(target_os = "linux")]
#[test]
fn the_reading_process_has_given_up_what_it_does_not_need() {
    let limits = Limits::of(Format::Csv, 10);
    let mut child = Command::new(DOUDI)
        .arg(COMMAND)
        .args(order(Format::Csv, Encoding::Utf8, limits))
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let about = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let line = |name: &str| -> Vec<String> {
        let all = about("limits");
        let line = all.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
        line[name.len()..].split_whitespace().take(2).map(str::to_owned).collect()
    };
    let started = Instant::now();
    while line("Max cpu time")[0] == "unlimited" && started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(line("Max core file size"), ["0", "0"]);
    assert_eq!(line("Max file size"), ["0", "0"]);
    assert_eq!(line("Max open files"), ["3", "3"]);
    assert_eq!(line("Max processes"), ["0", "0"]);
    assert_eq!(line("Max address space")[1], limits.memory.to_string());
    assert_eq!(line("Max cpu time")[0], limits.cpu.to_string());
    assert_eq!(about("environ"), "");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn doudi(folder: &Path, args: &[&str]) -> (i32, String) {
    let run = Command::new(DOUDI).args(args).current_dir(folder).output().unwrap();
    let said = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    (run.status.code().unwrap(), said)
}

/// A folder with the keys that a database in it is sealed with.
fn office() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let create = ["keys", "create", "--holders", "2", "--threshold", "2", "--shares", "keys"];
    let (code, said) = doudi(folder.path(), &create);
    assert_eq!(code, 0, "{said}");
    folder
}

#[test]
fn the_command_refuses_a_bomb_and_a_pipe_in_both_languages_and_leaves_nothing_behind() {
    let folder = office();
    std::fs::write(folder.path().join("vehicles_2024-05.xlsx"), with(&[(STRINGS, laughs(10).as_bytes())]))
        .unwrap();
    let feed = ["import", "feed", "vehicles_2024-05.xlsx", "--database", "sqlite://x.db", "--data", "data"];
    let (code, said) = doudi(folder.path(), &feed);
    assert!(code == 1 && said.contains("没有打开这个工作簿") && said.contains("请来源部门"), "{said}");
    let (code, said) = doudi(folder.path(), &[&feed[..], &["--lang", "en"]].concat());
    assert!(code == 1 && said.contains("was not opened") && said.contains("export CSV"), "{said}");
    assert!(!folder.path().join("data").exists());
    let pipe = folder.path().join("vehicles_2024-06.xlsx");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (code, said) = doudi(
        folder.path(),
        &["import", "feed", "vehicles_2024-06.xlsx", "--database", "sqlite://x.db", "--data", "data"],
    );
    assert!(code == 1 && said.contains("不是普通文件"), "{said}");
}

/// What is said of a damaged row names no whole number and no name.
#[test]
fn what_is_said_of_bad_rows_names_nobody() {
    let folder = office();
    let (number, name) = ("990121196203170019", "石望山");
    let header = "证件号码,姓名,单位名称,缴费基数,最近缴费月份,参保状态";
    for row in [
        format!("{number},{name},{number},{number},2024-05,正常"),
        format!("{number}1,{name},甲,{number},{number},{number}"),
        format!("99012119620317\u{200b}0019,{name},甲\u{202e},1,2024-05,正常"),
    ] {
        std::fs::write(folder.path().join("ss_contribution_2024-05.csv"), format!("{header}\n{row}\n"))
            .unwrap();
        let (_, said) = doudi(
            folder.path(),
            &[
                "import",
                "feed",
                "ss_contribution_2024-05.csv",
                "--database",
                "sqlite://x.db",
                "--data",
                "data",
            ],
        );
        assert!(said.contains("ss_contribution_2024-05.csv"), "{said}");
        assert!(!said.contains(number) && !said.contains(name) && !said.contains('\u{202e}'), "{said}");
        assert!(!said.contains("196203"), "{said}");
    }
}
