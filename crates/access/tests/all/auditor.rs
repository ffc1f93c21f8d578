//! The auditor's verifier (`docs/audit/verify.py`), which shares nothing with this crate, on exported folders: it
//! agrees with what is genuine and names what was altered.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::common::rng;
use doudi_access::Secret;
use doudi_access::audit::{
    Checkpoint, Event, Leaf, LogKey, MemoryNodes, TileId, Tree, Witness, consistency_proof, root_of,
};
use rand_chacha::rand_core::Rng as _;

const ORIGIN: &str = "audit.example.cn/qingshi";
const LEAVES: usize = 5000;
const KEPT: u64 = 3000;
const ALTERATIONS: usize = 50;

type Files = BTreeMap<String, Vec<u8>>;

struct Exported {
    files: Files,
    log: LogKey,
    witness: Witness,
}

fn leaves(seed: u64, count: usize) -> Vec<Leaf> {
    let mut rng = rng(seed);
    let leaf = |n: usize| {
        let amount = rng.next_u32().to_string();
        let event = Event::new([("case", "c-1"), ("amount", amount.as_str())]).expect("an event");
        let time = 1_719_800_000_000 + n as u64;
        Leaf::commit(&format!("e-{n}"), time, "case.decided", &event, &Secret::generate(&mut rng))
            .expect("a leaf")
    };
    (0..count).map(leaf).collect()
}

fn hashes(leaves: &[Leaf]) -> MemoryNodes {
    let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::default());
    for leaf in leaves {
        nodes.keep(&tree.append(leaf.hash()).expect("room"));
    }
    nodes
}

/// All files of a log, and the head at `KEPT` leaves that an auditor has kept.
fn export(leaves: &[Leaf]) -> Exported {
    let mut rng = rng(31);
    let log = LogKey::generate(ORIGIN, &mut rng).expect("a key");
    let witness = Witness::generate("shenji.example.cn/w1", log.public().clone(), &mut rng).expect("a key");
    let nodes = hashes(leaves);
    let size = leaves.len() as u64;
    let mut files = Files::new();
    for tile in TileId::between(0, size) {
        files.insert(tile.path(), tile.bytes(&nodes).expect("the hashes are there"));
        if tile.level == 0 {
            let from = (tile.index * 256) as usize;
            let own = &leaves[from..from + tile.width as usize];
            files.insert(tile.entries_path(), tile.entries(own).expect("as many leaves"));
        }
    }
    let mut last: Option<Checkpoint> = None;
    for (name, size) in [("kept", KEPT.min(size)), ("checkpoint", size)] {
        let head = Checkpoint::new(ORIGIN, size, root_of(&nodes, size).expect("a root")).expect("a head");
        let older = last.as_ref().map_or(0, Checkpoint::size);
        let proof = consistency_proof(&nodes, older, size).expect("a proof");
        let mut note = head.sign(&log, last.as_ref(), &proof).expect("it extends the last");
        let signed =
            witness.cosign(last.as_ref(), &note, &proof, 1_719_800_000).expect("it extends the last");
        note.add(signed.line);
        files.insert(name.to_owned(), note.to_text().into_bytes());
        last = Some(signed.seen);
    }
    Exported { files, log, witness }
}

fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders are made");
        std::fs::write(path, bytes).expect("files are written");
    }
}

/// Exit code and text of the verifier.
fn verify(folder: &Path, exported: &Exported) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/audit/verify.py");
    let out = Command::new("python3")
        .arg(script)
        .arg(folder)
        .args(["--log", &exported.log.public().to_text(), "--witness", &exported.witness.public().to_text()])
        .arg("--since")
        .arg(folder.join("kept"))
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .unwrap_or_else(|why| panic!("install Python 3.8 or newer and run the test again: {why}"));
    let errors = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(errors.is_empty(), "the verifier itself failed: {errors}");
    (out.status.success(), String::from_utf8(out.stdout).expect("text in UTF-8"))
}

#[test]
fn the_auditor_names_every_altered_byte() {
    let exported = export(&leaves(30, LEAVES));
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &exported.files);
    let (holds, text) = verify(folder.path(), &exported);
    assert!(holds && text.contains("5000 leaves, 2 signature(s), 1 earlier"), "{text}");

    // Every kind of file comes up: heads, entries, tiles of both levels.
    let kind = |path: &str| path.split('/').take(2).collect::<Vec<_>>().join("/");
    let mut kinds: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for path in exported.files.keys() {
        kinds.entry(kind(path)).or_default().push(path);
    }
    let kinds: Vec<_> = kinds.into_values().collect();
    assert_eq!(kinds.len(), 5);
    let mut rng = rng(32);
    let mut pick = |count: usize| (rng.next_u64() % count as u64) as usize;
    for n in 0..ALTERATIONS {
        let paths = &kinds[n % kinds.len()];
        let path = paths[pick(paths.len())];
        let genuine = &exported.files[path];
        let at = pick(genuine.len());
        let mut altered = genuine.clone();
        altered[at] ^= pick(255) as u8 + 1;
        std::fs::write(folder.path().join(path), &altered).expect("it is written");
        let (holds, text) = verify(folder.path(), &exported);
        let named = text.lines().any(|line| line.starts_with('✗') && line.contains(path.as_str()));
        assert!(!holds && named, "byte {at} of {path}: {text}");
        let faults = text.lines().filter(|line| line.starts_with('✗'));
        let others = faults.filter(|line| !line.contains(path.as_str())).count();
        assert_eq!(others, 0, "byte {at} of {path}: nothing else is blamed: {text}");
        std::fs::write(folder.path().join(path), genuine).expect("it is restored");
    }

    for path in ["tile/0/003", "tile/entries/019.p/136", "tile/1/000.p/19", "checkpoint"] {
        let whole = folder.path().join(path);
        std::fs::remove_file(&whole).expect("it is removed");
        let (holds, text) = verify(folder.path(), &exported);
        assert!(!holds && text.contains(path), "without {path}: {text}");
        std::fs::write(&whole, &exported.files[path]).expect("it is restored");
    }
    assert!(verify(folder.path(), &exported).0, "all is as before");
}

/// Whoever holds the log's key can write the past anew, tiles and all; the head that the auditor kept tells.
#[test]
fn the_auditor_notices_a_past_written_anew_and_a_rewound_log() {
    let mut past = leaves(30, LEAVES);
    let exported = export(&past);
    let folder = tempfile::tempdir().expect("a folder");
    let kept = exported.files["kept"].clone();
    let with_kept = |mut files: Files| {
        files.insert("kept".to_owned(), kept.clone());
        files
    };

    past[1234] = leaves(33, 1235).pop().expect("a leaf");
    write(folder.path(), &with_kept(export(&past).files));
    let (holds, text) = verify(folder.path(), &exported);
    assert!(!holds && text.contains("kept: ") && text.contains("the past was altered"), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &with_kept(export(&leaves(30, 2999)).files));
    let (holds, text) = verify(folder.path(), &exported);
    assert!(!holds && text.contains("3000 leaves then, 2999 now"), "{text}");
}

/// Sizes at which tiles begin, end and are missing.
#[test]
fn the_auditor_agrees_with_logs_of_awkward_sizes() {
    let all = leaves(34, 65_537);
    for size in [0, 1, 2, 255, 256, 257, 511, 65_536, 65_537] {
        let exported = export(&all[..size]);
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), &exported.files);
        let (holds, text) = verify(folder.path(), &exported);
        assert!(holds, "{size}: {text}");
    }
}
