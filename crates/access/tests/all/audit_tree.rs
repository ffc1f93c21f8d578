//! The tree against the vectors of Certificate Transparency and against its definition, written once more.

use std::collections::BTreeMap;

use crate::common::{digits, hex, rng};
use doudi_access::Secret;
use doudi_access::audit::{
    AuditFault, Event, Hash, Leaf, MemoryNodes, Node, NodeId, Nodes, TileId, TileNodes, Tree,
    consistency_proof, hash_leaf, hash_node, inclusion_proof, root_of, verify_consistency, verify_inclusion,
};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

/// RFC 6962, 2.1, word for word.
fn tree_hash(entries: &[Vec<u8>]) -> Hash {
    match entries {
        [] => Hash(Sha256::digest([]).into()),
        [entry] => hash_leaf(entry),
        _ => {
            let mut middle = 1;
            while middle * 2 < entries.len() {
                middle *= 2;
            }
            hash_node(&tree_hash(&entries[..middle]), &tree_hash(&entries[middle..]))
        }
    }
}

fn grow(entries: &[Vec<u8>]) -> (Tree, MemoryNodes) {
    let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::default());
    for entry in entries {
        nodes.keep(&tree.append(hash_leaf(entry)).expect("room"));
    }
    (tree, nodes)
}

fn numbered(count: u32) -> Vec<Vec<u8>> {
    (0..count).map(|n| n.to_be_bytes().to_vec()).collect()
}

fn reference_entries() -> Vec<Vec<u8>> {
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        .map(hex)
        .to_vec()
}

/// The reference tree of Certificate Transparency: roots of its first 1 to 8 leaves.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_reference_tree_has_the_published_roots_and_proofs() {
    let entries = reference_entries();
    let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::default());
    assert_eq!(digits(&tree.root().0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (entry, root) in entries.iter().zip(ROOTS) {
        nodes.keep(&tree.append(hash_leaf(entry)).expect("room"));
        assert_eq!(digits(&tree.root().0), root);
    }
    let text = |proof: Vec<Hash>| proof.iter().map(|hash| digits(&hash.0)).collect::<Vec<_>>();
    let inclusion = |index, size| text(inclusion_proof(&nodes, index, size).expect("a proof"));
    assert_eq!(inclusion(0, 1), [""; 0]);
    assert_eq!(
        inclusion(0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ]
    );
    assert_eq!(
        inclusion(5, 8),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            ROOTS[3],
        ]
    );
    assert_eq!(inclusion(2, 3), [ROOTS[1]]);
    assert_eq!(
        inclusion(1, 5),
        [
            ROOTS[0],
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ]
    );
    let consistency = |older, newer| text(consistency_proof(&nodes, older, newer).expect("a proof"));
    assert_eq!(consistency(1, 1), [""; 0]);
    assert_eq!(consistency(1, 8), inclusion(0, 8));
    assert_eq!(
        consistency(6, 8),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            ROOTS[3],
        ]
    );
    assert_eq!(consistency(2, 5), inclusion(1, 5)[1..]);
}

/// Every leaf and every pair of sizes up to 70, against the definition; every proof fails once altered.
#[test]
fn every_proof_of_small_trees_holds_and_no_other_does() {
    const MOST: u32 = 70;
    let entries = numbered(MOST);
    let (tree, nodes) = grow(&entries);
    let size = u64::from(MOST);
    let roots: Vec<Hash> = (0..=entries.len()).map(|n| tree_hash(&entries[..n])).collect();
    assert_eq!(tree.root(), roots[entries.len()]);
    for newer in 0..=size {
        let root = roots[newer as usize];
        assert_eq!(root_of(&nodes, newer), Ok(root));
        let resumed = Tree::resume(newer, &nodes).expect("the hashes are there");
        assert_eq!((resumed.size(), resumed.root()), (newer, root));
        for index in 0..newer {
            let leaf = hash_leaf(&entries[index as usize]);
            let proof = inclusion_proof(&nodes, index, newer).expect("a proof");
            assert_eq!(verify_inclusion(&leaf, index, newer, &proof, &root), Ok(()));
            let other = hash_leaf(b"other");
            assert_eq!(verify_inclusion(&other, index, newer, &proof, &root), Err(AuditFault::Proof));
            assert_eq!(verify_inclusion(&leaf, index, newer, &proof, &other), Err(AuditFault::Proof));
            for (at, _) in proof.iter().enumerate() {
                let mut altered = proof.clone();
                altered[at] = other;
                assert_eq!(verify_inclusion(&leaf, index, newer, &altered, &root), Err(AuditFault::Proof));
                altered.remove(at);
                assert_eq!(verify_inclusion(&leaf, index, newer, &altered, &root), Err(AuditFault::Proof));
            }
            let longer = [proof.as_slice(), &[other]].concat();
            assert_eq!(verify_inclusion(&leaf, index, newer, &longer, &root), Err(AuditFault::Proof));
        }
        for older in 0..=newer {
            let before = roots[older as usize];
            let proof = consistency_proof(&nodes, older, newer).expect("a proof");
            assert_eq!(verify_consistency(older, newer, &proof, &before, &root), Ok(()), "{older} {newer}");
            let other = hash_leaf(b"other");
            let refused = Err(AuditFault::Proof);
            assert_eq!(verify_consistency(older, newer, &proof, &other, &root), refused);
            if older > 0 {
                assert_eq!(verify_consistency(older, newer, &proof, &before, &other), refused);
            }
            for (at, _) in proof.iter().enumerate() {
                let mut altered = proof.clone();
                altered[at] = other;
                assert_eq!(verify_consistency(older, newer, &altered, &before, &root), refused);
            }
            let longer = [proof.as_slice(), &[other]].concat();
            assert_eq!(verify_consistency(older, newer, &longer, &before, &root), refused);
        }
    }
    assert_eq!(inclusion_proof(&nodes, 70, 70), Err(AuditFault::OutOfRange { asked: 70, size: 70 }));
    assert_eq!(consistency_proof(&nodes, 71, 70), Err(AuditFault::OutOfRange { asked: 71, size: 70 }));
    assert_eq!(root_of(&nodes, 71), Err(AuditFault::MissingNode { level: 0, index: 70 }));
}

/// A true proof of a smaller tree is none for a larger one: the number of steps counts too.
#[test]
fn a_proof_that_is_too_short_is_refused() {
    let entries = numbered(8);
    let (_, nodes) = grow(&entries);
    let roots: Vec<Hash> = (0..=8).map(|n| tree_hash(&entries[..n])).collect();
    let leaf = hash_leaf(&entries[0]);
    for (small, large) in [(1, 2), (2, 4), (4, 8), (4, 5)] {
        let proof = inclusion_proof(&nodes, 0, small).unwrap();
        let root = &roots[small as usize];
        assert_eq!(verify_inclusion(&leaf, 0, small, &proof, root), Ok(()));
        assert_eq!(verify_inclusion(&leaf, 0, large, &proof, root), Err(AuditFault::Proof));
        assert_eq!(verify_consistency(small, large, &[], root, root), Err(AuditFault::Proof));
    }
    let proof = consistency_proof(&nodes, 3, 4).unwrap();
    assert_eq!(verify_consistency(3, 4, &proof, &roots[3], &roots[4]), Ok(()));
    assert_eq!(verify_consistency(3, 8, &proof, &roots[3], &roots[4]), Err(AuditFault::Proof));
}

#[test]
fn tiles_have_the_paths_and_widths_of_the_specification() {
    let tile = |level, index, width| TileId { level, index, width }.path();
    assert_eq!(tile(0, 1_234_067, 256), "tile/0/x001/x234/067");
    assert_eq!(tile(1, 0, 17), "tile/1/000.p/17");
    assert_eq!(TileId { level: 0, index: 273, width: 112 }.entries_path(), "tile/entries/273.p/112");
    let widths = |size| {
        let mut counts: BTreeMap<(u8, u64), u64> = BTreeMap::new();
        for tile in TileId::between(0, size) {
            *counts.entry((tile.level, tile.width)).or_default() += 1;
        }
        counts.into_iter().collect::<Vec<_>>()
    };
    let seventy_thousand = [((0, 112), 1), ((0, 256), 273), ((1, 17), 1), ((1, 256), 1), ((2, 1), 1)];
    assert_eq!(widths(70_000), seventy_thousand);
    assert_eq!(widths(256), [((0, 256), 1), ((1, 1), 1)]);
    assert_eq!(widths(0), []);
    let added: Vec<String> = TileId::between(70_000, 70_200).iter().map(TileId::path).collect();
    assert_eq!(added, ["tile/0/273", "tile/0/274.p/56", "tile/1/001.p/18"]);
}

/// Tiles written between checkpoints are enough: every hash, root and proof reads back, also after the partial tiles
/// of older sizes were left behind.
#[test]
fn tiles_give_back_the_whole_tree() {
    let (mut tree, mut nodes) = (Tree::new(), MemoryNodes::default());
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut before = 0;
    for size in [1_u32, 255, 256, 257, 300, 1000, 65_535, 65_536, 66_000] {
        for n in before..size {
            nodes.keep(&tree.append(hash_leaf(&n.to_be_bytes())).expect("room"));
        }
        for tile in TileId::between(before.into(), size.into()) {
            files.insert(tile.path(), tile.bytes(&nodes).expect("the hashes are there"));
        }
        before = size;
        let tiles = TileNodes::new(size.into(), |tile: TileId| files.get(&tile.path()).cloned());
        assert_eq!(root_of(&tiles, size.into()), Ok(tree.root()), "{size}");
        let resumed = Tree::resume(size.into(), &tiles).expect("the tiles are there");
        assert_eq!(resumed, tree);
        for index in [0, u64::from(size) / 3, u64::from(size) - 1] {
            let proof = inclusion_proof(&tiles, index, size.into());
            assert_eq!(proof, inclusion_proof(&nodes, index, size.into()));
            assert_eq!(tiles.node(NodeId { level: 0, index }), nodes.node(NodeId { level: 0, index }));
        }
        assert_eq!(tiles.node(NodeId { level: 0, index: size.into() }), None);
    }
    files.insert("tile/0/001".to_owned(), vec![0; 8191]);
    let tiles = TileNodes::new(66_000, |tile: TileId| files.get(&tile.path()).cloned());
    assert!(matches!(inclusion_proof(&tiles, 300, 66_000), Err(AuditFault::MissingNode { .. })));
}

#[test]
fn appending_names_the_subtrees_that_became_complete() {
    let mut tree = Tree::new();
    let ids = |made: Vec<Node>| made.iter().map(|node| (node.id.level, node.id.index)).collect::<Vec<_>>();
    let mut append = || ids(tree.append(hash_leaf(b"")).expect("room"));
    assert_eq!(append(), [(0, 0)]);
    assert_eq!(append(), [(0, 1), (1, 0)]);
    assert_eq!(append(), [(0, 2)]);
    assert_eq!(append(), [(0, 3), (1, 1), (2, 0)]);
}

#[test]
fn a_leaf_commits_to_its_event_and_shows_nothing_of_it() {
    let mut rng = rng(10);
    let name = "王建国";
    let event = Event::new([("case", "c-1"), ("by", name)]).expect("an event");
    let salt = Secret::generate(&mut rng);
    let leaf = Leaf::commit("e-1", 1_719_800_000_000, "case.decided", &event, &salt).expect("a leaf");
    assert_eq!(event.canonical().unwrap().expose_text(), Some(r#"{"by":"王建国","case":"c-1"}"#));
    let mut sum = Sha256::new();
    sum.update(salt.expose());
    sum.update(r#"{"by":"王建国","case":"c-1"}"#);
    assert_eq!(leaf.commitment().0.to_vec(), sum.finalize().to_vec());
    assert_eq!(leaf.is_opened_by(&event, &salt), Ok(true));
    assert_eq!(leaf.is_opened_by(&event, &Secret::generate(&mut rng)), Ok(false));
    let other = Event::new([("case", "c-1"), ("by", "李")]).unwrap();
    assert_eq!(leaf.is_opened_by(&other, &salt), Ok(false));
    let entry = String::from_utf8(leaf.entry()).unwrap();
    assert!(!entry.contains(name) && entry.lines().count() == 5, "{entry}");
    assert_eq!(Leaf::from_entry(entry.as_bytes()), Ok(leaf.clone()));
    for (from, to) in [
        ("v1", "v2"),
        ("e-1", "e 1"),
        ("1719", "01719"),
        ("case", "Case"),
        ("=\n", "=\r\n"),
        ("=\n", "=\n\n"),
    ] {
        let altered = entry.replacen(from, to, 1);
        assert!(Leaf::from_entry(altered.as_bytes()).is_err(), "{altered}");
    }
    assert_eq!(Leaf::commit("", 0, "x", &event, &salt), Err(AuditFault::Field("id")));
    assert_eq!(Leaf::commit("e", 0, "两", &event, &salt), Err(AuditFault::Field("kind")));
    assert!(Event::new([("a", "1"), ("a", "2")]).is_err() && Event::new([("A", "1")]).is_err());
    // Erasing keeps the proof: the leaf alone is enough for the tree.
    let mut tree = Tree::new();
    let mut nodes = MemoryNodes::default();
    nodes.keep(&tree.append(leaf.hash()).unwrap());
    drop((event, salt));
    let proof = inclusion_proof(&nodes, 0, 1).unwrap();
    assert_eq!(verify_inclusion(&leaf.hash(), 0, 1, &proof, &tree.root()), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// No proof of any shape panics, and none but the true one is accepted for a leaf that is not there.
    #[test]
    fn hostile_proofs_are_refused(
        index in any::<u64>(),
        size in any::<u64>(),
        older in any::<u64>(),
        proof in prop::collection::vec(prop::array::uniform32(any::<u8>()), 0..70),
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash).collect();
        let (leaf, root) = (hash_leaf(b"a"), hash_leaf(b"b"));
        prop_assert!(verify_inclusion(&leaf, index, size, &proof, &root).is_err());
        prop_assert!(verify_consistency(older, size, &proof, &leaf, &root).is_err());
    }
}
