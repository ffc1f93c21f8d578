//! A delivery before it is written: rows of text, and what the columns mean to whoever spoils or writes them.

/// How the file of a feed is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Gb18030,
    Xlsx,
}

/// The shape of a feed.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) id: &'static str,
    pub(crate) encoding: Encoding,
    pub(crate) header: &'static [&'static str],
    /// Column with the identity number that may be spoilt.
    pub(crate) number: usize,
    pub(crate) name: usize,
    pub(crate) dates: &'static [usize],
    pub(crate) amounts: &'static [usize],
    pub(crate) division: Option<usize>,
    /// Columns that may be left empty by mistake.
    pub(crate) values: &'static [usize],
}

/// One row, and which cause of which household it shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    pub(crate) shows: Vec<(u32, u16)>,
    /// A row that stays as it is: the guided family's.
    pub(crate) fixed: bool,
}

/// All rows of a feed.
pub(crate) struct Table {
    pub(crate) shape: Shape,
    pub(crate) rows: Vec<Row>,
}

const fn shape(
    id: &'static str,
    encoding: Encoding,
    header: &'static [&'static str],
    number: usize,
    name: usize,
) -> Shape {
    Shape { id, encoding, header, number, name, dates: &[], amounts: &[], division: None, values: &[] }
}

/// The sixteen feeds in the order of the contracts.
pub(crate) const SHAPES: [Shape; 16] = [
    Shape {
        values: &[2],
        ..shape(
            "medical_enrolment",
            Encoding::Utf8,
            &["证件号码", "姓名", "参保状态", "缴费年度", "资助参保"],
            0,
            1,
        )
    },
    Shape {
        dates: &[2],
        amounts: &[6, 10],
        values: &[10],
        ..shape(
            "medical_insurance",
            Encoding::Utf8,
            &[
                "证件号码",
                "姓名",
                "结算日期",
                "医疗机构",
                "就诊类型",
                "慢特病种",
                "总费用",
                "统筹支付",
                "大病支付",
                "医疗救助",
                "个人自付",
            ],
            0,
            1,
        )
    },
    Shape {
        dates: &[4],
        values: &[3],
        ..shape(
            "disability",
            Encoding::Gb18030,
            &["残疾证号", "姓名", "残疾类别", "残疾等级", "发证日期", "有效期至", "状态"],
            0,
            1,
        )
    },
    Shape {
        amounts: &[3],
        values: &[3],
        ..shape(
            "ss_contribution",
            Encoding::Utf8,
            &["证件号码", "姓名", "单位名称", "缴费基数", "最近缴费月份", "参保状态"],
            0,
            1,
        )
    },
    Shape {
        amounts: &[3],
        values: &[3],
        ..shape(
            "ss_pension",
            Encoding::Utf8,
            &["证件号码", "姓名", "待遇类型", "月待遇金额", "其中中央基础养老金", "发放状态", "最近发放月份"],
            0,
            1,
        )
    },
    Shape {
        dates: &[2],
        amounts: &[3],
        values: &[6],
        ..shape(
            "ss_unemployment",
            Encoding::Utf8,
            &["证件号码", "姓名", "登记日期", "失业保险金月标准", "领取起始月", "领取截止月", "状态"],
            0,
            1,
        )
    },
    Shape {
        dates: &[2],
        values: &[2],
        ..shape(
            "civil_deaths",
            Encoding::Utf8,
            &["证件号码", "姓名", "死亡日期", "登记日期", "信息来源"],
            0,
            1,
        )
    },
    Shape {
        dates: &[3],
        values: &[4],
        ..shape(
            "civil_births",
            Encoding::Utf8,
            &["出生医学证明编号", "姓名", "性别", "出生日期", "母亲证件号码", "父亲证件号码"],
            4,
            1,
        )
    },
    Shape {
        dates: &[3],
        division: Some(5),
        values: &[2],
        ..shape(
            "civil_moves",
            Encoding::Utf8,
            &["证件号码", "姓名", "迁移类型", "迁移日期", "原区划代码", "现区划代码"],
            0,
            1,
        )
    },
    Shape {
        dates: &[3],
        values: &[4],
        ..shape("vehicles", Encoding::Xlsx, &["证件号码", "姓名", "车辆类型", "登记日期", "状态"], 0, 1)
    },
    Shape {
        dates: &[4],
        values: &[2],
        ..shape(
            "real_estate",
            Encoding::Utf8,
            &["证件号码", "姓名", "用途", "建筑面积", "登记日期", "共有方式"],
            0,
            1,
        )
    },
    Shape {
        dates: &[6],
        amounts: &[5],
        values: &[7],
        ..shape(
            "market",
            Encoding::Gb18030,
            &[
                "统一社会信用代码",
                "市场主体类型",
                "角色",
                "证件号码",
                "姓名",
                "认缴出资额",
                "登记日期",
                "状态",
            ],
            3,
            4,
        )
    },
    Shape {
        amounts: &[6],
        values: &[5],
        ..shape(
            "education",
            Encoding::Utf8,
            &["学籍号", "证件号码", "姓名", "学校", "学段", "是否困难学生", "公办学费住宿费", "状态"],
            1,
            2,
        )
    },
    Shape {
        dates: &[3],
        values: &[2],
        ..shape(
            "rural_watch",
            Encoding::Xlsx,
            &["户主证件号码", "户主姓名", "监测类别", "纳入日期", "风险状态"],
            0,
            1,
        )
    },
    Shape {
        dates: &[4],
        division: Some(2),
        values: &[5],
        ..shape(
            "disaster",
            Encoding::Utf8,
            &["户主证件号码", "户主姓名", "行政区划代码", "灾种", "受灾日期", "住房受损", "转移安置人数"],
            0,
            1,
        )
    },
    Shape {
        amounts: &[3],
        values: &[3],
        ..shape(
            "bank_assets",
            Encoding::Utf8,
            &["授权书编号", "证件号码", "姓名", "存款余额", "证券市值", "保单现金价值"],
            1,
            2,
        )
    },
];
