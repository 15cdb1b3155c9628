//! Moves lock files, so that every other program sees a whole one at any time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// The name of a kept lock file.
pub(super) const KEPT: &str = "Cargo.lock";

/// The content, or `None` if there is no file.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Keeps the file itself where the system can link it, with its times and permissions, and a copy elsewhere.
pub(super) fn keep(lock: &Path, kept: &Path) -> io::Result<()> {
    match fs::remove_file(kept) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    // A link into a folder that cannot be written would leave no way to put another file in its place.
    if can_be_replaced(lock) && fs::hard_link(lock, kept).is_ok() {
        return Ok(());
    }
    copy(lock, kept)
}

/// Puts a file with this content in the place of the lock file.
pub(super) fn put(lock: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = temporary(lock);
    let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, lock));
    written.or_else(|_| {
        let _ = fs::remove_file(&temporary);
        write_over(lock, content)
    })
}

/// Puts the kept file back. It has its times and permissions of before.
pub(super) fn put_back(kept: &Path, lock: &Path) -> io::Result<()> {
    if can_be_replaced(lock) && fs::rename(kept, lock).is_ok() {
        return Ok(());
    }
    let temporary = temporary(lock);
    let copied = copy(kept, &temporary).and_then(|()| fs::rename(&temporary, lock));
    copied.or_else(|_| {
        let _ = fs::remove_file(&temporary);
        write_over(lock, &fs::read(kept)?)?;
        with_times_of(kept, lock)
    })
}

fn temporary(lock: &Path) -> std::path::PathBuf {
    lock.with_file_name(".Cargo.lock.redhanded")
}

fn can_be_replaced(lock: &Path) -> bool {
    let temporary = temporary(lock);
    let is_made = File::create(&temporary).is_ok();
    is_made && fs::remove_file(&temporary).is_ok()
}

/// In a folder that is read-only, the file can still be written.
pub(super) fn write_over(lock: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).truncate(true).open(lock)?;
    file.write_all(content)
}

/// With permissions, as `fs::copy` does, and times.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    with_times_of(from, to)
}

fn with_times_of(from: &Path, to: &Path) -> io::Result<()> {
    let is = fs::metadata(from)?;
    let mut times = fs::FileTimes::new();
    if let Ok(modified) = is.modified() {
        times = times.set_modified(modified);
    }
    // Times can be set without the right to write.
    match File::open(to).and_then(|file| file.set_times(times)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        set => set,
    }
}
