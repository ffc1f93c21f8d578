//! 行政区划: 云岭省松阳市青石县 with its townships and villages.

use crate::dice::Dice;

/// 云岭省, 松阳市, 青石县 and the 14 townships: code, name.
const UPPER: [(&str, &str); 17] = [
    ("99", "云岭省"),
    ("9901", "松阳市"),
    ("990121", "青石县"),
    ("990121101", "城关镇"),
    ("990121102", "柳溪镇"),
    ("990121103", "石桥镇"),
    ("990121104", "大坪镇"),
    ("990121105", "白沙镇"),
    ("990121106", "茶亭镇"),
    ("990121107", "河口镇"),
    ("990121108", "云坳乡"),
    ("990121109", "松岭乡"),
    ("990121110", "梨园乡"),
    ("990121111", "双井乡"),
    ("990121112", "高岩乡"),
    ("990121113", "金竹乡"),
    ("990121114", "北崖乡"),
];
const FRONT: [&str; 16] =
    ["石", "柳", "云", "松", "竹", "茶", "梨", "白", "柏", "金", "岩", "溪", "桑", "麦", "龙", "鹤"];
const BACK: [&str; 14] = ["坪", "湾", "坳", "冲", "塘", "坡", "寨", "井", "坝", "洞", "岭", "口", "沟", "田"];

/// Names of the county, the township and the guided family's village that a code of the fictional county lies in, from
/// the county down; empty for every other place.
#[must_use]
pub fn name_of(code: &str) -> Vec<&'static str> {
    let upper = UPPER.iter().filter(|(c, _)| c.len() >= 6 && code.starts_with(c)).map(|(_, name)| *name);
    upper.chain((code == GUIDED_VILLAGE).then_some("河湾村")).collect()
}

/// 村 or 社区
#[derive(Clone, Debug)]
pub(crate) struct Village {
    pub(crate) code: String,
    pub(crate) name: String,
    /// 城乡分类代码: 1.. urban, 2.. rural.
    pub(crate) class: &'static str,
    /// How many of 100,000 households live here, as a weight.
    pub(crate) weight: u32,
}

impl Village {
    pub(crate) fn urban(&self) -> bool {
        self.class.starts_with('1')
    }

    pub(crate) fn township(&self) -> &str {
        self.code.get(..9).unwrap_or(&self.code)
    }
}

/// Code of the village of the guided family, 石桥镇河湾村.
pub(crate) const GUIDED_VILLAGE: &str = "990121103001";

/// One row of divisions.csv: code, name, level, parent, urban-rural class.
pub(crate) fn rows(villages: &[Village]) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    for (code, name) in UPPER {
        let (level, parent) = match code.len() {
            2 => ("1", ""),
            4 => ("2", "99"),
            6 => ("3", "9901"),
            _ => ("4", "990121"),
        };
        rows.push([code, name, level, parent, ""].map(str::to_owned));
        for v in villages.iter().filter(|v| v.township() == code) {
            rows.push([&v.code, &v.name, "5", code, v.class].map(|s| s.to_string()));
        }
    }
    rows
}

/// All villages and communities, in the order of their codes.
pub(crate) fn villages(dice: &mut Dice) -> Vec<Village> {
    let mut all = Vec::new();
    for (township, town_name) in UPPER.iter().filter(|(code, _)| code.len() == 9) {
        let mut taken: Vec<String> = vec!["河湾村".to_owned()];
        let mut fresh = |dice: &mut Dice, end: &str| {
            loop {
                let name = format!("{}{}{end}", dice.text(&FRONT), dice.text(&BACK));
                if !taken.contains(&name) {
                    taken.push(name.clone());
                    return name;
                }
            }
        };
        let seat = *township == "990121101";
        let centre = ["990121102", "990121103", "990121106"].contains(township);
        for serial in 1..=13_u32 {
            let code = format!("{township}{serial:03}");
            let (name, class, weight) = if code == GUIDED_VILLAGE {
                ("河湾村".to_owned(), "220", 480)
            } else if seat && serial <= 9 {
                let class = if serial <= 6 { "121" } else { "122" };
                (fresh(dice, "社区"), class, 1500 + dice.below(500) as u32)
            } else if serial == 13 {
                let class = if centre { "121" } else { "210" };
                let name = town_name.trim_end_matches(['镇', '乡']);
                (format!("{name}街社区"), class, 700 + dice.below(300) as u32)
            } else {
                (fresh(dice, "村"), "220", 350 + dice.below(300) as u32)
            };
            all.push(Village { code, name, class, weight });
        }
    }
    all
}
