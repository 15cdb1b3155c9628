//! What the command writes, and where: all of it is below `target/redhanded`.

use super::error::CommandError;
use super::lockfile::hash;
use fs4::fs_std::FileExt;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many runs keep their reports.
const MOST_RUNS: usize = 16;

/// The folders of one workspace.
#[derive(Debug)]
pub(super) struct Folders {
    pub root: PathBuf,
    /// Cargo's target folder for what is watched.
    pub build: PathBuf,
    pub shims: PathBuf,
    /// What a killed command must not lose.
    pub kept: PathBuf,
    /// The watched lock file of this workspace, and what leads to it.
    pub workspace: PathBuf,
    reports: PathBuf,
}

impl Folders {
    /// `target` is the user's target folder. Several workspaces may have the same one.
    pub(super) fn new(target: &Path, workspace: &Path) -> Folders {
        let root = target.join("redhanded");
        Folders {
            build: root.join("build"),
            shims: root.join("shims"),
            kept: root.join("kept"),
            workspace: root
                .join("workspaces")
                .join(format!("{:016x}", hash(workspace))),
            reports: root.join("reports"),
            root,
        }
    }

    pub(super) fn make(&self) -> Result<(), CommandError> {
        fs::create_dir_all(&self.workspace).map_err(CommandError::file("made", &self.workspace))?;
        // As cargo's own: programs that back up or index leave it alone.
        let tag = self.root.join("CACHEDIR.TAG");
        if !tag.exists() {
            let text = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by cargo redhanded.\n";
            fs::write(&tag, text).map_err(CommandError::file("written", &tag))?;
        }
        Ok(())
    }

    /// A new folder for the reports of this run. Those of the oldest runs go.
    pub(super) fn reports_of_run(&self) -> PathBuf {
        let mut runs: Vec<PathBuf> = fs::read_dir(&self.reports)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        runs.sort();
        for old in runs.iter().rev().skip(MOST_RUNS - 1) {
            let _ = fs::remove_dir_all(old);
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        self.reports
            .join(format!("{}-{}", now.as_secs(), std::process::id()))
    }
}

/// Held while Cargo.lock may be another one, so that two commands do not keep each other's.
#[derive(Debug)]
pub(super) struct Alone {
    _file: File,
}

impl Alone {
    /// Waits for another command that prepares a build in the same target folder. Calls `waits` before it does.
    pub(super) fn wait(root: &Path, waits: impl FnOnce()) -> Result<Alone, CommandError> {
        let path = root.join("lock");
        let mut options = OpenOptions::new();
        let opened = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path);
        let file = opened.map_err(CommandError::file("opened", &path))?;
        let is_free = FileExt::try_lock_exclusive(&file).is_ok_and(|is_free| is_free);
        if !is_free {
            waits();
            FileExt::lock_exclusive(&file).map_err(CommandError::file("locked", &path))?;
        }
        Ok(Alone { _file: file })
    }
}
