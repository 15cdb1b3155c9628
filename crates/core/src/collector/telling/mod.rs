//! What a finding is told as: its stacks with names, the places of its writers, its sentence, its bytes.

mod bytes;
mod place;
mod resolve;
mod summary;

pub(crate) use place::fingerprint_of_key;
pub(crate) use resolve::{ResolvedFinding, Resolver};
