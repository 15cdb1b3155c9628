//! What of a workspace's Cargo.lock stays the same.

use super::*;
use std::time::{Duration, SystemTime};

const USERS: &[u8] = b"# the user's\n";
const WATCHED: &[u8] = b"name = \"redhanded-upstream-tungstenite\"\n";

struct Workspace {
    folder: tempfile::TempDir,
}

impl Workspace {
    fn with(lock: Option<&[u8]>) -> Workspace {
        let workspace = Workspace {
            folder: tempfile::tempdir().unwrap(),
        };
        if let Some(lock) = lock {
            fs::write(workspace.lock(), lock).unwrap();
            let file = fs::File::open(workspace.lock()).unwrap();
            let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
            file.set_modified(long_ago).unwrap();
        }
        workspace
    }

    fn lock(&self) -> PathBuf {
        self.folder.path().join("Cargo.lock")
    }

    fn kept(&self) -> PathBuf {
        self.folder.path().join("kept")
    }

    fn look(&self) -> Kept {
        Kept::look(self.folder.path(), &self.kept()).unwrap()
    }

    fn content(&self) -> Option<Vec<u8>> {
        files::read(&self.lock()).unwrap()
    }

    fn modified(&self) -> SystemTime {
        fs::metadata(self.lock()).unwrap().modified().unwrap()
    }

    /// What the next command does.
    fn recover(&self) -> Vec<Restored> {
        recover(&self.kept())
            .into_iter()
            .map(|(_, restored)| restored.unwrap())
            .collect()
    }
}

/// A command that is killed runs no destructor.
fn kill(kept: Kept) {
    std::mem::forget(kept);
}

#[test]
fn the_users_lock_file_comes_back_with_its_time() {
    let workspace = Workspace::with(Some(USERS));
    let before = workspace.modified();
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    assert_eq!(workspace.content().as_deref(), Some(WATCHED));
    assert_eq!(kept.restore().unwrap(), Restored::AsBefore);
    assert_eq!(workspace.content().as_deref(), Some(USERS));
    assert_eq!(workspace.modified(), before);
}

#[test]
fn cargo_works_on_a_copy() {
    let workspace = Workspace::with(Some(USERS));
    let before = workspace.modified();
    let mut kept = workspace.look();
    kept.begin_resolving().unwrap();
    // Cargo writes into the file that is there.
    files::write_over(&workspace.lock(), b"resolved\n").unwrap();
    kept.restore().unwrap();
    assert_eq!(workspace.content().as_deref(), Some(USERS));
    assert_eq!(workspace.modified(), before);
}

#[test]
fn where_there_was_none_there_is_none_afterwards() {
    for is_placed in [false, true] {
        let workspace = Workspace::with(None);
        let mut kept = workspace.look();
        kept.begin_resolving().unwrap();
        fs::write(workspace.lock(), b"resolved\n").unwrap();
        if is_placed {
            kept.place(WATCHED).unwrap();
        }
        drop(kept);
        assert_eq!(workspace.content(), None);
    }
}

#[test]
fn what_a_kill_leaves_is_put_right_by_the_next_command() {
    for had_lock in [true, false] {
        let users = had_lock.then_some(USERS);
        let workspace = Workspace::with(users);
        let mut kept = workspace.look();
        kept.begin_resolving().unwrap();
        kill(kept);
        fs::write(workspace.lock(), b"half of a lock fi").unwrap();
        assert_eq!(workspace.recover(), [Restored::AsBefore]);
        assert_eq!(workspace.content().as_deref(), users);

        let mut kept = workspace.look();
        kept.place(WATCHED).unwrap();
        kill(kept);
        assert_eq!(workspace.recover(), [Restored::AsBefore]);
        assert_eq!(workspace.content().as_deref(), users);
        assert_eq!(workspace.recover(), []);
    }
}

#[test]
fn a_change_of_another_program_stays_and_the_one_from_before_is_kept() {
    let workspace = Workspace::with(Some(USERS));
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    fs::write(workspace.lock(), b"of cargo add\n").unwrap();
    let Restored::ChangedByOthers(Some(before)) = kept.restore().unwrap() else {
        panic!("it is said");
    };
    assert_eq!(workspace.content().as_deref(), Some(&b"of cargo add\n"[..]));
    assert_eq!(fs::read(before).unwrap(), USERS);
}

#[test]
fn the_time_comes_back_when_another_program_has_written_the_same_bytes() {
    let workspace = Workspace::with(Some(USERS));
    let before = workspace.modified();
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    // As an editor's `cargo metadata` does.
    fs::write(workspace.lock(), USERS).unwrap();
    assert_eq!(kept.restore().unwrap(), Restored::AsBefore);
    assert_eq!(workspace.content().as_deref(), Some(USERS));
    assert_eq!(workspace.modified(), before);
    assert_eq!(workspace.recover(), []);
}

#[test]
fn a_watched_lock_file_of_another_target_folder_is_not_taken_for_the_users() {
    let workspace = Workspace::with(Some(USERS));
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    let other = workspace.folder.path().join("other");
    let look = || Kept::look_within(workspace.folder.path(), &other, Duration::ZERO);
    let Err(CommandError::AlreadyWatched(path)) = look() else {
        panic!("it is refused");
    };
    assert!(path.ends_with("Cargo.lock"), "{}", path.display());
    kept.restore().unwrap();
    assert_eq!(look().unwrap().original(), Some(USERS));
}

#[test]
fn a_watched_lock_file_that_cargo_writes_later_goes_away_too() {
    for users in [Some(USERS), None] {
        let workspace = Workspace::with(users);
        let mut kept = workspace.look();
        kept.place(WATCHED).unwrap();
        kept.restore().unwrap();
        fs::write(workspace.lock(), WATCHED).unwrap();
        kept.look_again().unwrap();
        assert_eq!(workspace.content().as_deref(), users);
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_read_only_file_read_only() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let workspace = Workspace::with(None);
    let elsewhere = workspace.folder.path().join("elsewhere.lock");
    fs::write(&elsewhere, USERS).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o444)).unwrap();
    symlink("elsewhere.lock", workspace.lock()).unwrap();
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    assert_eq!(workspace.content().as_deref(), Some(WATCHED));
    kept.restore().unwrap();
    assert_eq!(workspace.content().as_deref(), Some(USERS));
    assert!(fs::symlink_metadata(workspace.lock()).unwrap().is_symlink());
    let mode = fs::metadata(&elsewhere).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o444);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_stays_one() {
    let workspace = Workspace::with(None);
    std::os::unix::fs::symlink("elsewhere.lock", workspace.lock()).unwrap();
    let mut kept = workspace.look();
    kept.place(WATCHED).unwrap();
    assert_eq!(workspace.content().as_deref(), Some(WATCHED));
    kept.restore().unwrap();
    let link = fs::read_link(workspace.lock()).unwrap();
    assert_eq!(link, Path::new("elsewhere.lock"));
    assert_eq!(workspace.content(), None);
}
