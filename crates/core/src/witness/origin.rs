//! Whose code a frame or a line is. The file tells, and where it does not, the function's name.

// On the worker's thread. Each index was found in the same text a line before.
#![cfg_attr(
    not(test),
    allow(clippy::arithmetic_side_effects, clippy::indexing_slicing)
)]

mod crates;
mod names;
mod paths;
mod vendored;

use crates::{ORDINARY_WORDS, OWN_CRATES, RUNTIME_CRATES};
use names::{crate_of_type, owner, what_is_dropped};
use paths::{Home, home};
use redhanded_report::Origin;
pub(super) use vendored::Vendored;

/// Whose code the frame is. A frame counts as the application's unless its file or its name says otherwise.
pub(super) fn origin(function: &str, file: Option<&str>) -> Origin {
    origin_where(function, file, None)
}

/// The same, where it may be known from the disk whether the file's package is vendored.
pub(super) fn origin_where(
    function: &str,
    file: Option<&str>,
    is_vendored: Option<bool>,
) -> Origin {
    let file = file.unwrap_or_default().replace('\\', "/");
    if is_system(function, &file) {
        return Origin::Runtime;
    }
    // The file counts more than the name: a default method has the name of a type that did not write it, and what was
    // inlined has a name without a crate where debug information is only line tables.
    let package = match (home(&file), is_vendored) {
        (Home::Standard, _) => return Origin::Runtime,
        (Home::Redhanded, _) => return Origin::Redhanded,
        (Home::Library(package), _) => Some(package),
        (Home::Vendored(package), None | Some(true)) => Some(package),
        (Home::Unknown, Some(true)) => Some(paths::folder_of_sources(&file)),
        (Home::Vendored(_) | Home::Unknown, _) => None,
    };
    let named = package.flatten().map(|name| name.replace('-', "_"));
    let is_own_tree = package.is_none() && file.ends_with(".rs");
    let is_runtime = |name: &str| {
        let may_be_own =
            || is_own_tree && ORDINARY_WORDS.contains(&name) && !paths::is_unpacked(&file, name);
        RUNTIME_CRATES.contains(&name) && !may_be_own()
    };
    // The compiler writes the function that drops the body of an async function, and gives it the place of that one.
    let dropped = what_is_dropped(function)
        .filter(|_| !file.is_empty())
        .and_then(|dropped| crate_of_type(dropped, is_runtime));
    let named = named.as_deref().or(dropped);
    match named.or_else(|| owner(function, is_runtime)) {
        Some(owner) if OWN_CRATES.contains(&owner) => Origin::Redhanded,
        Some(owner) if is_runtime(owner) => Origin::Runtime,
        _ if package.is_some() => Origin::Dependency,
        _ => Origin::App,
    }
}

/// Whose code a line of this file is, as the compiler names the file.
pub(crate) fn origin_of_file(file: &str) -> Origin {
    origin("", Some(file))
}

/// The path of a file, from the folder of its package on if cargo has unpacked the package. It is the same on every machine.
pub(crate) fn from_package(file: &str) -> &str {
    paths::from_package(file)
}

/// Whether the frame is of the system, or glue of the compiler. Names without a crate are the system's only where the file
/// is not one of Rust: an inlined function may be called `start`, too.
fn is_system(function: &str, file: &str) -> bool {
    let first_path = function.split("::").next().unwrap_or("");
    let is_of_rust = file.ends_with(".rs");
    file.contains("/sysdeps/")
        || is_in_nameless_library(function)
        // The compiler puts a shim between a call and the function.
        || function.contains("{shim:")
        || !is_of_rust
            && (first_path.starts_with("__")
                || matches!(function, "_start" | "start_thread" | "clone" | "clone3" | "main" | "start" | "BaseThreadInitThunk"))
}

/// Whether the frame is at a place of a shared library that has no name: `libc.so.6+0x2724a`.
fn is_in_nameless_library(function: &str) -> bool {
    function
        .split_once("+0x")
        .is_some_and(|(file, _)| file.ends_with(".so") || file.contains(".so."))
}

#[cfg(test)]
mod tests;
