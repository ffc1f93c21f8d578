//! 审计树: every change and every look leaves a leaf in a tree (RFC 6962) whose heads are signed and witnessed. Who
//! holds an old head notices any later change of the past, whoever made it.
//!
//! A leaf holds a salted commitment and no personal data. Destroying the salt and the payload erases what happened to
//! a person while every proof stays valid.

mod checkpoint;
mod fault;
mod hash;
mod key;
mod leaf;
mod note;
mod proof;
mod tile;
mod tree;
mod witness;

pub use checkpoint::Checkpoint;
pub use fault::AuditFault;
pub use hash::{Hash, hash_leaf, hash_node};
pub use key::{LogKey, SignatureKind, VerifierKey};
pub use leaf::{Event, Leaf, entry_bundle};
pub use note::{Note, NoteSignature};
pub use proof::{consistency_proof, inclusion_proof, verify_consistency, verify_inclusion};
pub use tile::{TILE_WIDTH, TileId, TileNodes};
pub use tree::{MemoryNodes, Node, NodeId, Nodes, Tree, root_of};
pub use witness::{Cosigned, Witness};
