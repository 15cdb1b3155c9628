//! What the command writes, and where: all of it is below `target/redhanded`.

use super::error::CommandError;
use super::lockfile::hash;
use super::process;
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
        // A program that runs for days has not written its last reports yet.
        runs.retain(|run| !pid_of(run).is_some_and(process::is_alive));
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

/// The command to which a folder of reports belongs, by its name.
fn pid_of(run: &Path) -> Option<u32> {
    let (_, pid) = run.file_name()?.to_str()?.split_once('-')?;
    pid.parse().ok()
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn the_reports_of_the_oldest_runs_go_but_not_those_of_a_command_that_runs() {
        let target = tempfile::tempdir().unwrap();
        let folders = Folders::new(target.path(), Path::new("/workspace"));
        // No process has such a number.
        let ended = |second: u32| folders.reports.join(format!("{second:010}-{}", i32::MAX));
        let runs = folders
            .reports
            .join(format!("0000000001-{}", std::process::id()));
        fs::create_dir_all(&runs).unwrap();
        for second in 2..40 {
            fs::create_dir_all(ended(second)).unwrap();
        }
        let new = folders.reports_of_run();
        assert!(runs.exists() && !new.exists());
        assert!(!ended(2).exists() && ended(39).exists());
        assert_eq!(fs::read_dir(&folders.reports).unwrap().count(), MOST_RUNS);
    }
}
