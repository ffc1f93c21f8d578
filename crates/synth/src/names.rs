//! 姓名: made of words of nature, so that they read like names and belong to nobody.

use crate::dice::Dice;
use crate::ident::Sex;

const SURNAMES: [&str; 30] = [
    "石", "柳", "云", "松", "竹", "茶", "梨", "白", "柏", "金", "岩", "溪", "林", "杏", "桑", "兰", "荷",
    "叶", "江", "河", "桐", "枫", "禾", "麦", "泉", "山", "谷", "苇", "榆", "桃",
];
const OLD_MALE: [&str; 16] =
    ["长", "福", "有", "德", "正", "光", "永", "世", "发", "明", "昌", "荣", "贵", "兴", "大", "国"];
const OLD_FEMALE: [&str; 14] =
    ["秀", "桂", "玉", "素", "凤", "翠", "春", "月", "珍", "菊", "莲", "兰", "香", "英"];
const YOUNG_MALE: [&str; 16] =
    ["子", "浩", "宇", "泽", "俊", "志", "文", "小", "望", "天", "一", "晨", "立", "云", "远", "安"];
const YOUNG_FEMALE: [&str; 14] =
    ["雨", "欣", "诗", "小", "雅", "思", "晓", "梦", "可", "若", "清", "静", "心", "语"];
const LAST_MALE: [&str; 18] = [
    "山", "川", "林", "河", "海", "松", "柏", "岭", "泉", "春", "生", "华", "平", "江", "田", "根", "和",
    "原",
];
const LAST_FEMALE: [&str; 18] = [
    "梅", "花", "莲", "芳", "兰", "英", "珍", "菊", "香", "云", "霞", "叶", "荷", "雪", "青", "夏", "秋",
    "禾",
];

/// A surname.
pub(crate) fn surname(dice: &mut Dice) -> &'static str {
    dice.text(&SURNAMES)
}

/// A given name that fits the sex and the years in which it was given.
pub(crate) fn given(dice: &mut Dice, sex: Sex, birth_year: i16) -> String {
    let (first, last): (&[&str], &[&str]) = match (sex, birth_year < 1985) {
        (Sex::Male, true) => (&OLD_MALE, &LAST_MALE),
        (Sex::Male, false) => (&YOUNG_MALE, &LAST_MALE),
        (Sex::Female, true) => (&OLD_FEMALE, &LAST_FEMALE),
        (Sex::Female, false) => (&YOUNG_FEMALE, &LAST_FEMALE),
    };
    let end = dice.text(last);
    if dice.percent(12) {
        return end.to_owned();
    }
    format!("{}{end}", dice.text(first))
}

/// The same name with a traditional or variant character, where it has one.
pub(crate) fn variant(name: &str) -> Option<String> {
    const VARIANTS: [(char, char); 14] = [
        ('云', '雲'),
        ('叶', '葉'),
        ('兰', '蘭'),
        ('岩', '巖'),
        ('国', '國'),
        ('长', '長'),
        ('发', '發'),
        ('贵', '貴'),
        ('凤', '鳳'),
        ('莲', '蓮'),
        ('华', '華'),
        ('岭', '嶺'),
        ('泽', '澤'),
        ('静', '靜'),
    ];
    VARIANTS
        .iter()
        .find(|(plain, _)| name.contains(*plain))
        .map(|(plain, other)| name.replacen(*plain, &other.to_string(), 1))
}
