//! Which packages of the tree are watched, and which are not and why. Pure: it reads what `cargo metadata` has said.

use super::shims::{self, Library};
use cargo_metadata::{Metadata, Package, PackageId};
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use toml::Table;

/// The packages of the tree that bear on what is watched.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tree {
    pub watched: Vec<Watched>,
    pub unwatched: Vec<Unwatched>,
    /// The checkout of redhanded that the tree itself uses: there can be only one of a version in a lock file.
    pub redhanded: Option<PathBuf>,
}

/// A library that gets a shim.
#[derive(Debug, PartialEq)]
pub(super) struct Watched {
    pub library: Library,
    /// The key of the user's own patch of this package, which the shim's takes the place of.
    pub patch_key: Option<String>,
}

/// A WebSocket library that is in the tree and is not watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unwatched {
    pub name: String,
    pub version: String,
    pub reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reason {
    /// A library that has no watched twin: a tap goes below it.
    Other,
    /// One of the three libraries, in a version that is not known.
    Version,
    /// It does not come from crates.io, and no patch of crates.io reaches it.
    Source,
    /// The package `redhanded` in the tree wraps it.
    Redhanded,
    /// What it is built on is not watched.
    Below,
    /// Cargo did not take the shim.
    Unused,
}

impl Unwatched {
    pub(super) fn is(&self, library: &Library) -> bool {
        self.name == library.name && self.version == library.version.to_string()
    }
}

/// The libraries that have watched twins, those below first.
pub(super) const KNOWN: [&str; 3] = ["tungstenite", "tokio-tungstenite", "async-tungstenite"];

/// Other libraries that write WebSocket frames.
const OTHERS: &[&str] = &[
    "embedded-websocket",
    "fastwebsockets",
    "ratchet_rs",
    "rust-websocket",
    "soketto",
    "tokio-websockets",
    "web-socket",
    "websocket",
    "websocket-sans-io",
    "websocket-base",
    "wtx",
    "ws",
    "yawc",
    "actix-ws",
    "actix-web-actors",
];

/// Sorts the packages of a tree. The manifest is that of the workspace's root.
pub(super) fn read(metadata: &Metadata, manifest: &Table) -> Tree {
    let packages: HashMap<&PackageId, &Package> =
        metadata.packages.iter().map(|it| (&it.id, it)).collect();
    let below = Below::read(metadata, &packages);
    let mut tree = Tree {
        redhanded: below.redhanded.clone(),
        ..Tree::default()
    };
    let mut sorted: Vec<&Package> = metadata.packages.iter().collect();
    sorted.sort_by_key(|it| (rank(&it.name), it.name.to_string(), it.version.clone()));
    let mut raw = BTreeSet::new();
    for package in sorted {
        let name = package.name.as_str();
        if OTHERS.contains(&name) {
            tree.unwatched.push(unwatched(package, Reason::Other));
        }
        if !KNOWN.contains(&name) {
            continue;
        }
        match watched(package, &below, &raw, manifest) {
            Ok(watched) => tree.watched.push(watched),
            Err(reason) => {
                raw.insert((name.to_owned(), package.version.clone()));
                tree.unwatched.push(unwatched(package, reason));
            }
        }
    }
    tree
}

/// What the packages depend on, as far as it counts here.
#[derive(Default)]
struct Below<'m> {
    /// The tungstenite of each package that has one.
    tungstenite: HashMap<&'m PackageId, &'m Version>,
    /// What the package `redhanded` wraps.
    wrapped: BTreeSet<&'m PackageId>,
    redhanded: Option<PathBuf>,
}

impl<'m> Below<'m> {
    fn read(metadata: &'m Metadata, packages: &HashMap<&'m PackageId, &'m Package>) -> Self {
        let mut below = Below::default();
        for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
            let Some(package) = packages.get(&node.id) else {
                continue;
            };
            let folder = package.manifest_path.parent();
            if package.name.as_str() == "redhanded-core" && package.source.is_none() {
                below.redhanded = folder
                    .and_then(|core| core.parent()?.parent())
                    .map(|root| root.as_std_path().to_owned());
            }
            for dependency in &node.dependencies {
                let Some(dependency) = packages.get(dependency) else {
                    continue;
                };
                if dependency.name.as_str() == "tungstenite" {
                    below.tungstenite.insert(&package.id, &dependency.version);
                }
                if package.name.as_str() == "redhanded" && KNOWN.contains(&dependency.name.as_str())
                {
                    below.wrapped.insert(&dependency.id);
                }
            }
        }
        below
    }
}

fn watched(
    package: &Package,
    below: &Below,
    raw: &BTreeSet<(String, Version)>,
    manifest: &Table,
) -> Result<Watched, Reason> {
    let (name, version) = (package.name.as_str(), &package.version);
    if below.wrapped.contains(&package.id) {
        return Err(Reason::Redhanded);
    }
    if !shims::is_known(name, version) {
        return Err(Reason::Version);
    }
    let is_of_registry = package
        .source
        .as_ref()
        .is_some_and(|source| source.is_crates_io());
    let patch_key = if is_of_registry {
        None
    } else {
        Some(key_of_patch(manifest, name).ok_or(Reason::Source)?)
    };
    let below = below.tungstenite.get(&package.id).copied();
    if below.is_some_and(|below| raw.contains(&("tungstenite".to_owned(), below.clone()))) {
        return Err(Reason::Below);
    }
    let source = package.manifest_path.parent().ok_or(Reason::Source)?;
    let library = Library {
        name: name.to_owned(),
        version: version.clone(),
        source: source.as_std_path().to_owned(),
        below: below.cloned(),
        streams: Vec::new(),
    };
    Ok(Watched { library, patch_key })
}

/// The key under which the user patches this package of crates.io.
fn key_of_patch(manifest: &Table, name: &str) -> Option<String> {
    let patches = manifest.get("patch")?.get("crates-io")?.as_table()?;
    let is_of = |key: &str, patch: &toml::Value| {
        let package = patch.get("package").and_then(|it| it.as_str());
        package.unwrap_or(key) == name
    };
    let found = patches.iter().find(|(key, patch)| is_of(key, patch));
    found.map(|(key, _)| key.clone())
}

fn unwatched(package: &Package, reason: Reason) -> Unwatched {
    Unwatched {
        name: package.name.to_string(),
        version: package.version.to_string(),
        reason,
    }
}

fn rank(name: &str) -> usize {
    KNOWN
        .iter()
        .position(|known| *known == name)
        .unwrap_or(KNOWN.len())
}

/// The shims that are not in a tree that is resolved with them.
pub(super) fn unused<'w>(
    resolved: &Metadata,
    expected: impl IntoIterator<Item = (&'w Library, &'w PathBuf)>,
) -> Vec<Unwatched> {
    let by_manifest: BTreeMap<_, _> = resolved
        .packages
        .iter()
        .map(|it| (it.manifest_path.as_std_path().to_owned(), it))
        .collect();
    let is_used = |shim: &PathBuf| {
        let canonical = shim.canonicalize().unwrap_or_else(|_| shim.clone());
        [shim, &canonical]
            .iter()
            .any(|it| by_manifest.contains_key(&it.join("Cargo.toml")))
    };
    expected
        .into_iter()
        .filter(|(_, shim)| !is_used(shim))
        .map(|(library, _)| Unwatched {
            name: library.name.clone(),
            version: library.version.to_string(),
            reason: Reason::Unused,
        })
        .collect()
}

#[cfg(test)]
mod tests;
