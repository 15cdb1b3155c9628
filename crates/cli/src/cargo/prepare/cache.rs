//! The watched lock file of a workspace, and what it was made of. A run that finds everything as it was takes it as it is.

use super::super::error::CommandError;
use super::super::folders::Folders;
use super::super::lockfile::{has_shims, hash};
use super::super::shims::Library;
use super::super::tree::{Unwatched, Watched};
use super::Given;
use cargo_metadata::Metadata;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};
use toml::Table;

/// What a watched lock file was made of, and with what result.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Plan {
    key: u64,
    /// The checkout of redhanded.
    pub source: PathBuf,
    watched: Vec<Entry>,
    pub unwatched: Vec<Unwatched>,
    pub moved: Vec<String>,
    /// The manifests on this machine that the tree was made of, with hashes of them.
    manifests: BTreeMap<PathBuf, u64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    name: String,
    version: Version,
    source: PathBuf,
    below: Option<Version>,
    #[serde(default)]
    streams: Vec<String>,
    patch_key: Option<String>,
}

/// A plan and its lock file.
#[derive(Debug)]
pub(super) struct Cached {
    pub plan: Plan,
    pub lock: Vec<u8>,
}

impl Plan {
    pub(super) fn new(
        key: u64,
        source: PathBuf,
        watched: &[Watched],
        unwatched: Vec<Unwatched>,
        moved: Vec<String>,
        resolved: &Metadata,
    ) -> Plan {
        let entry = |watched: &Watched| Entry {
            name: watched.library.name.clone(),
            version: watched.library.version.clone(),
            source: watched.library.source.clone(),
            below: watched.library.below.clone(),
            streams: watched.library.streams.clone(),
            patch_key: watched.patch_key.clone(),
        };
        let on_this_machine = resolved.packages.iter().filter(|it| it.source.is_none());
        let manifests = on_this_machine
            .map(|it| it.manifest_path.clone().into_std_path_buf())
            .map(|path| (hash_of_file(&path), path))
            .map(|(hash, path)| (path, hash))
            .collect();
        Plan {
            key,
            source,
            watched: watched.iter().map(entry).collect(),
            unwatched,
            moved,
            manifests,
        }
    }

    pub(super) fn watched(&self) -> Vec<Watched> {
        let watched = |entry: &Entry| Watched {
            library: Library {
                name: entry.name.clone(),
                version: entry.version.clone(),
                source: entry.source.clone(),
                below: entry.below.clone(),
                streams: entry.streams.clone(),
            },
            patch_key: entry.patch_key.clone(),
        };
        self.watched.iter().map(watched).collect()
    }

    pub(super) fn names(&self) -> Vec<(String, String)> {
        let name = |entry: &Entry| (entry.name.clone(), entry.version.to_string());
        self.watched.iter().map(name).collect()
    }

    /// Whether all manifests are as they were.
    pub(super) fn is_up_to_date(&self) -> bool {
        self.manifests
            .iter()
            .all(|(path, hash)| hash_of_file(path) == *hash)
    }
}

/// What the watched lock file depends on, as far as it is known before the tree is resolved.
pub(super) fn key(given: &Given, original: Option<&[u8]>) -> u64 {
    let members = given.members.packages.iter();
    let manifests: Vec<u64> = members
        .map(|it| it.manifest_path.as_std_path())
        .chain([given
            .members
            .workspace_root
            .join("Cargo.toml")
            .as_std_path()])
        .map(hash_of_file)
        .collect();
    let configs: Vec<u64> = configs(given.directory)
        .iter()
        .map(|it| hash_of_file(it))
        .collect();
    let named: Vec<u64> = given
        .options
        .config
        .iter()
        .map(|it| hash_of_file(Path::new(it)))
        .collect();
    let options = (
        &given.options.config,
        named,
        &given.options.targets,
        given.options.directory.as_ref(),
    );
    let source = (
        given.source,
        env::var_os("REDHANDED_SOURCE"),
        env!("CARGO_PKG_VERSION"),
    );
    hash(&(
        original,
        manifests,
        configs,
        options,
        source,
        &given.cargo.version,
    ))
}

/// The files from which cargo takes its configuration here, those that count first in front.
fn configs(directory: &Path) -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")));
    directory
        .ancestors()
        .map(|folder| folder.join(".cargo"))
        .chain(home)
        .flat_map(|folder| [folder.join("config"), folder.join("config.toml")])
        .collect()
}

/// What is in them. Cargo complains of one that it does not understand.
pub(in super::super) fn tables(directory: &Path) -> Vec<Table> {
    let files = configs(directory);
    let texts = files.iter().filter_map(|it| fs::read_to_string(it).ok());
    texts.filter_map(|text| text.parse().ok()).collect()
}

/// Of no file as of an empty one.
fn hash_of_file(path: &Path) -> u64 {
    hash(&fs::read(path).unwrap_or_default())
}

const PLAN: &str = "plan.json";
const LOCK: &str = "Cargo.lock";

/// The one of this key. `None` if there is none that can be read.
pub(super) fn read(folders: &Folders, key: u64) -> Option<Cached> {
    let plan = fs::read(folders.workspace.join(PLAN)).ok()?;
    let plan: Plan = serde_json::from_slice(&plan).ok()?;
    let lock = fs::read(folders.workspace.join(LOCK)).ok()?;
    let is_whole = plan.watched.is_empty() || has_shims(&lock);
    (plan.key == key && is_whole).then_some(Cached { plan, lock })
}

pub(super) fn write(folders: &Folders, plan: &Plan, lock: &[u8]) -> Result<(), CommandError> {
    let (plan_file, lock_file) = (folders.workspace.join(PLAN), folders.workspace.join(LOCK));
    // A lock file without its plan is not read.
    let _ = fs::remove_file(&plan_file);
    fs::write(&lock_file, lock).map_err(CommandError::file("written", &lock_file))?;
    let plan = serde_json::to_vec_pretty(plan).unwrap_or_default();
    fs::write(&plan_file, plan).map_err(CommandError::file("written", &plan_file))
}

/// The packages that the watched lock file has in another version: `libc 0.2.150 -> 0.2.186`.
pub(super) fn moved(original: Option<&[u8]>, watched: &[u8], libraries: &[Watched]) -> Vec<String> {
    let (original, watched) = (
        original.map(versions).unwrap_or_default(),
        versions(watched),
    );
    let is_library = |name: &str| libraries.iter().any(|it| it.library.name == name);
    original
        .iter()
        .filter(|(name, _)| !is_library(name))
        .filter_map(|(name, before)| Some((name, before, watched.get(name)?)))
        .filter_map(|(name, before, now)| {
            let gone = before.iter().find(|version| !now.contains(version))?;
            let new = now.iter().find(|version| !before.contains(version))?;
            Some(format!("{name} {gone} -> {new}"))
        })
        .collect()
}

/// The versions of each package of a lock file.
fn versions(lock: &[u8]) -> BTreeMap<String, Vec<String>> {
    let text = std::str::from_utf8(lock).unwrap_or_default();
    let table: Table = text.parse().unwrap_or_default();
    let packages = table.get("package").and_then(|it| it.as_array());
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages.into_iter().flatten() {
        let field = |name: &str| package.get(name)?.as_str().map(str::to_owned);
        if let (Some(name), Some(version)) = (field("name"), field("version")) {
            versions.entry(name).or_default().push(version);
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_in_another_version_is_named_and_a_new_one_is_not() {
        let original = b"[[package]]\nname = \"libc\"\nversion = \"0.2.150\"\n\
            [[package]]\nname = \"http\"\nversion = \"1.0.0\"\n\
            [[package]]\nname = \"gone\"\nversion = \"1.0.0\"\n";
        let watched = b"[[package]]\nname = \"libc\"\nversion = \"0.2.186\"\n\
            [[package]]\nname = \"http\"\nversion = \"1.0.0\"\n\
            [[package]]\nname = \"http\"\nversion = \"0.2.0\"\n\
            [[package]]\nname = \"new\"\nversion = \"1.0.0\"\n";
        assert_eq!(
            moved(Some(original), watched, &[]),
            ["libc 0.2.150 -> 0.2.186"]
        );
        assert_eq!(moved(None, watched, &[]), Vec::<String>::new());
    }
}
