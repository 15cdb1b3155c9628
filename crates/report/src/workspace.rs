//! Where the source is. Reports name files relative to it, because absolute paths say little on another machine.

use super::Report;
use std::borrow::Cow;
use std::env;
use std::path::{Path, PathBuf};

/// The folders that are left out of paths. A report names `src/main.rs` and `tokio-1.44.0/src/lib.rs`.
///
/// ```
/// use redhanded_report::Workspace;
///
/// let workspace = Workspace::at("/home/me/app");
/// assert_eq!(workspace.shorten("/home/me/app/src/main.rs"), "src/main.rs");
/// let registry = "/home/me/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-1.44.0/src/lib.rs";
/// assert_eq!(workspace.shorten(registry), "tokio-1.44.0/src/lib.rs");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Without a slash at the end. The first one that has the path counts.
    roots: Vec<String>,
}

/// A path, by the folder that has it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// In the workspace: relative to it.
    Here(Cow<'p, str>),
    /// In a dependency or the standard library: from its folder on.
    Library(Cow<'p, str>),
    /// Anywhere else: the path as it is.
    Elsewhere(Cow<'p, str>),
}

impl Workspace {
    /// The workspace of this process: `GITHUB_WORKSPACE`, else the working directory, else the nearest folder above it
    /// with a `Cargo.lock`.
    pub fn find() -> Workspace {
        let checkout = env::var_os("GITHUB_WORKSPACE")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from);
        Workspace::from_places(checkout, env::current_dir().ok())
    }

    /// The workspace in this folder.
    pub fn at(root: impl AsRef<Path>) -> Workspace {
        Workspace::from_places(Some(root.as_ref().to_owned()), None)
    }

    fn from_places(checkout: Option<PathBuf>, directory: Option<PathBuf>) -> Workspace {
        let has_lock = |folder: &&Path| folder.join("Cargo.lock").is_file();
        let above = directory
            .as_deref()
            .and_then(|folder| folder.ancestors().skip(1).find(has_lock))
            .map(Path::to_owned);
        let roots = [checkout, directory, above].into_iter().flatten();
        let slashed = roots.map(|root| {
            slashes(&root.to_string_lossy())
                .trim_end_matches('/')
                .to_owned()
        });
        // The root of the file system has every path, and says nothing.
        Workspace {
            roots: slashed.filter(|root| !root.is_empty()).collect(),
        }
    }

    /// The path without the folders that say nothing on another machine.
    pub fn shorten<'p>(&self, path: &'p str) -> Cow<'p, str> {
        match self.place(path) {
            Place::Here(short) | Place::Library(short) | Place::Elsewhere(short) => short,
        }
    }

    pub(super) fn place<'p>(&self, path: &'p str) -> Place<'p> {
        let slashed = slashes(path);
        if let Some(short) = library(&slashed) {
            return Place::Library(Cow::Owned(short.to_owned()));
        }
        let below = |root: &String| slashed.strip_prefix(root.as_str())?.strip_prefix('/');
        if let Some(short) = self.roots.iter().find_map(below) {
            return Place::Here(Cow::Owned(short.to_owned()));
        }
        if is_absolute(&slashed) {
            Place::Elsewhere(Cow::Borrowed(path))
        } else {
            Place::Here(slashed)
        }
    }
}

fn slashes(path: &str) -> Cow<'_, str> {
    if path.contains('\\') {
        Cow::Owned(path.replace('\\', "/"))
    } else {
        Cow::Borrowed(path)
    }
}

fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':');
    path.starts_with('/') || drive
}

/// The path from the folder of the crate on, if the file is of a registry, a git checkout or the standard library.
fn library(path: &str) -> Option<&str> {
    let below_registry = path
        .split_once("/registry/src/")
        .and_then(|(_, below)| Some(below.split_once('/')?.1));
    let below_checkouts = || path.split_once("/git/checkouts/").map(|(_, below)| below);
    let below_rustc = || {
        path.strip_prefix("/rustc/")
            .and_then(|below| Some(below.split_once('/')?.1))
    };
    let below_sources = || {
        path.split_once("/lib/rustlib/src/rust/")
            .map(|(_, below)| below)
    };
    below_registry
        .or_else(below_checkouts)
        .or_else(below_rustc)
        .or_else(below_sources)
        .filter(|short| !short.is_empty())
}

impl Report {
    /// The report with its paths shortened, in the summary too.
    pub fn shortened(mut self, workspace: &Workspace) -> Report {
        let sites = self
            .writers
            .iter()
            .filter_map(|writer| writer.call_site.as_ref());
        let long: Vec<String> = sites
            .map(|site| site.file.clone())
            .filter(|file| is_absolute(&slashes(file)))
            .collect();
        for file in long {
            self.summary = self.summary.replace(
                &format!(" at {file}:"),
                &format!(" at {}:", workspace.shorten(&file)),
            );
        }
        self.visit_files(&mut |file| {
            if let Cow::Owned(short) = workspace.shorten(file) {
                *file = short;
            }
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_first_root_that_they_are_below() {
        let workspace =
            Workspace::from_places(Some("/w/repo/".into()), Some("/w/repo/tools".into()));
        for (path, short) in [
            ("/w/repo/tools/src/main.rs", "tools/src/main.rs"),
            ("/w/repository/src/main.rs", "/w/repository/src/main.rs"),
            ("src/main.rs", "src/main.rs"),
            ("src\\main.rs", "src/main.rs"),
            (
                "/home/me/.cargo/git/checkouts/app-1f/ab12/src/lib.rs",
                "app-1f/ab12/src/lib.rs",
            ),
            (
                "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/std/src/io/mod.rs",
                "library/std/src/io/mod.rs",
            ),
            (
                "/x/lib/rustlib/src/rust/library/core/src/ops.rs",
                "library/core/src/ops.rs",
            ),
            (
                "C:\\Users\\me\\.cargo\\registry\\src\\index-1\\tokio-1.44.0\\src\\lib.rs",
                "tokio-1.44.0/src/lib.rs",
            ),
        ] {
            assert_eq!(workspace.shorten(path), short);
        }
        assert_eq!(
            Workspace::from_places(None, Some("/".into())).shorten("/src/main.rs"),
            "/src/main.rs"
        );
    }

    #[test]
    fn without_a_checkout_it_is_the_working_directory_or_the_nearest_lock_above() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("crates/one")).unwrap();
        std::fs::write(root.join("Cargo.lock"), "").unwrap();
        let workspace = Workspace::from_places(None, Some(root.join("crates/one")));
        let path = |path: &str| root.join(path).to_string_lossy().into_owned();
        assert_eq!(
            workspace.shorten(&path("crates/one/src/lib.rs")),
            "src/lib.rs"
        );
        assert_eq!(
            workspace.shorten(&path("crates/two/src/lib.rs")),
            "crates/two/src/lib.rs"
        );
    }
}
