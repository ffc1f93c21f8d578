//! Writes the fictional county: `county -- --seed 1 --households 60000 --out DIR`.
use std::path::{Path, PathBuf};

fn texts(folder: &Path, found: &mut Vec<(String, String)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            texts(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "toml" || e == "csv") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let at = args.iter().position(|a| a == name)?;
        args.get(at + 1).cloned()
    };
    if args.iter().any(|a| a == "--data-sheet") {
        print!("{}", doudi_synth::data_sheet());
        return Ok(());
    }
    let config = doudi_synth::Config {
        seed: value("--seed").map_or(Ok(1), |v| v.parse())?,
        households: value("--households").map_or(Ok(60_000), |v| v.parse())?,
        out: PathBuf::from(value("--out").ok_or("give the folder to write into: --out DIR")?),
    };
    let mut files = Vec::new();
    texts(Path::new("policies"), &mut files)?;
    files.sort();
    let book = doudi_policy::book::Book::from_files(files).map_err(|faults| format!("{faults:#?}"))?;
    let law = doudi_synth::ByTheLaw::new(&book, "2024-06".parse()?, "2024-06-17".parse()?)?;
    let start = std::time::Instant::now();
    let report = doudi_synth::generate(&config, &law)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    println!("{} ms", start.elapsed().as_millis());
    Ok(())
}
