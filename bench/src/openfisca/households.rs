//! Fictional households in which nothing is unknown: the shapes that families have, ages and money that stand on
//! and around every line of the law, so that each clause decides for somebody.

use anyhow::{Context as _, Result};
use doudi_policy::column::{Batch, ListColumns};
use doudi_policy::plan::{Entity, ParamRow, Plan, Type};
use doudi_policy::{Date, DivisionCode};

use super::columns::column;
use super::dice::Dice;
use super::words::{Fact, Words};

/// Villages of the fictional county.
const VILLAGES: u64 = 24;

/// The values of one subject, by the place of the fact in the vocabulary.
type Row = Vec<i64>;

/// The lines of the law at which money is aimed, in fen; they only steer chance.
struct Lines {
    standard: [i64; 2],
    /// The edge line as a multiple of the standard.
    factor: (i64, i64),
    /// Yearly.
    pdi: i64,
    assets: [i64; 3],
    capital: [i64; 2],
    exempt_pension: i64,
    day: Date,
}

impl Lines {
    fn of(plan: &Plan, words: &Words, county: &DivisionCode) -> Result<Self> {
        let row = |id: &str, key: Option<i64>| -> Result<&ParamRow> {
            let keyed = |keys: &[u8]| key.is_none_or(|key| keys.first().map(|k| i64::from(*k)) == Some(key));
            let here = |place: &Option<DivisionCode>| place.as_ref().is_none_or(|place| county.within(place));
            let table = plan.params.iter().find(|p| p.id == id);
            let rows = table.map(|t| t.rows.as_slice()).unwrap_or_default();
            let holding = rows.iter().filter(|r| keyed(&r.keys) && here(&r.division));
            let nearest = |r: &&ParamRow| (r.division.as_ref().map_or(0, |d| d.as_str().len()), r.from);
            holding.max_by_key(nearest).with_context(|| format!("the parameter `{id}` has no value"))
        };
        let last = |id: &str, key: Option<i64>| row(id, key).map(|r| r.value);
        let class = |value| words.code("registered_class", value);
        let (urban, rural) = (class("urban")?, class("rural")?);
        Ok(Self {
            standard: [last("dibao_standard", Some(urban))?, last("dibao_standard", Some(rural))?],
            factor: row("edge_factor", None)?.ratio.context("an edge factor")?,
            pdi: last("pdi", None)?,
            assets: [
                last("dibao_assets_per_head", None)?,
                last("edge_assets_per_head", None)?,
                last("tekun_assets", None)?,
            ],
            capital: [last("dibao_capital", None)?, last("edge_capital", None)?],
            exempt_pension: last("base_pension_exempt", None)?,
            day: plan.period.last_day(),
        })
    }
}

/// Who lives together: relation to the head, youngest and oldest age.
type Shape = Vec<(&'static str, i64, i64)>;

const HEAD: &str = "head";
const SPOUSE: &str = "spouse";
const CHILD: &str = "child";
const PARENT: &str = "parent";
const CHILD_IN_LAW: &str = "child_in_law";
const PARENT_IN_LAW: &str = "parent_in_law";
const GRANDCHILD: &str = "grandchild";
const GRANDPARENT: &str = "grandparent";
const SIBLING: &str = "sibling";
const ANYBODY: [&str; 10] = [
    SPOUSE,
    CHILD,
    PARENT,
    CHILD_IN_LAW,
    PARENT_IN_LAW,
    GRANDCHILD,
    GRANDPARENT,
    SIBLING,
    "other_kin",
    "non_kin",
];

fn shape(dice: &mut Dice) -> Shape {
    let mut who: Shape = Vec::new();
    match dice.weighted(&[12, 10, 16, 8, 12, 7, 8, 5, 5, 6, 5, 6, 4, 2]) {
        0 => who.push((HEAD, 52, 92)),
        1 => who.extend([(HEAD, 55, 90), (SPOUSE, 52, 88)]),
        2 => {
            who.extend([(HEAD, 24, 58), (SPOUSE, 22, 56)]);
            who.extend((0..dice.between(1, 4)).map(|_| (CHILD, 0, 24)));
        }
        3 => {
            who.push((HEAD, 22, 58));
            who.extend((0..dice.between(1, 3)).map(|_| (CHILD, 0, 24)));
        }
        4 => {
            who.extend([(HEAD, 28, 60), (SPOUSE, 26, 58), (CHILD, 0, 26), (PARENT, 52, 92)]);
            who.extend((0..dice.between(0, 1)).map(|_| (PARENT, 52, 92)));
            who.extend((0..dice.between(0, 1)).map(|_| (CHILD, 0, 26)));
            who.extend((0..dice.between(0, 1)).map(|_| (GRANDPARENT, 58, 99)));
        }
        5 => {
            who.push((HEAD, 54, 82));
            who.extend((0..dice.between(0, 1)).map(|_| (SPOUSE, 52, 80)));
            who.extend((0..dice.between(1, 3)).map(|_| (GRANDCHILD, 0, 19)));
        }
        6 => {
            who.extend([(HEAD, 56, 84), (CHILD, 18, 62)]);
            who.extend((0..dice.between(0, 1)).map(|_| (CHILD, 18, 62)));
            who.extend((0..dice.between(0, 1)).map(|_| (SPOUSE, 54, 82)));
            who.extend((0..dice.between(0, 1)).map(|_| (CHILD_IN_LAW, 20, 58)));
            who.extend((0..dice.between(0, 2)).map(|_| (GRANDCHILD, 0, 19)));
        }
        7 => {
            who.push((HEAD, 16, 70));
            who.extend((0..dice.between(1, 3)).map(|_| (SIBLING, 14, 70)));
            who.extend((0..dice.between(0, 1)).map(|_| (PARENT, 52, 92)));
        }
        8 => who.extend([(HEAD, 30, 70), (dice.pick(&["other_kin", "non_kin"]), 10, 85)]),
        9 => who.push((HEAD, 18, 60)),
        10 => {
            who.extend([(HEAD, 18, 62), (PARENT, 50, 88)]);
            who.extend((0..dice.between(0, 1)).map(|_| (PARENT, 50, 88)));
            who.extend((0..dice.between(0, 1)).map(|_| (SIBLING, 16, 60)));
        }
        11 => {
            let (kin, low, high) =
                dice.pick(&[(CHILD_IN_LAW, 20, 60), (PARENT_IN_LAW, 56, 92), (GRANDPARENT, 58, 92)]);
            who.extend([(HEAD, 40, 80), (kin, low, high)]);
            who.extend((0..dice.between(0, 1)).map(|_| (PARENT_IN_LAW, 50, 92)));
            who.extend((0..dice.between(0, 1)).map(|_| (CHILD, 10, 40)));
            who.extend((0..dice.between(0, 1)).map(|_| (SIBLING, 10, 60)));
            who.extend((0..dice.between(0, 1)).map(|_| (PARENT, 60, 92)));
            who.extend((0..dice.between(0, 1)).map(|_| (SPOUSE, 40, 80)));
            who.extend((0..dice.between(0, 1)).map(|_| (GRANDCHILD, 0, 19)));
        }
        12 => {
            who.push((HEAD, 20, 80));
            who.extend((0..dice.between(3, 7)).map(|_| (dice.pick(&ANYBODY), 0, 90)));
        }
        _ => {
            who.push((HEAD, 6, 18));
            who.extend((0..dice.between(0, 2)).map(|_| (SIBLING, 3, 18)));
        }
    }
    who
}

/// Fills the facts of one household, all of them.
struct Writer<'a> {
    words: &'a Words,
    dice: Dice,
}

impl Writer<'_> {
    /// A plausible value for every fact: what no shape sets stays so, and must not matter.
    fn noise(&mut self, of: Entity) -> Row {
        let dice = &mut self.dice;
        let any = |fact: &Fact| match fact.ty {
            _ if fact.of != of => 0,
            Type::Bool => dice.yes(10),
            Type::Enum(_) => dice.below(fact.values.len() as u64) as i64,
            Type::Int => dice.between(0, 3),
            Type::Date => 19_700 - dice.below(1_500) as i64,
            _ if dice.percent(70) => 0,
            _ => dice.between(0, 400_000),
        };
        self.words.facts.iter().map(any).collect()
    }

    fn set(&self, row: &mut Row, fact: &str, value: i64) -> Result<()> {
        let at = self.words.place(fact)?;
        *row.get_mut(at).context("a value a fact")? = value;
        Ok(())
    }

    fn get(&self, row: &Row, fact: &str) -> Result<i64> {
        row.get(self.words.place(fact)?).copied().context("a value a fact")
    }

    fn choose(&self, row: &mut Row, fact: &str, value: &str) -> Result<()> {
        self.set(row, fact, self.words.code(fact, value)?)
    }

    /// A birthday, often on the very day at which an age begins, or the day before or after.
    fn birth(&mut self, day: Date, low: i64, high: i64) -> i64 {
        let lines: Vec<i64> = [16, 18, 60, 70].into_iter().filter(|age| (low..=high).contains(age)).collect();
        let dice = &mut self.dice;
        let birth = if !lines.is_empty() && dice.percent(40) {
            let age = dice.pick(&lines);
            day.plus_months(-12 * age as i32).plus_days(dice.between(-1, 1) as i32)
        } else {
            day.plus_months(-12 * dice.between(low, high) as i32).plus_days(-(dice.below(360) as i32))
        };
        i64::from(birth.0)
    }

    /// Class and grade; in one record of twelve one of the two is missing.
    fn disability(&mut self, row: &mut Row, prefix: &str, percent: u64) -> Result<()> {
        let (class, grade) = (format!("{prefix}disability_class"), format!("{prefix}disability_grade"));
        let disabled = self.dice.percent(percent);
        let (no_class, no_grade) = if disabled && self.dice.below(12) == 0 {
            let class = self.dice.percent(50);
            (class, !class)
        } else {
            (!disabled, !disabled)
        };
        let classes = ["physical", "visual", "hearing", "speech", "intellectual", "mental", "multiple"];
        let class_value = classes.get(self.dice.weighted(&[26, 15, 11, 8, 14, 14, 12])).copied();
        self.choose(row, &class, class_value.filter(|_| !no_class).unwrap_or("none"))?;
        let grades = ["g1", "g2", "g3", "g4"];
        let grade_value = grades.get(self.dice.weighted(&[22, 28, 32, 18])).copied();
        self.choose(row, &grade, grade_value.filter(|_| !no_grade).unwrap_or("none"))
    }

    fn member(&mut self, lines: &Lines, relation: &str, low: i64, high: i64) -> Result<Row> {
        let mut row = self.noise(Entity::Member);
        self.choose(&mut row, "relation", relation)?;
        let birth = self.birth(lines.day, low, high);
        self.set(&mut row, "birth", birth)?;
        let close = relation == HEAD || relation == SPOUSE;
        for (fact, percent) in [
            ("able_obligor_at_home", 40),
            ("co_resident", if close { 95 } else { 80 }),
            ("declared_missing", 2),
            ("deceased", 3),
            ("in_dibao", 25),
            ("in_drug_isolation", 2),
            ("in_edge", 10),
            ("in_prison", 4),
            ("in_tekun", if high >= 60 { 10 } else { 3 }),
            ("independent", 75),
            ("is_orphan", if high < 20 { 10 } else { 1 }),
            ("long_term_care", 45),
            ("moved_out", 4),
            ("serious_illness", 12),
            ("work_injury_care", 5),
        ] {
            let value = self.dice.yes(percent);
            self.set(&mut row, fact, value)?;
        }
        let away = if self.dice.percent(93) { 0 } else { self.dice.between(1, 5) };
        self.set(&mut row, "religious_away_years", away)?;
        let study = self.dice.below(6) as i64;
        let study = if low < 30 && self.dice.percent(60) { study } else { 0 };
        self.set(&mut row, "studying", study)?;
        let percent = if relation == SIBLING || (relation == CHILD && high > 30) { 45 } else { 24 };
        self.disability(&mut row, "", percent)?;
        let failed = if self.dice.percent(55) { 0 } else { self.dice.between(0, 6) };
        self.set(&mut row, "self_care_failed", failed)?;
        for (fact, percent, most) in [
            ("vehicle_count", 6, 3),
            ("shop_count", 5, 3),
            ("business_count", 4, 1),
            ("dwelling_count", 9, 4),
        ] {
            let count = if self.dice.percent(percent) { self.dice.between(1, most) } else { 0 };
            self.set(&mut row, fact, count)?;
        }
        let capital =
            if self.dice.percent(10) { self.dice.pick(&lines.capital) + self.dice.between(-1, 1) } else { 0 };
        self.set(&mut row, "registered_capital", capital)?;
        for fact in ["medical_self_paid_12m", "rehab_self_paid_12m"] {
            let paid = if self.dice.percent(40) { self.dice.between(0, 6_000_000) } else { 0 };
            self.set(&mut row, fact, paid)?;
        }
        Ok(row)
    }

    /// What the family is meant to have a head and month: on, just below and just above each line.
    fn aim(&mut self, lines: &Lines, class: usize) -> i64 {
        let standard = lines.standard.get(class).copied().unwrap_or_default();
        let edge = standard * lines.factor.0 / lines.factor.1;
        let dice = &mut self.dice;
        match dice.weighted(&[12, 24, 8, 10, 18, 6, 6, 10, 6]) {
            0 => 0,
            1 => standard * dice.between(10, 99) / 100,
            2 => standard,
            3 => standard + dice.pick(&[-1, 1]),
            4 => dice.between(standard, edge),
            5 => edge,
            6 => edge + dice.pick(&[-1, 1]),
            7 => dice.between(edge, 2 * edge),
            _ => dice.between(edge, 6 * edge),
        }
    }

    /// Spreads a family's monthly money over its members and its land.
    fn incomes(
        &mut self,
        lines: &Lines,
        aim: i64,
        class: usize,
        home: &mut Row,
        rows: &mut [Row],
    ) -> Result<()> {
        const SOURCES: [&str; 8] = [
            "wage",
            "casual_income",
            "business_income",
            "employee_pension",
            "resident_pension",
            "unemployment_benefit",
            "support_received",
            "work_cost",
        ];
        let mut left = aim * rows.len() as i64;
        let standard = lines.standard.get(class).copied().unwrap_or_default();
        for row in rows.iter_mut() {
            for source in SOURCES {
                self.set(row, source, 0)?;
            }
            self.set(row, "support_from_siblings", 0)?;
            if self.dice.percent(6) {
                // Brothers and sisters give; what others give is nothing, or all that the line leaves.
                let given = self.dice.between(1, 2 * standard);
                let other = self.dice.pick(&[0, standard - 1, standard, standard + 1]);
                self.set(row, "support_received", given + other)?;
                let told = self.dice.pick(&[given, given, given + other + 1_000]);
                self.set(row, "support_from_siblings", told)?;
                left = (left - given - other).max(0);
                continue;
            }
            if self.dice.percent(6) {
                let line = self.dice.pick(&[standard, standard, lines.pdi / 12]);
                let own = match self.dice.below(3) {
                    0 => self.dice.between(1, line),
                    _ => line + self.dice.between(-1, 1),
                };
                let source = self.dice.pick(&["wage", "casual_income", "business_income"]);
                self.set(row, source, own)?;
                left = (left - own).max(0);
                continue;
            }
            if self.dice.percent(25) {
                let pension = self.dice.pick(&[
                    lines.exempt_pension,
                    lines.exempt_pension - 1,
                    lines.exempt_pension + 1,
                    lines.exempt_pension + 4_000,
                ]);
                let counted = (pension - lines.exempt_pension).max(0);
                if counted <= left {
                    self.set(row, "resident_pension", pension)?;
                    left -= counted;
                }
            }
            let source = self.dice.pick(&SOURCES);
            if self.dice.percent(55) && source != "work_cost" && source != "resident_pension" {
                // Ten yuan at a time: a tenth of a wage stays a whole number of fen.
                let amount = self.dice.between(0, left) / 1_000 * 1_000;
                self.set(row, source, amount)?;
                let cost = match self.dice.below(6) {
                    0 if source == "wage" => amount / 10,
                    1 if source == "wage" => amount / 20,
                    2 if source == "wage" => amount / 10 + 1,
                    _ => 0,
                };
                self.set(row, "work_cost", cost)?;
                left -= amount - cost.min(amount / 10);
            }
        }
        let (mut farm, mut rent) = (0, 0);
        match self.dice.below(4) {
            0 => rent = left,
            1 if !rows.is_empty() => {
                let at = self.dice.below(rows.len() as u64) as usize;
                if let Some(row) = rows.get_mut(at) {
                    let own = self.get(row, "casual_income")? + left;
                    self.set(row, "casual_income", own)?;
                }
            }
            _ => farm = left * 12,
        }
        self.set(home, "farm_income", farm)?;
        self.set(home, "land_and_rent_income", rent)
    }

    fn assets(&mut self, lines: &Lines, members: i64) -> i64 {
        let dice = &mut self.dice;
        let [dibao, edge, tekun] = lines.assets;
        let near = dice.pick(&[0, 1]);
        match dice.weighted(&[46, 7, 7, 9, 20, 11]) {
            0 => 0,
            1 => dibao * members + near,
            2 => edge * members + near,
            3 => tekun + near,
            4 => dice.between(0, dibao * members),
            _ => dice.between(dibao * members, 2 * edge * members),
        }
    }

    fn obligor(&mut self, lines: &Lines) -> Result<Row> {
        let mut row = self.noise(Entity::Obligor);
        let birth = self.birth(lines.day, 18, 92);
        self.set(&mut row, "obligor_birth", birth)?;
        let states = ["none", "tekun", "dibao", "no_capacity", "missing", "prison"];
        let state = states.get(self.dice.weighted(&[48, 12, 16, 8, 8, 8])).copied();
        self.choose(&mut row, "obligor_status", state.unwrap_or("none"))?;
        let income = match self.dice.below(6) {
            0 => lines.pdi,
            1 => lines.pdi - 1,
            2 => self.dice.between(lines.pdi, 3 * lines.pdi),
            _ => self.dice.between(0, lines.pdi),
        };
        self.set(&mut row, "obligor_income", income)?;
        let within = self.dice.yes(75);
        self.set(&mut row, "obligor_property_ok", within)?;
        self.disability(&mut row, "obligor_", 45)?;
        Ok(row)
    }

    fn household(&mut self, lines: &Lines) -> Result<(Row, Vec<Row>, Vec<Row>)> {
        let mut home = self.noise(Entity::Household);
        let class = usize::from(!self.dice.percent(45));
        self.choose(&mut home, "registered_class", if class == 0 { "urban" } else { "rural" })?;
        let mut members = Vec::new();
        for (relation, low, high) in shape(&mut self.dice) {
            members.push(self.member(lines, relation, low, high)?);
        }
        // A family lives somewhere: as a rule in one dwelling of its own.
        if let Some(head) = members.first_mut().filter(|_| self.dice.percent(70)) {
            self.set(head, "dwelling_count", 1)?;
        }
        let aim = self.aim(lines, class);
        self.incomes(lines, aim, class, &mut home, &mut members)?;
        let assets = self.assets(lines, members.len() as i64);
        self.set(&mut home, "financial_assets", assets)?;
        let obligors = self.dice.weighted(&[58, 24, 12, 6]);
        let obligors = (0..obligors).map(|_| self.obligor(lines)).collect::<Result<Vec<_>>>()?;
        Ok((home, members, obligors))
    }
}

/// `households` households of a county for the law of a plan; `first` numbers the first of them.
pub(super) fn make(
    plan: &Plan,
    words: &Words,
    county: &str,
    seed: u64,
    first: u64,
    households: usize,
) -> Result<Batch> {
    let lines = Lines::of(plan, words, &county.parse()?)?;
    let mut batch = Batch { households, ..Batch::default() };
    for village in 0..VILLAGES {
        batch.divisions.push(format!("{county}{:03}{:03}", 101 + village / 6, 1 + village % 6).parse()?);
    }
    let list =
        || ListColumns { offsets: vec![0], complete: vec![true; households], ..ListColumns::default() };
    (batch.members, batch.obligors) = (list(), list());
    let (mut homes, mut members, mut obligors) = (Vec::new(), Vec::new(), Vec::new());
    for number in first..first + households as u64 {
        let mut writer = Writer { words, dice: Dice::new(seed, number) };
        batch.division.push(writer.dice.below(VILLAGES) as u32);
        let (home, people, others) = writer.household(&lines)?;
        homes.push(home);
        members.extend(people);
        obligors.extend(others);
        batch.members.offsets.push(u32::try_from(members.len())?);
        batch.obligors.offsets.push(u32::try_from(obligors.len())?);
    }
    for (at, fact) in words.facts.iter().enumerate() {
        let (columns, rows) = match fact.of {
            Entity::Member => (&mut batch.members.columns, &members),
            Entity::Obligor => (&mut batch.obligors.columns, &obligors),
            _ => (&mut batch.columns, &homes),
        };
        let values = rows.iter().map(|row| row.get(at).copied().unwrap_or_default());
        columns.insert(fact.id.clone(), column(fact, values.collect())?);
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use doudi_policy::column::Data;

    #[test]
    fn the_same_seed_gives_the_same_households() {
        let plan = crate::support::plan();
        let words = Words::of(&plan);
        let made = |seed, first, count| make(&plan, &words, "990121", seed, first, count).unwrap();
        let all = made(7, 0, 300);
        assert_eq!(all, made(7, 0, 300));
        assert_ne!(all, made(8, 0, 300));
        // A household is the same whatever it is made together with.
        let offset = *all.members.offsets.get(200).unwrap() as usize;
        let births = |batch: &Batch| batch.members.columns.get("birth").unwrap().data.clone();
        let (Data::Number(all), Data::Number(last)) = (births(&all), births(&made(7, 200, 100))) else {
            panic!("a birth is a date");
        };
        assert_eq!(all.get(offset..).unwrap(), last);
    }
}
