//! The journal of a kept Cargo.lock, and what is to be done about each state that a killed command can leave.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::{fs, io};

const FILE: &str = "journal.json";

/// Written before anything of the user's is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    schema: u32,
    /// The user's Cargo.lock.
    pub lock: PathBuf,
    /// There was one.
    pub had_lock: bool,
    pub stage: Stage,
}

/// How far the command has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Cargo writes Cargo.lock, and what it writes is not known yet.
    Resolving,
    /// The watched lock file with this hash is in its place.
    Placed(u64),
}

/// What is found in the place of the user's Cargo.lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Current {
    Absent,
    /// The same bytes as those kept.
    Original,
    /// A lock file with the packages of shims.
    Watched,
    /// Anything else.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// All is as before.
    Nothing,
    /// The kept one comes back. Where its bytes are there already, another program has written them, with a time of its own.
    PutBack,
    /// There was none, and what is there is not the user's.
    Remove,
    /// Another program has changed it.
    Leave,
}

/// What to do, by what the journal says and what is there.
pub(super) fn action(had_lock: bool, is_kept: bool, stage: Stage, current: Current) -> Action {
    match (had_lock, is_kept) {
        // It came back, and then the command was killed.
        (true, false) => Action::Nothing,
        (true, true) => match (current, stage) {
            (Current::Other, Stage::Placed(_)) => Action::Leave,
            _ => Action::PutBack,
        },
        (false, _) => match (current, stage) {
            (Current::Absent, _) => Action::Nothing,
            (Current::Watched, _) | (_, Stage::Resolving) => Action::Remove,
            _ => Action::Leave,
        },
    }
}

impl Journal {
    pub(super) fn new(lock: PathBuf, had_lock: bool, stage: Stage) -> Self {
        Journal {
            schema: 1,
            lock,
            had_lock,
            stage,
        }
    }

    /// A command that is killed leaves the old journal or the new one, and never half of one.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let temporary = folder.join("journal.tmp");
        fs::write(&temporary, serde_json::to_string(self)?)?;
        fs::rename(temporary, folder.join(FILE))
    }

    /// `None` if there is none that is understood.
    pub(super) fn read(folder: &Path) -> Option<Journal> {
        let text = fs::read_to_string(folder.join(FILE)).ok()?;
        let journal: Journal = serde_json::from_str(&text).ok()?;
        (journal.schema == 1).then_some(journal)
    }

    pub(super) fn remove(folder: &Path) -> io::Result<()> {
        fs::remove_file(folder.join(FILE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_killed_command_leaves_is_put_right_and_a_change_of_others_stays() {
        use Action::*;
        use Current::*;
        let placed = Stage::Placed(7);
        for (had_lock, is_kept, stage, current, expected) in [
            (true, true, Stage::Resolving, Original, PutBack),
            (true, true, Stage::Resolving, Watched, PutBack),
            (true, true, Stage::Resolving, Other, PutBack),
            (true, true, Stage::Resolving, Absent, PutBack),
            (true, true, placed, Original, PutBack),
            (true, true, placed, Watched, PutBack),
            (true, true, placed, Absent, PutBack),
            (true, true, placed, Other, Leave),
            (true, false, placed, Original, Nothing),
            (true, false, placed, Other, Nothing),
            (false, false, Stage::Resolving, Absent, Nothing),
            (false, false, Stage::Resolving, Other, Remove),
            (false, false, Stage::Resolving, Watched, Remove),
            (false, false, placed, Absent, Nothing),
            (false, false, placed, Watched, Remove),
            (false, false, placed, Other, Leave),
        ] {
            assert_eq!(
                action(had_lock, is_kept, stage, current),
                expected,
                "{had_lock} {is_kept} {stage:?} {current:?}"
            );
        }
    }

    #[test]
    fn a_journal_is_read_back_and_half_a_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Journal::read(folder.path()), None);
        let journal = Journal::new("a/Cargo.lock".into(), true, Stage::Placed(u64::MAX));
        journal.write(folder.path()).unwrap();
        assert_eq!(Journal::read(folder.path()), Some(journal));
        fs::write(folder.path().join(FILE), "{\"schema\":").unwrap();
        assert_eq!(Journal::read(folder.path()), None);
    }
}
