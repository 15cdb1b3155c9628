//! The user's Cargo.lock: it is kept while a watched one is in its place, and comes back.
//!
//! Cargo writes patched packages into Cargo.lock. So for the moment in which cargo resolves the tree, a watched lock file is in
//! the place of the user's. Before that the user's is linked (or else copied) into the folder `kept`, with a journal beside it.
//! What a killed command leaves behind, the next one puts right by the journal.

mod files;
mod journal;

use super::error::CommandError;
use journal::{Action, Current, Journal, Stage, action};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// The name that every copy of a library has in a watched lock file, and no other package.
const MARK: &[u8] = b"\"redhanded-upstream-";

/// How long a command in another target folder has to put the user's lock file back. Resolving seldom takes longer.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(50);

/// What became of the user's Cargo.lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Restored {
    /// It is as it was.
    AsBefore,
    /// Another program has changed it meanwhile, and its change stays. The one from before is in this file, if there was one.
    ChangedByOthers(Option<PathBuf>),
}

/// The user's Cargo.lock while another one may be in its place.
#[derive(Debug)]
pub(super) struct Kept {
    lock: PathBuf,
    folder: PathBuf,
    original: Option<Vec<u8>>,
    /// What the journal says, while another file is in its place.
    open: Option<Journal>,
    /// The hash of the last watched lock file that was put there.
    placed: Option<u64>,
}

impl Kept {
    /// Looks at the Cargo.lock of the workspace in this folder. `kept` is for what has to outlive the command.
    ///
    /// # Errors
    /// If there is one and it cannot be read, or if it is the watched one of a command in another target folder.
    pub(super) fn look(workspace: &Path, kept: &Path) -> Result<Kept, CommandError> {
        Kept::look_within(workspace, kept, PATIENCE)
    }

    fn look_within(
        workspace: &Path,
        kept: &Path,
        patience: Duration,
    ) -> Result<Kept, CommandError> {
        let named = workspace.join("Cargo.lock");
        // A link stays a link: the file that it leads to is the one that changes places.
        let to_nothing = |_| fs::read_link(&named).map(|to| workspace.join(to));
        let lock = named.canonicalize().or_else(to_nothing).unwrap_or(named);
        let by = Instant::now() + patience;
        let original = loop {
            let original = files::read(&lock).map_err(CommandError::file("read", &lock))?;
            // What was kept in this target folder is back already. So this one belongs to a command in another one.
            if !original.as_ref().is_some_and(|it| is_watched(it, None)) {
                break original;
            }
            if Instant::now() >= by {
                return Err(CommandError::AlreadyWatched(lock));
            }
            thread::sleep(PAUSE);
        };
        Ok(Kept {
            folder: kept.join(format!("{:016x}", hash(&lock))),
            lock,
            original,
            open: None,
            placed: None,
        })
    }

    /// The user's, if there is one.
    pub(super) fn original(&self) -> Option<&[u8]> {
        self.original.as_deref()
    }

    /// What is there now.
    pub(super) fn current(&self) -> Result<Vec<u8>, CommandError> {
        let read = files::read(&self.lock).map_err(CommandError::file("read", &self.lock))?;
        Ok(read.unwrap_or_default())
    }

    /// From here on cargo may write into Cargo.lock what it likes. It works on a copy.
    pub(super) fn begin_resolving(&mut self) -> Result<(), CommandError> {
        if self.open.is_some() {
            return Ok(());
        }
        self.keep(Stage::Resolving)?;
        match self.original.clone() {
            Some(copy) => self.put(&copy),
            None => Ok(()),
        }
    }

    /// Puts the watched lock file in the place of the user's.
    pub(super) fn place(&mut self, watched: &[u8]) -> Result<(), CommandError> {
        self.placed = Some(hash(watched));
        if self.open.is_none() {
            if self.original.as_deref() == Some(watched) {
                return Ok(());
            }
            self.keep(Stage::Placed(hash(watched)))?;
        } else {
            self.write_journal(Stage::Placed(hash(watched)))?;
        }
        if self.current()? == watched {
            return Ok(());
        }
        self.put(watched)
    }

    /// Puts the user's back.
    pub(super) fn restore(&mut self) -> Result<Restored, CommandError> {
        match self.open.take() {
            Some(journal) => settle(&self.folder, &journal),
            None => Ok(Restored::AsBefore),
        }
    }

    /// Looks once more when cargo has ended: it may have written a watched lock file again.
    pub(super) fn look_again(&mut self) -> Result<Restored, CommandError> {
        let restored = self.restore()?;
        let now = files::read(&self.lock).map_err(CommandError::file("read", &self.lock))?;
        let is_ours = now.as_ref().is_some_and(|it| is_watched(it, self.placed));
        if now == self.original || !is_ours {
            return Ok(restored);
        }
        let written = match &self.original {
            Some(original) => files::put(&self.lock, original),
            None => fs::remove_file(&self.lock),
        };
        written.map_err(CommandError::file("put back", &self.lock))?;
        Ok(restored)
    }

    fn keep(&mut self, stage: Stage) -> Result<(), CommandError> {
        fs::create_dir_all(&self.folder).map_err(CommandError::file("made", &self.folder))?;
        if self.original.is_some() {
            let kept = self.folder.join(files::KEPT);
            files::keep(&self.lock, &kept).map_err(CommandError::file("kept", &self.lock))?;
        }
        self.write_journal(stage)
    }

    fn write_journal(&mut self, stage: Stage) -> Result<(), CommandError> {
        let journal = Journal::new(self.lock.clone(), self.original.is_some(), stage);
        journal
            .write(&self.folder)
            .map_err(CommandError::file("written", &self.folder))?;
        self.open = Some(journal);
        Ok(())
    }

    fn put(&self, content: &[u8]) -> Result<(), CommandError> {
        files::put(&self.lock, content).map_err(CommandError::file("changed", &self.lock))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // After an error or a panic. What cannot be put back now, the next command puts back.
        let _ = self.restore();
    }
}

/// Puts back what killed commands have left. Gives the lock files that came back, or were changed by others.
pub(super) fn recover(kept: &Path) -> Vec<(PathBuf, Result<Restored, CommandError>)> {
    let entries = fs::read_dir(kept).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let journal = Journal::read(&entry.path())?;
            let settled = settle(&entry.path(), &journal);
            Some((journal.lock, settled))
        })
        .collect()
}

/// Does what the journal asks for, and then removes it.
fn settle(folder: &Path, journal: &Journal) -> Result<Restored, CommandError> {
    let (lock, kept) = (&journal.lock, folder.join(files::KEPT));
    let original = files::read(&kept).map_err(CommandError::file("read", &kept))?;
    let now = files::read(lock).map_err(CommandError::file("read", lock))?;
    let placed = match journal.stage {
        Stage::Placed(hash) => Some(hash),
        Stage::Resolving => None,
    };
    let current = match now {
        None => Current::Absent,
        Some(_) if journal.had_lock && now == original => Current::Original,
        Some(now) if is_watched(&now, placed) => Current::Watched,
        Some(_) => Current::Other,
    };
    let had_lock = journal.had_lock;
    let restored = match action(had_lock, original.is_some(), journal.stage, current) {
        Action::Nothing => Restored::AsBefore,
        Action::PutBack => {
            files::put_back(&kept, lock).map_err(CommandError::file("put back", lock))?;
            Restored::AsBefore
        }
        Action::Remove => {
            fs::remove_file(lock).map_err(CommandError::file("removed", lock))?;
            Restored::AsBefore
        }
        Action::Leave => {
            let before = folder.join("Cargo.lock.before");
            let is_kept = had_lock && fs::rename(&kept, &before).is_ok();
            Restored::ChangedByOthers(is_kept.then_some(before))
        }
    };
    Journal::remove(folder).map_err(CommandError::file("removed", folder))?;
    let _ = fs::remove_file(&kept);
    Ok(restored)
}

fn is_watched(content: &[u8], placed: Option<u64>) -> bool {
    placed == Some(hash(content)) || has_shims(content)
}

/// Whether a lock file has the packages of shims.
pub(super) fn has_shims(content: &[u8]) -> bool {
    content.windows(MARK.len()).any(|window| window == MARK)
}

/// Only compared with hashes of the same build of this command, or of one that makes the lock file anew.
pub(super) fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
