//! 参数和地方层: dated values, and who may set them.

use super::{Entry, Example, entry_of, file};

const ROWS: &str = "demo/t/parameters/standard.csv";
const PARAMETERS: &str = "cn/t/parameters/example.toml";

pub(super) const ALL: [Entry; 8] = [
    entry_of(
        "E0701",
        "unknown-parameter",
        ("没有声明这个参数", "The parameter is not declared"),
        (
            "国家政策包声明有哪些参数、谁可以定；没有声明的表没有人读",
            "the nation's packages declare which parameters exist and who sets them; an undeclared table is read by nobody",
        ),
        Example::File {
            wrong: (
                "demo/t/parameters/standart.csv",
                "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
            ),
            right: (ROWS, "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01"),
        },
    ),
    file(
        "E0702",
        "not-overridable",
        ("本级不能另行规定", "This level cannot set its own value"),
        (
            "哪一级可以另定由上位法授权；没有授权的值无效",
            "the higher law says which level may set a value; without that it is void",
        ),
        "demo/overlay.toml",
        "level = \"city\"\ndivision = \"9901\"\nzh = \"石州市\"",
        "level = \"county\"\ndivision = \"990121\"\nzh = \"青石县\"",
    ),
    file(
        "E0703",
        "outside-area",
        ("区划不在本层之内", "The division is outside this layer"),
        ("一个县不能给另一个县定标准", "a county sets no standard for another county"),
        ROWS,
        "division,class,from,value,source\n520121,urban,2024-04-01,756,例-01",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
    ),
    entry_of(
        "E0704",
        "wrong-folder",
        ("参数放错了文件夹", "The parameter is in the wrong folder"),
        (
            "地方层的文件夹与国家政策包同名，人才找得到",
            "a local folder is named as the nation's package, so that people find it",
        ),
        Example::File {
            wrong: (
                "demo/other/parameters/standard.csv",
                "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
            ),
            right: (ROWS, "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01"),
        },
    ),
    file(
        "E0705",
        "out-of-bounds",
        ("值超出法定范围", "The value is outside the lawful range"),
        (
            "多一位少一位是最常见的笔误；范围由国家政策包按条文写明",
            "a digit too many or too few is the commonest slip; the range is declared from the law",
        ),
        ROWS,
        "division,class,from,value,source\n990121,urban,2024-04-01,75600,例-01",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01",
    ),
    file(
        "E0706",
        "duplicate-row",
        ("同一行写了两次", "A row is written twice"),
        (
            "同一地方、同一天开始、同一天公布的两个值，不知道以哪个为准",
            "of two values for one place, one first day and one day of decision nobody knows which counts",
        ),
        ROWS,
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01\n990121,urban,2024-04-01,766,例-01",
        "division,class,from,value,source\n990121,urban,2024-04-01,756,例-01\n990121,urban,2025-04-01,766,例-01",
    ),
    file(
        "E0707",
        "bad-key",
        ("不能作键列", "This cannot be a key"),
        (
            "按键查表要一格一格对得上，所以键是值固定的枚举",
            "a table is looked up cell by cell; so its keys are enums with fixed values",
        ),
        PARAMETERS,
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nkeys = [\"farm\"]\nrows = []",
        "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nkeys = [\"class\"]\nrows = []",
    ),
    entry_of(
        "E0708",
        "mixed-keys",
        ("键列分属成员和义务人", "Keys are of members and of obligors at once"),
        (
            "一个成员与一个义务人没有对应关系，查不出是哪一格",
            "a member and an obligor do not belong together, so that no cell is meant",
        ),
        Example::File {
            wrong: (
                "cn/t/rules/example.toml",
                "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nkeys = [\"school\", \"obligor_kin\"]\nrows = []\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '成员.任一(m, m.限额 > 0元)'",
            ),
            right: (
                "cn/t/rules/example.toml",
                "[[parameter]]\nid = \"limit\"\nzh = \"限额\"\ntype = \"元\"\nkeys = [\"school\"]\nrows = []\n\n[[rule]]\nid = \"example\"\nzh = \"例\"\nof = \"household\"\nfrom = \"2024-01-01\"\nsource = [\"例-01\"]\nvalue = '成员.任一(m, m.限额 > 0元)'",
            ),
        },
    ),
];
