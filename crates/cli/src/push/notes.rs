//! What an engine has taken, noted beside the reports: a line for each item, with its id.

use super::identity::Id;
use super::survey::Due;
use fs4::fs_std::FileExt;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The folder of the notes, in a directory of reports.
const FOLDER: &str = "pushed";

/// What was taken before, of all directories. While it lives, no other push of these directories to this engine runs.
pub(super) struct Notes {
    taken: HashSet<Id>,
    files: HashMap<PathBuf, File>,
}

impl Notes {
    /// Reads the notes beside these reports, and makes them where there are none.
    pub(super) fn open(due: &[Due], engine: &str) -> Result<Notes, String> {
        let mut notes = Notes {
            taken: HashSet::new(),
            files: HashMap::new(),
        };
        for due in due {
            let directory = directory_of(&due.path);
            if notes.files.contains_key(directory) {
                continue;
            }
            let path = directory.join(FOLDER).join(format!("{engine}.txt"));
            let file = open(&path).map_err(|error| {
                format!("{}: what is taken cannot be noted: {error}", path.display())
            })?;
            notes.read(&file).map_err(|error| {
                format!("{}: the notes cannot be read: {error}", path.display())
            })?;
            notes.files.insert(directory.to_owned(), file);
        }
        Ok(notes)
    }

    fn read(&mut self, file: &File) -> io::Result<()> {
        for line in BufReader::new(file).split(b'\n') {
            let line = line?;
            // A process that is killed may leave half a line.
            self.taken
                .extend(std::str::from_utf8(&line).ok().and_then(Id::parse));
        }
        Ok(())
    }

    /// Whether the engine has taken this item.
    pub(super) fn has(&self, id: Id) -> bool {
        self.taken.contains(&id)
    }

    /// Notes that the engine has taken this item of this report.
    pub(super) fn note(&mut self, due: &Due, id: Id) -> io::Result<()> {
        self.taken.insert(id);
        let Some(mut file) = self.files.get(directory_of(&due.path)) else {
            return Ok(());
        };
        file.write_all(format!("{id}\n").as_bytes())
    }
}

/// The directory that a file of reports is in.
fn directory_of(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

/// Opens a file to read it from the beginning and to write at its end, and locks it.
fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(path)?;
    if !FileExt::try_lock_exclusive(&file)? {
        return Err(io::Error::other(
            "another push of this directory is at work",
        ));
    }
    let length = file.seek(SeekFrom::End(0))?;
    if length > 0 {
        // What was half written stays a line of its own.
        file.write_all(b"\n")?;
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(directory: &Path) -> Due {
        Due {
            path: directory.join("a.json"),
            fingerprint: String::new(),
            group: String::new(),
            run: String::new(),
            count: 1,
        }
    }

    #[test]
    fn what_is_noted_is_known_the_next_time_and_by_no_other_engine() {
        let directory = tempfile::tempdir().expect("a directory");
        let due = due(directory.path());
        let (one, other) = (Id::of(&["one"]), Id::of(&["other"]));
        let open = |engine| Notes::open(std::slice::from_ref(&due), engine).expect("notes");
        open("a").note(&due, one).expect("noted");
        let mut again = open("a");
        assert!(again.has(one) && !again.has(other) && !open("b").has(one));
        again.note(&due, other).expect("noted");
        drop(again);
        assert!(open("a").has(one) && open("a").has(other));
    }

    #[test]
    fn half_a_line_is_no_note_and_does_no_harm() {
        let directory = tempfile::tempdir().expect("a directory");
        let due = due(directory.path());
        let id = Id::of(&["one"]);
        let open = || Notes::open(std::slice::from_ref(&due), "a").expect("notes");
        drop(open());
        let path = directory.path().join("pushed/a.txt");
        fs::write(path, &id.to_string()[..20]).expect("our own directory");
        let mut notes = open();
        assert!(!notes.has(id));
        notes.note(&due, id).expect("noted");
        drop(notes);
        assert!(open().has(id));
    }

    #[test]
    fn two_pushes_of_one_directory_do_not_run_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        let due = [due(directory.path())];
        let _first = Notes::open(&due, "a").expect("notes");
        let second = Notes::open(&due, "a").err().expect("it is locked");
        assert!(
            second.contains("another push of this directory is at work"),
            "{second}"
        );
    }
}
