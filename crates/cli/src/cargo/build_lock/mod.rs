//! Whether cargo holds the lock of a build directory: then it has resolved the tree, and reads Cargo.lock no more.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
use elsewhere as system;
#[cfg(target_os = "linux")]
use linux as system;

use fs4::fs_std::FileExt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Whether the directory of any profile or target below this target folder is locked.
pub(super) fn is_held(target: &Path) -> bool {
    let files = lock_files(target);
    if files.is_empty() {
        return false;
    }
    let locked = system::Locked::read();
    files
        .iter()
        .any(|file| locked.may_have(file) && is_locked(file))
}

/// `debug/.cargo-lock`, and `x86_64-unknown-linux-gnu/debug/.cargo-lock` of a build for a target.
fn lock_files(target: &Path) -> Vec<PathBuf> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()))
            .map(|entry| entry.path())
            .collect()
    };
    let has_lock = |folder: &PathBuf| folder.join(".cargo-lock").exists();
    let (profiles, others): (Vec<_>, Vec<_>) = folders(target).into_iter().partition(has_lock);
    let below = others
        .iter()
        .flat_map(|other| folders(other))
        .filter(has_lock);
    profiles
        .into_iter()
        .chain(below)
        .map(|folder| folder.join(".cargo-lock"))
        .collect()
}

/// Cargo's lock is exclusive, so a shared one cannot be had.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    match FileExt::try_lock_shared(&file) {
        Ok(is_free) => !is_free,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_seen_while_it_is_held_in_the_directory_of_any_profile_or_target() {
        for below in ["debug", "x86_64-unknown-linux-gnu/release"] {
            let target = tempfile::tempdir().unwrap();
            assert!(!is_held(target.path()));
            let folder = target.path().join(below);
            fs::create_dir_all(&folder).unwrap();
            let file = File::create(folder.join(".cargo-lock")).unwrap();
            assert!(!is_held(target.path()));
            FileExt::lock_exclusive(&file).unwrap();
            assert!(is_held(target.path()));
            drop(file);
            assert!(!is_held(target.path()));
        }
    }
}
