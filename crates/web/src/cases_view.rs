//! placeholder until the store keeps cases
