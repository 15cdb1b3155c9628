//! What has to be there before cargo is run: the shims, a file of configuration, and a watched lock file.
//!
//! The lock file is made once for each state of the user's Cargo.lock and manifests. Later runs take it as it is, so they
//! need no network, and Cargo.lock is another one for some tenths of a second only.

mod cache;
mod config;

use super::error::CommandError;
use super::folders::Folders;
use super::lockfile::{Kept, has_shims};
use super::options::Options;
use super::shims::{self, Library, Patch};
use super::toolchain::{Cargo, Request};
use super::tree::{self, Tree, Unwatched, Watched};
use super::{profile, say, source};
pub(super) use cache::tables as configuration;
use cache::{Cached, Plan};
use cargo_metadata::Metadata;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};
use toml::Table;

/// What cargo is run with.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The Cargo.lock in which the shims are.
    pub lock: Vec<u8>,
    /// The configuration in which they are.
    pub config: PathBuf,
    /// What is watched, by name and version.
    pub watched: Vec<(String, String)>,
    pub unwatched: Vec<Unwatched>,
    /// Packages that are there in another version than in the user's Cargo.lock.
    pub moved: Vec<String>,
}

/// What is known before the tree is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'g> {
    pub cargo: &'g Cargo,
    pub options: &'g Options,
    /// The profile that is built.
    pub profile: &'g str,
    /// The members of the workspace.
    pub members: &'g Metadata,
    pub folders: &'g Folders,
    /// `--redhanded-source`.
    pub source: Option<&'g Path>,
    /// Where configuration of cargo is looked for.
    pub directory: &'g Path,
}

/// Makes all that, or takes it from the run before.
pub(super) fn prepare(given: Given, kept: &mut Kept) -> Result<Prepared, CommandError> {
    let key = cache::key(&given, kept.original());
    if given.options.is_locked {
        // What cargo would refuse, it refuses here in its own words: it will see the watched lock file only.
        resolve(&given, &targets(given.options, &given.cargo.host), kept)?;
    }
    match cache::read(given.folders, key) {
        Some(Cached { plan, lock }) => {
            let patches = write_shims(given.folders, &plan.source, &plan.watched())?;
            if plan.is_up_to_date() {
                let config = config::write(&given, &patches, &manifest(given.members))?;
                return Ok(prepared(plan, lock, config));
            }
        }
        None => say(
            "the watched build is prepared, once for this Cargo.lock; the first build takes longer than later ones",
        ),
    }
    prepare_anew(&given, kept, key)
}

fn prepare_anew(given: &Given, kept: &mut Kept, key: u64) -> Result<Prepared, CommandError> {
    let targets = targets(given.options, &given.cargo.host);
    let (metadata, has_all_features) = resolve(given, &targets, kept)?;
    let manifest = manifest(given.members);
    let Tree {
        mut watched,
        mut unwatched,
        redhanded,
    } = tree::read(&metadata, &manifest);
    let source = source::find(given.source, redhanded)?;
    make_streams_known(&mut watched, &source, &metadata)?;
    let patches = write_shims(given.folders, &source, &watched)?;
    let config = config::write(given, &patches, &manifest)?;

    kept.begin_resolving()?;
    let request = Request {
        targets: &targets,
        has_all_features,
        is_locked: false,
        config: Some(&config),
    };
    let is_offline = given.options.is_offline;
    let (resolved, lock) = resolve_watched(kept, watched.is_empty(), || {
        given.cargo.tree(&request).map_err(|error| match error {
            CommandError::Cargo(_) => CommandError::Unresolved { is_offline },
            other => other,
        })
    })?;
    let shims = watched
        .iter()
        .map(|it| &it.library)
        .zip(patches.iter().map(|it| &it.path));
    let unused = tree::unused(&resolved, shims);
    let is_used = |it: &Watched| !unused.iter().any(|no| no.is(&it.library));
    let used: Vec<Watched> = watched.into_iter().filter(is_used).collect();
    unwatched.extend(unused);

    let moved = cache::moved(kept.original(), &lock, &used);
    let plan = Plan::new(key, source, &used, unwatched, moved, &resolved);
    cache::write(given.folders, &plan, &lock)?;
    Ok(prepared(plan, lock, config))
}

/// How often an editor that resolves the tree at the same time may get between cargo and its lock file.
const MOST_TRIES: usize = 5;

/// The watched tree, and its lock file. Another cargo, which knows of no shims, may write over it at once.
fn resolve_watched(
    kept: &Kept,
    has_no_shims: bool,
    resolve: impl Fn() -> Result<Metadata, CommandError>,
) -> Result<(Metadata, Vec<u8>), CommandError> {
    let mut tries = 0;
    loop {
        let resolved = resolve()?;
        let lock = kept.current()?;
        tries += 1;
        if has_no_shims || has_shims(&lock) || tries == MOST_TRIES {
            return Ok((resolved, lock));
        }
    }
}

fn prepared(plan: Plan, lock: Vec<u8>, config: PathBuf) -> Prepared {
    Prepared {
        lock,
        config,
        watched: plan.names(),
        unwatched: plan.unwatched,
        moved: plan.moved,
    }
}

/// The tree as it is without us. An optional dependency is in the lock file, too, and may be switched on by a member.
fn resolve(
    given: &Given,
    targets: &[OsString],
    kept: &mut Kept,
) -> Result<(Metadata, bool), CommandError> {
    let request = |is_locked, has_all_features| Request {
        targets,
        has_all_features,
        is_locked,
        config: None,
    };
    let cargo = given.cargo;
    // With `--locked` cargo leaves Cargo.lock alone.
    if let Ok(metadata) = cargo.tree_quietly(&request(true, true)) {
        return Ok((metadata, true));
    }
    if given.options.is_locked {
        return cargo
            .tree(&request(true, false))
            .map(|metadata| (metadata, false));
    }
    kept.begin_resolving()?;
    if let Ok(metadata) = cargo.tree_quietly(&request(false, true)) {
        return Ok((metadata, true));
    }
    cargo
        .tree(&request(false, false))
        .map(|metadata| (metadata, false))
}

/// The detector is to know the streams of the libraries in the tree.
fn make_streams_known(
    watched: &mut [Watched],
    source: &Path,
    tree: &Metadata,
) -> Result<(), CommandError> {
    let tree = tree.packages.iter();
    let tree = tree.map(|package| (package.name.as_str(), &package.version));
    let streams =
        shims::streams(source, tree).map_err(|error| CommandError::Shims(error.to_string()))?;
    for watched in watched {
        watched.library.streams.clone_from(&streams);
    }
    Ok(())
}

fn write_shims(
    folders: &Folders,
    source: &Path,
    watched: &[Watched],
) -> Result<Vec<Patch>, CommandError> {
    let libraries: Vec<Library> = watched.iter().map(|it| it.library.clone()).collect();
    let written = shims::write(&folders.shims, source, &libraries);
    let mut patches = written.map_err(|error| CommandError::Shims(error.to_string()))?;
    // The user's own patch and ours would be two of one package. Under the same key ours takes its place.
    for (patch, watched) in patches.iter_mut().zip(watched) {
        if let Some(key) = &watched.patch_key {
            patch.key.clone_from(key);
        }
    }
    Ok(patches)
}

/// The targets that are built for. Only what they need has to be on this machine.
fn targets(options: &Options, host: &str) -> Vec<OsString> {
    let of_environment = env::var_os("CARGO_BUILD_TARGET").filter(|target| !target.is_empty());
    [OsString::from(host)]
        .into_iter()
        .chain(options.targets.iter().cloned())
        .chain(of_environment)
        .filter(|target| !target.is_empty())
        .collect()
}

/// The manifest of the workspace's root. Cargo has read it already.
fn manifest(members: &Metadata) -> Table {
    let path = members.workspace_root.join("Cargo.toml");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.parse().unwrap_or_default()
}
