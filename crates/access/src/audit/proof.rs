//! Proofs: that a leaf is in a tree, and that a tree extends an older one (RFC 6962, 2.1.1 and 2.1.2; checked as in
//! RFC 9162, 2.1.3.2 and 2.1.4.2).

use super::fault::AuditFault;
use super::hash::{Hash, hash_empty, hash_node};
use super::tree::{Nodes, range, split};

/// The hashes that lead from leaf `index` to the root of the first `size` leaves, from below.
///
/// # Errors
/// [`AuditFault::OutOfRange`] for a leaf beyond the tree; [`AuditFault::MissingNode`].
pub fn inclusion_proof(nodes: &impl Nodes, index: u64, size: u64) -> Result<Vec<Hash>, AuditFault> {
    if index >= size {
        return Err(AuditFault::OutOfRange { asked: index, size });
    }
    let (mut from, mut to, mut proof) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            proof.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            proof.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The hashes that show that the first `newer` leaves begin with the first `older` ones. Empty if either tree is
/// empty or both are the same.
///
/// # Errors
/// [`AuditFault::OutOfRange`] if `older` is the larger one; [`AuditFault::MissingNode`].
pub fn consistency_proof(nodes: &impl Nodes, older: u64, newer: u64) -> Result<Vec<Hash>, AuditFault> {
    if older > newer {
        return Err(AuditFault::OutOfRange { asked: older, size: newer });
    }
    let mut proof = Vec::new();
    if older == 0 || older == newer {
        return Ok(proof);
    }
    let (mut from, mut to) = (0, newer);
    while to != older {
        let middle = from + split(to - from);
        if older <= middle {
            proof.push(range(nodes, middle, to)?);
            to = middle;
        } else {
            proof.push(range(nodes, from, middle)?);
            from = middle;
        }
    }
    // The verifier knows the older root; a part that begins further right it does not know.
    if from > 0 {
        proof.push(range(nodes, from, to)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks that the leaf with this hash is number `index` of the tree with this size and root.
///
/// # Errors
/// [`AuditFault::OutOfRange`] or [`AuditFault::Proof`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), AuditFault> {
    if index >= size {
        return Err(AuditFault::OutOfRange { asked: index, size });
    }
    let (mut node, mut last, mut sum) = (index, size - 1, *leaf);
    for step in proof {
        if last == 0 {
            return Err(AuditFault::Proof);
        }
        if node & 1 == 1 || node == last {
            sum = hash_node(step, &sum);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            sum = hash_node(&sum, step);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 && sum == *root { Ok(()) } else { Err(AuditFault::Proof) }
}

/// Checks that the tree with the newer size and root begins with the tree of the older size and root.
///
/// # Errors
/// [`AuditFault::OutOfRange`] if `older` is the larger one; [`AuditFault::Proof`].
pub fn verify_consistency(
    older: u64,
    newer: u64,
    proof: &[Hash],
    older_root: &Hash,
    newer_root: &Hash,
) -> Result<(), AuditFault> {
    let hold = |holds: bool| if holds { Ok(()) } else { Err(AuditFault::Proof) };
    if older > newer {
        return Err(AuditFault::OutOfRange { asked: older, size: newer });
    }
    if older == newer {
        return hold(proof.is_empty() && older_root == newer_root);
    }
    if older == 0 {
        return hold(proof.is_empty() && *older_root == hash_empty());
    }
    let (first, rest) = match proof.split_first() {
        _ if older.is_power_of_two() => (*older_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return Err(AuditFault::Proof),
    };
    let (mut node, mut last) = (older - 1, newer - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut older_sum, mut newer_sum) = (first, first);
    for step in rest {
        if last == 0 {
            return Err(AuditFault::Proof);
        }
        if node & 1 == 1 || node == last {
            older_sum = hash_node(step, &older_sum);
            newer_sum = hash_node(step, &newer_sum);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            newer_sum = hash_node(&newer_sum, step);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    hold(last == 0 && older_sum == *older_root && newer_sum == *newer_root)
}
