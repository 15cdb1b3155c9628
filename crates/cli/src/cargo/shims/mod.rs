//! Shims: packages that stand in the place of a WebSocket library in a user's tree, and watch it.
//!
//! A shim has the name and the very version of the library in the user's lock file, so that a `[patch]` takes it. Inside is
//! a copy of the source that cargo has unpacked for the user, and round it the drop-in of redhanded:
//!
//! ```text
//! shims/redhanded-tungstenite-0-29-0/
//!     Cargo.toml   tungstenite 0.29.0        depends on upstream/, and on redhanded-core
//!     src/         the drop-in, and a small lib.rs
//!     upstream/    redhanded-upstream-tungstenite 0.29.0: the user's source, its package renamed
//! ```
//!
//! The copy is renamed because a patch replaces a library wherever it is used: under its own name the shim would depend on
//! itself. async-tungstenite needs no drop-in. It is compiled over the shim of tungstenite, and its copy is the shim.
//!
//! Everything below `upstream/` is a dependency's code, and everything else is redhanded's: reports tell them apart by this.

mod asynchronous;
mod error;
mod folder;
mod manifest;
mod sources;
mod streams;
mod versions;

#[cfg(test)]
mod tests;

pub use error::ShimError;
pub use streams::streams;
pub use versions::is_known;

use folder::Folder;
use semver::Version;
use sources::{Sources, copy_of};
use std::path::{Path, PathBuf};

/// A library in the user's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// `tungstenite`, `tokio-tungstenite` or `async-tungstenite`.
    pub name: String,
    /// The version in the lock file.
    pub version: Version,
    /// The folder with its `Cargo.toml`, as cargo has unpacked it.
    pub source: PathBuf,
    /// The version of tungstenite that a tokio- or async-tungstenite depends on.
    pub below: Option<Version>,
    /// The features of the detector for the streams in the tree, which [`streams()`] tells.
    pub streams: Vec<String>,
}

/// A package to be given to cargo in `[patch.crates-io]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The key, one of its own for each patch: `redhanded-tungstenite-0-29-0`.
    pub key: String,
    /// The name of the package that it replaces.
    pub package: String,
    /// The folder of the shim.
    pub path: PathBuf,
}

/// The folder of the copy, below that of its shim.
const UPSTREAM: &str = "upstream";

/// The name of the copy of a library's package.
fn upstream_name(library: &str) -> String {
    format!("redhanded-upstream-{library}")
}

/// The key of a library's patch, which is also the name of its shim's folder.
fn key_of(library: &str, version: &Version) -> String {
    let version = version.to_string().replace(['.', '+'], "-");
    format!("redhanded-{library}-{version}")
}

/// Writes a shim for each library, below `folder`. `redhanded` is the folder of redhanded's own sources.
///
/// A file whose content is already right is not touched, so that nothing is built again.
///
/// # Errors
/// If a library is not known, a file cannot be read or written, or a manifest is not one.
pub fn write(
    folder: &Path,
    redhanded: &Path,
    libraries: &[Library],
) -> Result<Vec<Patch>, ShimError> {
    libraries
        .iter()
        .map(|library| write_one(folder, redhanded, library))
        .collect()
}

fn write_one(folder: &Path, redhanded: &Path, library: &Library) -> Result<Patch, ShimError> {
    let known =
        versions::of(&library.name, &library.version).ok_or_else(|| ShimError::Unknown {
            name: library.name.clone(),
            version: library.version.clone(),
        })?;
    let key = key_of(&library.name, &library.version);
    let path = folder.join(&key);
    let upstream = copy_of(&library.source)?;
    let original = manifest::parse(&upstream, &library.source)?;
    let places = manifest::Places::new(redhanded, library);

    let mut shim = Folder::default();
    match known.shim {
        versions::Shim::Tungstenite => {
            shim.add("Cargo.toml", manifest::tungstenite(&original, &places));
            shim.add_all("src", Sources::of(redhanded).tungstenite(known.line)?);
            shim.add_all(UPSTREAM, sources::quiet(upstream));
            shim.add("upstream/Cargo.toml", manifest::copy(&original, &places));
        }
        versions::Shim::Tokio => {
            places.needs_tungstenite(library)?;
            shim.add("Cargo.toml", manifest::tokio(&original, &places));
            shim.add_all("src", Sources::of(redhanded).tokio(known.line)?);
            shim.add_all(UPSTREAM, sources::quiet(upstream));
            shim.add("upstream/Cargo.toml", manifest::copy(&original, &places));
        }
        versions::Shim::Async => {
            places.needs_tungstenite(library)?;
            shim.add("Cargo.toml", manifest::asynchronous(&original, &places));
            let mut known = asynchronous::make_known(sources::quiet(upstream));
            known.remove(Path::new("Cargo.toml"));
            shim.add_all(UPSTREAM, known);
        }
    }
    shim.write_to(&path)?;
    Ok(Patch {
        key,
        package: library.name.clone(),
        path,
    })
}
