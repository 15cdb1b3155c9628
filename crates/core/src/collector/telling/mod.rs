//! From a finding to what a report says of it: stacks with names, the places of the writers, sentences, bytes.

mod bytes;
mod place;
mod resolve;
mod summary;

pub(crate) use place::fingerprint_of_key;
pub(crate) use resolve::{ResolvedFinding, Resolver};
