//! What processes leave beside their reports: folders with a file of JSON for each.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// A file of at most so many bytes, as `parse` reads it.
pub(super) fn read<T>(
    path: &Path,
    most: u64,
    parse: impl FnOnce(&str) -> io::Result<T>,
) -> io::Result<T> {
    let invalid = |message: String| io::Error::new(ErrorKind::InvalidData, message);
    // A pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(invalid("it is no file".to_owned()));
    }
    let mut text = String::new();
    let read = fs::File::open(path)?
        .take(most.saturating_add(1))
        .read_to_string(&mut text)?;
    if read as u64 > most {
        return Err(invalid(format!("it is larger than {most} bytes")));
    }
    parse(&text)
}

/// The files of a folder by name, each with the error that it could not be read with. Empty if there are none.
pub(super) fn read_all<T>(
    folder: &Path,
    read: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<Vec<(String, io::Result<T>)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A file that is being written has another ending.
        if name.ends_with(".json") && !name.starts_with('.') {
            files.push((name, read(&entry.path())));
        }
    }
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}
