//! 比较规则集 B1: rules, parameters and households that every engine is given.

use anyhow::{Result, anyhow};
use doudi_policy::column::{Batch, Column, Data, ListColumns, State};
use doudi_policy::diag::render_all;
use doudi_policy::plan::Plan;
use doudi_policy::{Book, Lang};

/// What the households begin with.
pub(crate) const SEED: u64 = 7;

/// Counties with a standard of their own.
pub(crate) const COUNTIES: usize = 2_800;

/// Households of one to seven, out of a hundred.
const SIZES: [u64; 7] = [25, 30, 20, 12, 8, 3, 2];

/// Repeatable noise (SplitMix64): a household's numbers depend on the seed and its own number only.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((self.next() >> 32) * n) >> 32
    }

    /// A number below `n` for `share` of a hundred, else zero.
    fn some(&mut self, share: u64, n: u64) -> u64 {
        if self.below(100) < share { self.below(n) } else { 0 }
    }
}

/// The standard of a county for towns (0) and villages (1), in fen a month.
pub(crate) fn standard(county: usize, class: usize) -> u64 {
    let mut noise = Noise(SEED ^ 0x5354 ^ ((county * 2 + class) as u64).wrapping_mul(0x1_0000_0001));
    (500 + noise.below(800)) * 100
}

pub(crate) fn county_code(county: usize) -> String {
    format!("99{:02}{:02}", county / 99 + 1, county % 99 + 1)
}

/// The rules with the standards of all counties.
pub(crate) fn plan() -> Result<Plan> {
    compiled(files()?)
}

/// The texts of the rules, and the table of standards.
pub(crate) fn files() -> Result<Vec<(String, String)>> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = Vec::new();
    for path in [
        "cn/sources.toml",
        "cn/b1/package.toml",
        "cn/b1/facts.toml",
        "cn/b1/parameters/standard.toml",
        "cn/b1/rules/b1.toml",
        "local/overlay.toml",
    ] {
        files.push((format!("policies/{path}"), std::fs::read_to_string(root.join(path))?));
    }
    let mut rows = String::from("division,class,from,value,source\n");
    for county in 0..COUNTIES {
        for (class, id) in ["urban", "rural"].into_iter().enumerate() {
            let yuan = standard(county, class) / 100;
            rows.push_str(&format!("{},{id},2021-01-01,{yuan},B1-01\n", county_code(county)));
        }
    }
    files.push(("policies/local/b1/parameters/standard.csv".to_owned(), rows));
    Ok(files)
}

/// The plan of the texts.
pub(crate) fn compiled(files: Vec<(String, String)>) -> Result<Plan> {
    let faults = |faults: Vec<_>| anyhow!("{}", render_all(&faults, Lang::En));
    let book = Book::from_files(files).map_err(faults)?;
    book.plan("2024-06".parse()?, "2024-06-30".parse()?).map_err(faults)
}

/// Households `first..first + households` of the endless list that the seed gives; two wages in a hundred are missing.
pub(crate) fn households(first: usize, households: usize) -> Batch {
    let known = |rows: usize| vec![State::Known; rows];
    let mut offsets = vec![0_u32];
    let mut division = Vec::with_capacity(households);
    let (mut class, mut assets, mut cars, mut houses) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut money: [Vec<i64>; 4] = Default::default();
    let (mut years, mut grade, mut wage_state) = (Vec::new(), Vec::new(), Vec::new());
    for h in first..first + households {
        let mut noise = Noise(SEED.wrapping_add((h as u64).wrapping_mul(0xD134_2543_DE82_EF95)));
        division.push(noise.below(COUNTIES as u64) as u32);
        class.push(u8::from(noise.below(2) == 0));
        assets.push(noise.some(50, 9_000_000) as i64);
        cars.push(noise.some(20, 3) as i64);
        houses.push(noise.below(3) as i64);
        let mut at = noise.below(100);
        let mut size = 1;
        for share in SIZES {
            if at < share {
                break;
            }
            at -= share;
            size += 1;
        }
        for _ in 0..size {
            for (column, (share, most)) in
                money.iter_mut().zip([(30, 400_000), (20, 150_000), (30, 50_000), (10, 30_000)])
            {
                column.push(noise.some(share, most) as i64);
            }
            years.push(noise.below(95) as i64);
            grade.push(noise.some(10, 5) as u8);
            wage_state.push(if noise.below(100) < 2 { State::Missing } else { State::Known });
        }
        offsets.push(years.len() as u32);
    }
    let members = years.len();
    let [wage, pension, farm, support] = money;
    let mut batch = Batch {
        households,
        division,
        divisions: (0..COUNTIES).filter_map(|c| county_code(c).parse().ok()).collect(),
        members: ListColumns { offsets, complete: vec![true; households], ..ListColumns::default() },
        obligors: ListColumns {
            offsets: vec![0; households + 1],
            complete: vec![true; households],
            ..ListColumns::default()
        },
        ..Batch::default()
    };
    let own = [("assets", assets), ("cars", cars), ("houses", houses)];
    for (id, values) in own {
        batch.columns.insert(id.to_owned(), Column { data: Data::Number(values), state: known(households) });
    }
    batch.columns.insert("class".to_owned(), Column { data: Data::Enum(class), state: known(households) });
    let lists = [
        ("wage", wage, wage_state),
        ("pension", pension, known(members)),
        ("farm", farm, known(members)),
        ("support", support, known(members)),
        ("years", years, known(members)),
    ];
    for (id, values, state) in lists {
        batch.members.columns.insert(id.to_owned(), Column { data: Data::Number(values), state });
    }
    let grade = Column { data: Data::Enum(grade), state: known(members) };
    batch.members.columns.insert("grade".to_owned(), grade);
    batch
}
