//! Writes the fictional county: `county -- --seed 1 --households 60000 --out DIR`.
use std::path::PathBuf;

#[path = "../tests/support/approximate.rs"]
mod approximate;

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
    let start = std::time::Instant::now();
    let report = doudi_synth::generate(&config, &approximate::Approximate)?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    println!("{} ms", start.elapsed().as_millis());
    Ok(())
}
