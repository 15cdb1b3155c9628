//! Whose code a file is, by its path alone.
//!
//! Cargo and the toolchain put what they unpack into folders of known names. A path may be absolute, relative to the
//! workspace, or remapped (`--remap-path-prefix`, `trim-paths`). So the folders are looked for anywhere in a path, from the
//! part on that all three have in common: `index.crates.io-6f17d22bba15001f/axum-0.8.9/src/lib.rs`.

/// Whose code a file is, as far as its path tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home<'a> {
    /// The standard library.
    Standard,
    /// These crates, in a checkout.
    Redhanded,
    /// A library that cargo has unpacked, with the name of its package if the path has it.
    Library(Option<&'a str>),
    /// The same, if the folder's name says what it is: an application may be in such a folder as well.
    Vendored(Option<&'a str>),
    /// None of these: the application, or a library that only the name of the function tells.
    Unknown,
}

/// What cargo calls the folder that one puts vendored packages into, and what others call it.
const VENDOR_FOLDERS: [&str; 6] = [
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "cargo-vendor-dir",
    "vendor-cargo-deps",
];

/// The folders with the code of these crates, below their repository.
const OWN_FOLDERS: [&str; 6] = [
    "src/facade/",
    "src/watched/",
    "crates/client/src/",
    "crates/core/src/",
    "crates/report/src/",
    "dashboard/src/",
];

/// Where the command puts the libraries that it has wrapped.
const SHIMS: &str = "redhanded/shims/";

/// Whose code the file is. Its separators are slashes.
pub(super) fn home(file: &str) -> Home<'_> {
    if is_of_standard_library(file) {
        Home::Standard
    } else if let Some(below) = behind_folder(file, SHIMS) {
        let is_wrapper = behind_folder(below, "watched/").is_some();
        if is_wrapper {
            Home::Redhanded
        } else {
            Home::Library(None)
        }
    } else if let Some((package, _)) = in_registry(file) {
        Home::Library(Some(package))
    } else if is_of_repository(file, repository(file!())) {
        Home::Redhanded
    } else if is_in_checkout(file) {
        Home::Library(folder_of_sources(file))
    } else if is_vendored(file) {
        Home::Vendored(folder_of_sources(file))
    } else {
        Home::Unknown
    }
}

/// The path from the folder of its package on, which is the same on every machine. The whole path where cargo has not
/// unpacked the package.
pub(super) fn from_package(file: &str) -> &str {
    in_registry(file).map_or(file, |(_, from_package)| from_package)
}

fn is_of_standard_library(file: &str) -> bool {
    file.starts_with("/rustc/")
        || file.contains("/lib/rustlib/src/")
        || file.contains("/library/std/src/")
}

/// The package, and the path from its folder on: `tokio-util` and `tokio-util-0.7.13/src/lib.rs` of
/// `/home/me/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-util-0.7.13/src/lib.rs`.
fn in_registry(file: &str) -> Option<(&str, &str)> {
    let below_cargo_home = file
        .split_once("/registry/src/")
        .and_then(|(_, below)| below.split_once('/'));
    let from_package = match below_cargo_home {
        Some((_registry, from_package)) => from_package,
        None => {
            let hashed = |at: &usize| {
                let (before, behind) = (&file[..*at], &file[at + 1..]);
                has_hash(before.rsplit('/').next().unwrap_or(before))
                    && is_versioned(behind.split('/').next().unwrap_or(behind))
            };
            let at = file.match_indices('/').map(|(at, _)| at).find(hashed)?;
            &file[at + 1..]
        }
    };
    let folder = from_package.split('/').next()?;
    Some((without_version(folder), from_package))
}

/// Whether the file is below `~/.cargo/git/checkouts/tokio-5f0c…/0a1b2c3/`, or what a remapping leaves of that.
fn is_in_checkout(file: &str) -> bool {
    file.contains("/git/checkouts/")
        || file
            .split('/')
            .zip(file.split('/').skip(1))
            .any(|(repository, revision)| {
                has_hash(repository) && revision.len() >= 7 && is_hexadecimal(revision)
            })
}

/// Whether the file is in a package in a folder of vendored ones: `vendor/axum/src/lib.rs`. A module of this name has no
/// `src` below it.
fn is_vendored(file: &str) -> bool {
    let folders: Vec<&str> = file.split('/').collect();
    let is_source = |folder: &&str| **folder == *"src";
    folders.iter().enumerate().any(|(at, folder)| {
        VENDOR_FOLDERS.contains(folder)
            && folders
                .iter()
                .skip(at + 1)
                .position(is_source)
                .is_some_and(|between| (1..=2).contains(&between))
    })
}

/// `axum` of `/w/vendor/axum-0.8.9/src/lib.rs`.
pub(super) fn folder_of_sources(file: &str) -> Option<&str> {
    let (package, _) = file.rsplit_once("/src/")?;
    package.rsplit('/').next().map(without_version)
}

/// Whether the file is in a folder of that package with a version, as cargo unpacks it, wherever the folder is:
/// `/deps/blocking-1.6.1/src/lib.rs`.
pub(super) fn is_unpacked(file: &str, package: &str) -> bool {
    file.split('/').any(|folder| {
        let name = without_version(folder);
        name.len() < folder.len() && name.replace('-', "_") == package
    })
}

/// The repository that this file is in, as the compiler has named it. `None` where cargo has unpacked the crate alone.
fn repository(this_file: &str) -> Option<&str> {
    this_file
        .rsplit_once("crates/core/src/")
        .map(|(above, _)| above)
}

/// The compiler names files of a workspace by paths below it, and debug information by whole paths.
fn is_of_repository(file: &str, repository: Option<&str>) -> bool {
    let Some(repository) = repository else {
        return false;
    };
    let is_below = |file: &str| {
        file.strip_prefix(repository)
            .is_some_and(|below| OWN_FOLDERS.iter().any(|own| below.starts_with(own)))
    };
    let is_absolute = repository.starts_with('/') || repository.contains(':');
    is_below(file)
        || !is_absolute
            && file
                .match_indices('/')
                .any(|(at, _)| is_below(&file[at + 1..]))
}

/// What stands behind this folder, wherever the folder is in the path.
fn behind_folder<'a>(file: &'a str, folder: &str) -> Option<&'a str> {
    let at = file
        .match_indices(folder)
        .map(|(at, _)| at)
        .find(|at| *at == 0 || file.as_bytes().get(at - 1) == Some(&b'/'))?;
    file.get(at + folder.len()..)
}

/// Whether the folder's name ends with the hash that cargo appends: `index.crates.io-6f17d22bba15001f`.
fn has_hash(folder: &str) -> bool {
    folder
        .rsplit_once('-')
        .is_some_and(|(_, hash)| hash.len() == 16 && is_hexadecimal(hash))
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|letter| letter.is_ascii_hexdigit())
}

/// Whether it is the name of an unpacked package: `axum-0.8.9`.
fn is_versioned(folder: &str) -> bool {
    without_version(folder).len() < folder.len()
}

fn without_version(folder: &str) -> &str {
    let is_version =
        |dash: &usize| folder[dash + 1..].starts_with(|first: char| first.is_ascii_digit());
    let end = folder
        .match_indices('-')
        .map(|(dash, _)| dash)
        .find(is_version);
    end.map_or(folder, |end| &folder[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_whose_file_it_is_wherever_the_folders_of_cargo_are() {
        let axum = Home::Library(Some("axum"));
        let vendored = Home::Vendored(Some("axum"));
        for (file, expected) in [
            (
                "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                axum,
            ),
            (
                "C:/Users/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                axum,
            ),
            ("/c/.cargo/registry/src/index/axum-0.8.9/src/lib.rs", axum),
            // Remapped: cargo's home, its `registry/src`, and what `trim-paths` leaves.
            (
                "/cargo/registry/src/github.com-1ecc6299db9ec823/axum-0.8.9/src/lib.rs",
                axum,
            ),
            (
                "/deps/index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                axum,
            ),
            (
                "index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                axum,
            ),
            (
                "/c/.cargo/git/checkouts/axum-5f0c2d3e4f5a6b7c/0a1b2c3/axum/src/lib.rs",
                axum,
            ),
            ("axum-5f0c2d3e4f5a6b7c/0a1b2c3/axum/src/lib.rs", axum),
            (
                "/c/.cargo/git/checkouts/x-5f/0a1b2c3/build.rs",
                Home::Library(None),
            ),
            // Vendored: from the workspace on, and as debug information has it.
            ("vendor/axum/src/lib.rs", vendored),
            (
                "/home/me/chat/vendor/axum-0.8.9/src/routing/mod.rs",
                vendored,
            ),
            ("/usr/src/chat/vendor/axum/src/lib.rs", vendored),
            ("/w/third_party/rust/axum/src/lib.rs", vendored),
            ("/build/cargo-vendor-dir/axum-0.8.9/src/lib.rs", vendored),
            // What the command has wrapped.
            (
                "target/redhanded/shims/axum-0-8-9/src/lib.rs",
                Home::Library(None),
            ),
            (
                "/t/redhanded/shims/tungstenite-0-29-0/src/protocol/mod.rs",
                Home::Library(None),
            ),
            (
                "/t/redhanded/shims/tungstenite-0-29-0/src/watched/known.rs",
                Home::Redhanded,
            ),
            // The standard library.
            (
                "/rustc/5980761/library/core/src/ops/function.rs",
                Home::Standard,
            ),
            (
                "/root/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/a.rs",
                Home::Standard,
            ),
        ] {
            assert_eq!(home(file), expected, "{file}");
        }
    }

    #[test]
    fn members_of_the_workspace_path_dependencies_and_modules_of_such_names_are_not_libraries() {
        for file in [
            "",
            "src/main.rs",
            "./src/main.rs",
            "crates/server/src/lib.rs",
            "/home/me/chat/src/main.rs",
            "/home/me/chat-0.1.0/src/main.rs",
            "/home/me/libraries/wire-format/src/lib.rs",
            "wire-format-0.1.0/src/lib.rs",
            "/srv/vendor/chat/main.rs",
            "src/vendor/mod.rs",
            "/home/me/chat/src/vendor/stripe/mod.rs",
            "src/registry/src.rs",
            "registry/src/lib.rs",
            "/home/me/redhanded/src/main.rs",
            "é/src/ü.rs",
        ] {
            assert_eq!(home(file), Home::Unknown, "{file}");
        }
    }

    #[test]
    fn a_repository_is_found_by_the_path_that_the_compiler_gave_to_this_file() {
        let this = "src/witness/origin/paths.rs";
        for (compiled_as, file, is_own) in [
            ("crates/core/", "src/watched/tungstenite/client.rs", true),
            (
                "crates/core/",
                "/w/redhanded/src/watched/tungstenite/client.rs",
                true,
            ),
            ("crates/core/", "examples/two_writers.rs", false),
            ("crates/core/", "/w/redhanded/tests/wrong/main.rs", false),
            (
                "third/redhanded/crates/core/",
                "third/redhanded/src/watched/known.rs",
                true,
            ),
            (
                "third/redhanded/crates/core/",
                "/w/third/redhanded/src/watched/known.rs",
                true,
            ),
            (
                "third/redhanded/crates/core/",
                "/w/src/watched/known.rs",
                false,
            ),
            (
                "/w/redhanded/crates/core/",
                "/w/redhanded/crates/client/src/lib.rs",
                true,
            ),
            (
                "/w/redhanded/crates/core/",
                "/w/chat/src/watched/lib.rs",
                false,
            ),
            (
                "/w/redhanded/crates/core/",
                "/x/w/redhanded/src/watched/lib.rs",
                false,
            ),
            (
                "/c/registry/src/index/redhanded-core-0.1.0/",
                "/w/chat/src/watched/lib.rs",
                false,
            ),
        ] {
            let compiled_as = format!("{compiled_as}{this}");
            let found = is_of_repository(file, repository(&compiled_as));
            assert_eq!(found, is_own, "{file} of {compiled_as}");
        }
    }

    #[test]
    fn the_path_of_an_unpacked_package_is_the_same_on_every_machine() {
        for (file, expected) in [
            (
                "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                "axum-0.8.9/src/lib.rs",
            ),
            (
                "/deps/index.crates.io-1949cf8c6b5b557f/axum-0.8.9/src/lib.rs",
                "axum-0.8.9/src/lib.rs",
            ),
            ("/home/me/chat/src/main.rs", "/home/me/chat/src/main.rs"),
        ] {
            assert_eq!(from_package(file), expected);
        }
    }
}
