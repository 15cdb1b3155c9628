//! Where the sources of redhanded are: shims are made of them.

use super::error::CommandError;
use std::env;
use std::path::{Path, PathBuf};

/// The checkout in which this command was built.
const BUILT_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The sources that are named, else those that the tree has already, else the checkout in which this command was built.
///
/// # Errors
/// If there are none.
pub(super) fn find(
    named: Option<&Path>,
    in_tree: Option<PathBuf>,
) -> Result<PathBuf, CommandError> {
    let of_environment = env::var_os("REDHANDED_SOURCE").filter(|value| !value.is_empty());
    let named = named.map(Path::to_owned);
    match named.or(in_tree).or(of_environment.map(PathBuf::from)) {
        Some(path) => checkout(&path).ok_or(CommandError::NoSource(Some(path))),
        None => checkout(Path::new(BUILT_IN)).ok_or(CommandError::NoSource(None)),
    }
}

fn checkout(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let is_checkout = ["crates/core/Cargo.toml", "src/watched/mod.rs"]
        .iter()
        .all(|file| path.join(file).is_file());
    is_checkout.then_some(path)
}
