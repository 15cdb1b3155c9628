//! The files of a project, before and after.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The content of each file, and when it was written.
pub(crate) type Files = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

/// Every file below the folder, except what a build of the project itself has left.
pub(crate) fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    add(folder, &mut files);
    files
}

fn add(folder: &Path, files: &mut Files) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                add(&path, files);
            }
        } else {
            let modified = path.metadata().and_then(|metadata| metadata.modified());
            let content = fs::read(&path).expect("a file");
            files.insert(path, (content, modified.expect("a time")));
        }
    }
}

/// Each file that is not as it was, in a sentence.
pub(crate) fn differences(before: &Files, after: &Files) -> Vec<String> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let gone = gone.map(|path| format!("{} is gone", path.display()));
    let changed = after.iter().filter_map(|(path, (content, modified))| {
        let what = match before.get(path) {
            None => "is new",
            Some((was, _)) if was != content => "has changed",
            Some((_, was)) if was != modified => "has another time",
            Some(_) => return None,
        };
        Some(format!("{} {what}", path.display()))
    });
    gone.chain(changed).collect()
}
