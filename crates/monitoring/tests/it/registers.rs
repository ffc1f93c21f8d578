//! Register files: every row taken or set aside, the real list of divisions as it is published.

use std::path::Path;

use doudi_monitoring::contract::Vocabulary;
use doudi_monitoring::{pipeline, registers};
use doudi_registry::UrbanRural;
use doudi_store::Store;

use crate::support::{book, date, name, number, register};

fn division_file(name: &str, text: &str) -> (String, Vec<u8>) {
    (name.to_owned(), text.as_bytes().to_vec())
}

#[test]
fn the_five_files_of_the_real_list_are_one_list_in_any_order() {
    let files = [
        division_file(
            "villages.csv",
            "code,name,streetCode,provinceCode,cityCode,areaCode\n\"990121103001\",\"河湾村\",\"990121103\",\"99\",\"9901\",\"990121\"\n\"990121199001\",\"无乡村\",\"990121199\",\"99\",\"9901\",\"990121\"\n",
        ),
        division_file(
            "streets.csv",
            "code,name,areaCode,provinceCode,cityCode\n\"990121103\",\"石桥镇\",\"990121\",\"99\",\"9901\"\n",
        ),
        division_file(
            "areas.csv",
            "code,name,cityCode,provinceCode\n\"990121\",\"青石县\",\"9901\",\"99\"\n\"990100\",\"松阳市\",\"9901\",\"99\"\n",
        ),
        division_file("cities.csv", "code,name,provinceCode\n\"9901\",\"松阳市\",\"99\"\n"),
        division_file("provinces.csv", "code,name\n\"99\",\"云岭省\"\n"),
    ];
    let taken = registers::divisions(&files, &|_| false).unwrap();
    let all: usize = taken.iter().map(|t| t.good.len()).sum();
    assert_eq!(all, 5, "the city that repeats itself one level down is one division");
    let accepted: usize = taken.iter().map(|t| t.counts.accepted).sum();
    let repeated: usize = taken.iter().map(|t| t.counts.duplicates).sum();
    assert_eq!((accepted, repeated), (5, 1), "what counts as good is what is held");
    let reasons: Vec<_> =
        taken.iter().flat_map(|t| &t.quarantined).filter(|q| !q.reason.is_repeat()).collect();
    assert_eq!(reasons.len(), 1);
    assert!(reasons[0].reason.what().zh.contains("没有区划代码 990121199"));
    let problem =
        registers::divisions(&[division_file("x.csv", "编码,名称\n99,云岭省\n")], &|_| false);
    assert!(problem.unwrap_err().what().zh.contains("缺少“代码”（文件中最接近的是“编码”）"));
}

fn hukou(rows: &[String]) -> registers::Taken<registers::Hukou> {
    let text = format!("{}\n{}\n", registers::HUKOU.join(","), rows.join("\n"));
    let class = |code: &doudi_policy::DivisionCode| {
        (code.as_str() == "990121103001").then_some(Some(UrbanRural::Rural))
    };
    let taken = registers::hukou("hukou.csv", text.as_bytes(), date("2024-05-31"), &class).unwrap();
    let c = taken.counts;
    assert_eq!(c.accepted + c.quarantined + c.duplicates, c.rows);
    taken
}

fn line(home: &str, n: u16, relation: &str, division: &str) -> String {
    let id = number(n);
    let birth = format!("{}-{}-{}", &id[6..10], &id[10..12], &id[12..14]);
    let sex = if id.as_bytes()[16] % 2 == 1 { "男" } else { "女" };
    format!("{home},{id},{},{sex},{birth},{relation},{division},正常,汉族", name(n))
}

#[test]
fn people_of_the_hukou_register_are_checked_against_each_other() {
    let village = "990121103001";
    let good = hukou(&[line("H1", 1, "户主", village), line("H1", 2, "子女", village)]);
    assert_eq!((good.good.households.len(), good.good.persons.len()), (1, 2));
    assert_eq!(good.good.households[0].class, Some(UrbanRural::Rural));
    let bad = |second: String| {
        let taken = hukou(&[line("H1", 1, "户主", village), second]);
        assert_eq!(taken.counts.quarantined, 1);
        taken.quarantined[0].reason.what().zh
    };
    assert!(bad(line("H2", 1, "户主", village)).contains("证件号码与第 2 行相同"));
    assert!(bad(line("H1", 2, "户主", village)).contains("两个户主"));
    assert!(bad(line("H1", 2, "子女", "990121103009")).contains("没有区划代码"));
    assert!(bad(line("H1", 2, "朋友", village)).contains("不在约定之列"));
    assert!(bad(line("H1", 2, "子女", village).replace("-03-17", "-03-18")).contains("不一致"));
    let other =
        line("H1", 2, "子女", village).replace(",男,", ",其").replace(",女,", ",男,").replace(",其", ",女,");
    assert!(bad(other).contains("性别与证件号码中的不一致"));
}

#[test]
fn awards_go_to_people_of_that_household_only() {
    let register = register(4);
    let home = |code: &str| match code {
        "H1" => Some(1),
        "H2" => Some(2),
        _ => None,
    };
    let row = |programme: &str, home: &str, n: u16, amount: &str| {
        format!("{programme},{home},{},{},2023-01,{amount},1234,2024-07-01", number(n), name(n))
    };
    let rows = [
        row("dibao", "H1", 1, "443.50"),
        row("dibao", "H2", 2, "0"),
        row("dibao", "H9", 3, "0"),
        row("pension", "H2", 3, "1"),
        row("tekun", "H2", 3, "1.005"),
        row("dibao", "H1", 1, "12"),
        row("dibao", "H2", 4, "40000000"),
        row("dibao", "H2", 4, "300").replace("2023-01", "2099-01"),
        row("dibao", "H2", 4, "141,00"),
    ];
    let text = format!("{}\n{}\n", registers::AWARDS.join(","), rows.join("\n"));
    let taken = registers::awards(
        "awards.csv",
        text.as_bytes(),
        &["dibao", "tekun"],
        &register,
        date("2024-05-31"),
        &home,
    )
    .unwrap();
    assert_eq!((taken.counts.accepted, taken.counts.quarantined), (1, 8));
    let said: Vec<_> = taken.quarantined.iter().map(|q| q.reason.what().zh).collect();
    assert!(said[0].contains("不在户号 H2"), "{said:?}");
    assert!(said[1].contains("没有户号 H9"), "{said:?}");
    assert!(said[2].contains("不在约定之列"), "{said:?}");
    assert!(said[3].contains("多于两位小数"), "{said:?}");
    assert!(said[4].contains("出现两次"), "{said:?}");
    assert!(said[5].contains("40000000.00 超出约定范围 0…200000.00"), "{said:?}");
    assert!(said[6].contains("2099-01，晚于文件截止日 2024-05-31"), "{said:?}");
    assert!(said[7].contains("格"), "an unquoted comma parts cells: {said:?}");
}

/// The register of a village with one family, one award and one authorisation.
fn folder_of_registers(folder: &Path) {
    let village = "990121103001";
    let write = |name: &str, columns: &[&str], rows: &[String]| {
        std::fs::write(folder.join(name), format!("{}\n{}\n", columns.join(","), rows.join("\n"))).unwrap();
    };
    let places = [
        ("99", "云岭省"),
        ("9901", "松阳市"),
        ("990121", "青石县"),
        ("990121103", "石桥镇"),
        (village, "河湾村"),
    ];
    let places = places.map(|(code, name)| format!("{code},{name},,,"));
    write("divisions.csv", registers::DIVISIONS, &places);
    write("hukou.csv", registers::HUKOU, &[line("H1", 1, "户主", village), line("H1", 2, "子女", village)]);
    let award = format!("dibao,H1,{},{},2023-01,443.50,1234,2024-07-01", number(1), name(1));
    write("awards.csv", registers::AWARDS, &[award]);
    write("authorisations.csv", registers::AUTHORISATIONS, &["A1,H1,2024-01-01,2025-01-01".to_owned()]);
}

#[tokio::test]
async fn registers_are_written_all_or_nothing_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let (path, day) = (folder.path(), date("2024-05-31"));
    let store =
        Store::open(&format!("sqlite:{}", path.join("doudi.db").display()), doudi_store::testing::keys())
            .await
            .unwrap();
    let book = book();
    let vocabulary = Vocabulary { facts: book.facts(), enums: book.enums() };
    let wrong = [
        ("awards.csv", registers::AWARDS.join(",") + "\n", "只有表头"),
        ("authorisations.csv", "授权书,户号\nA1,H1\n".to_owned(), "表头与约定不符"),
        (
            "hukou.csv",
            format!("{}\n{}\n", registers::HUKOU.join(","), line("H1", 1, "户主", "99"))
                .replace(",99,", ",98,"),
            "没有一行可用",
        ),
        (
            "awards.csv",
            format!(
                "{}\ndibao,H1,{},{},2023-01,\"443,50\",1234,2024-07-01\n",
                registers::AWARDS.join(","),
                number(1),
                name(1)
            ),
            "没有一行可用",
        ),
        (
            "divisions.csv",
            format!(
                "{}\n99,云岭省,,,\n9901,松阳市,,,\n990121103001,河湾村,,,\n",
                registers::DIVISIONS.join(",")
            ),
            "因此 hukou.csv 的各户都没有区划",
        ),
    ];
    for (file, text, said) in wrong {
        folder_of_registers(path);
        std::fs::write(path.join(file), text).unwrap();
        let problem =
            pipeline::import_registers(&store, path, vocabulary, day, day).await.unwrap_err().both();
        assert!(problem.zh.contains(file) && problem.zh.contains(said), "{problem}");
        assert_eq!(store.population(None).await.unwrap(), (0, 0), "nothing of {file}'s folder is written");
        assert!(store.division_counts().await.unwrap().is_empty(), "no division either");
    }
    folder_of_registers(path);
    let (reports, here) = pipeline::import_registers(&store, path, vocabulary, day, day).await.unwrap();
    assert!(reports.iter().all(|r| r.counts.quarantined == 0), "{reports:?}");
    assert_eq!(store.population(None).await.unwrap(), (1, 2));
    assert_eq!(store.receiving_in(day.month()).await.unwrap().len(), 1);
    assert!(here.register.authorisation("A1").is_some());
    let again = pipeline::import_registers(&store, path, vocabulary, day, day).await.unwrap_err().both();
    assert!(again.zh.contains("hukou.csv") && again.zh.contains("已有 1 户 2 人"), "{again}");
    assert!(again.zh.contains("新的数据库") && again.en.contains("Name a new database"), "{again}");
    assert_eq!(store.population(None).await.unwrap(), (1, 2));
}
