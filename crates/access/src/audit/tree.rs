//! The tree: grows by one leaf at a time and keeps only the roots of its complete parts.

use super::fault::AuditFault;
use super::hash::{Hash, hash_empty, hash_node};

/// The most leaves that a tree holds.
const MOST: u64 = 1 << 62;

/// A complete subtree: `level` is its height, it covers leaves `index << level` up to the next one's first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves; leaves are at 0.
    pub level: u8,
    /// Position at that height, from the left.
    pub index: u64,
}

/// A complete subtree and its hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which one.
    pub id: NodeId,
    /// Its hash.
    pub hash: Hash,
}

/// Where hashes of complete subtrees are read from.
pub trait Nodes {
    /// The hash of a subtree, or `None` if it is not there.
    fn node(&self, id: NodeId) -> Option<Hash>;
}

/// A tree as the roots of its complete parts (a compact range): enough to append and to give the root.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// One for each bit of `size`, the largest part first.
    peaks: Vec<Hash>,
}

impl Tree {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of a size over stored hashes.
    ///
    /// # Errors
    /// [`AuditFault::MissingNode`] if the storage lacks one.
    pub fn resume(size: u64, nodes: &impl Nodes) -> Result<Self, AuditFault> {
        if size > MOST {
            return Err(AuditFault::Full);
        }
        let mut peaks = Vec::new();
        for level in (0_u8..63).rev().filter(|level| size >> level & 1 == 1) {
            let index = (size >> level) ^ 1;
            peaks.push(stored(nodes, NodeId { level, index })?);
        }
        Ok(Self { size, peaks })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf by its hash ([`super::Leaf::hash`]). The subtrees that became complete are returned, the leaf
    /// first; storage keeps them.
    ///
    /// # Errors
    /// [`AuditFault::Full`]; the tree is as before.
    pub fn append(&mut self, leaf: Hash) -> Result<Vec<Node>, AuditFault> {
        if self.size >= MOST {
            return Err(AuditFault::Full);
        }
        let mut node = Node { id: NodeId { level: 0, index: self.size }, hash: leaf };
        let mut made = vec![node];
        while node.id.index & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            let id = NodeId { level: node.id.level.saturating_add(1), index: node.id.index >> 1 };
            node = Node { id, hash: hash_node(&left, &node.hash) };
            made.push(node);
        }
        self.peaks.push(node.hash);
        self.size = self.size.saturating_add(1);
        Ok(made)
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return hash_empty() };
        peaks.fold(*smallest, |right, left| hash_node(left, &right))
    }
}

/// All hashes in memory: for tests and small trees.
#[derive(Clone, Debug, Default)]
pub struct MemoryNodes {
    levels: Vec<Vec<Hash>>,
}

impl MemoryNodes {
    /// Keeps what [`Tree::append`] returned.
    pub fn keep(&mut self, made: &[Node]) {
        for node in made {
            let level = usize::from(node.id.level);
            if self.levels.len() <= level {
                self.levels.resize(level.saturating_add(1), Vec::new());
            }
            if let Some(hashes) = self.levels.get_mut(level) {
                hashes.push(node.hash);
            }
        }
    }
}

impl Nodes for MemoryNodes {
    fn node(&self, id: NodeId) -> Option<Hash> {
        self.levels.get(usize::from(id.level))?.get(usize::try_from(id.index).ok()?).copied()
    }
}

pub(super) fn stored(nodes: &impl Nodes, id: NodeId) -> Result<Hash, AuditFault> {
    nodes.node(id).ok_or(AuditFault::MissingNode { level: id.level, index: id.index })
}

/// The largest power of two below `width`, which is at least 2.
pub(super) fn split(width: u64) -> u64 {
    1 << width.saturating_sub(1).max(1).ilog2()
}

/// The hash over leaves `from` to `to` (excluded), where `from` is a place at which the tree of RFC 6962 splits.
pub(super) fn range(nodes: &impl Nodes, from: u64, to: u64) -> Result<Hash, AuditFault> {
    let width = to.saturating_sub(from);
    if width.is_power_of_two() {
        let level = width.ilog2();
        let id = NodeId { level: u8::try_from(level).unwrap_or(u8::MAX), index: from >> level };
        return stored(nodes, id);
    }
    if width == 0 {
        return Ok(hash_empty());
    }
    let middle = from.saturating_add(split(width));
    Ok(hash_node(&range(nodes, from, middle)?, &range(nodes, middle, to)?))
}

/// The root over the first `size` leaves.
///
/// # Errors
/// [`AuditFault::MissingNode`] if the storage lacks a hash.
pub fn root_of(nodes: &impl Nodes, size: u64) -> Result<Hash, AuditFault> {
    range(nodes, 0, size)
}
