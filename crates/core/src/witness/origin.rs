//! Whose code a frame is. Its function and its file tell.

mod crates;
mod names;

use crates::{OWN_CRATES, RUNTIME_CRATES};
use names::{crate_of_type, owner, what_is_dropped};
use redhanded_report::Origin;

/// Whose code the frame is. A frame counts as the application's unless a name says otherwise.
pub(crate) fn origin(function: &str, file: Option<&str>) -> Origin {
    let file = file.unwrap_or_default().replace('\\', "/");
    // The file counts more than the name: a default method has the name of a type that did not write it.
    if is_of_standard_library(&file) || is_system(function, &file) {
        return Origin::Runtime;
    }
    let package = package_in_registry(&file);
    // The compiler writes the function that drops the body of an async function, and gives it the place of that one.
    let dropped = what_is_dropped(function)
        .filter(|_| !file.is_empty())
        .and_then(crate_of_type);
    match package
        .as_deref()
        .or(dropped)
        .unwrap_or_else(|| owner(function))
    {
        owner if OWN_CRATES.contains(&owner) => Origin::Redhanded,
        owner if RUNTIME_CRATES.contains(&owner) => Origin::Runtime,
        _ if package.is_some() || file.contains("/git/checkouts/") => Origin::Dependency,
        _ => Origin::App,
    }
}

fn is_of_standard_library(file: &str) -> bool {
    file.starts_with("/rustc/")
        || file.contains("/lib/rustlib/src/")
        || file.contains("/library/std/src/")
}

fn is_system(function: &str, file: &str) -> bool {
    let first_path = function.split("::").next().unwrap_or("");
    first_path.starts_with("__")
        || file.contains("/sysdeps/")
        // The compiler puts a shim between a call and the function.
        || function.contains("{shim:")
        || matches!(function, "_start" | "start_thread" | "clone" | "clone3" | "main" | "start" | "BaseThreadInitThunk")
}

/// `tokio_util` in `/home/me/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-util-0.7.13/src/lib.rs`.
fn package_in_registry(file: &str) -> Option<String> {
    let (_, below) = file.split_once("/registry/src/")?;
    let folder = below.split('/').nth(1)?;
    let is_version =
        |dash: &usize| folder[dash + 1..].starts_with(|first: char| first.is_ascii_digit());
    let end = folder
        .match_indices('-')
        .map(|(dash, _)| dash)
        .find(is_version)
        .unwrap_or(folder.len());
    Some(folder[..end].replace('-', "_"))
}

#[cfg(test)]
mod tests;
