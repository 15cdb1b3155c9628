//! A folder of files in memory, and how it gets to the disk.

use super::ShimError;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files by their paths below the folder.
pub(super) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A folder that is to be on the disk as it is here: with these files, and no others.
#[derive(Debug, Default)]
pub(super) struct Folder(Files);

impl Folder {
    /// Adds a file, or puts it in the place of one that was added before.
    pub(super) fn add(&mut self, path: &str, content: impl Into<Vec<u8>>) {
        self.0.insert(path.into(), content.into());
    }

    /// Adds files below a folder.
    pub(super) fn add_all(&mut self, below: &str, files: Files) {
        let below = Path::new(below);
        let files = files
            .into_iter()
            .map(|(path, content)| (below.join(path), content));
        self.0.extend(files);
    }

    /// Writes what is not there yet, and removes what does not belong there.
    ///
    /// A file that is right keeps its time of change: cargo builds nothing again.
    pub(super) fn write_to(&self, folder: &Path) -> Result<(), ShimError> {
        for (path, content) in &self.0 {
            let path = folder.join(path);
            if fs::read(&path).is_ok_and(|is| is == *content) {
                continue;
            }
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).map_err(ShimError::write(parent))?;
            fs::write(&path, content).map_err(ShimError::write(&path))?;
        }
        let stale = read(folder)?
            .into_keys()
            .filter(|path| !self.0.contains_key(path));
        for path in stale {
            let path = folder.join(path);
            fs::remove_file(&path).map_err(ShimError::write(&path))?;
        }
        Ok(())
    }
}

/// All files below a folder, but for hidden ones.
pub(super) fn read(folder: &Path) -> Result<Files, ShimError> {
    let mut files = Files::new();
    read_below(folder, None, &mut files)?;
    Ok(files)
}

fn read_below(folder: &Path, below: Option<&Path>, files: &mut Files) -> Result<(), ShimError> {
    let here = below.map_or_else(|| folder.to_owned(), |below| folder.join(below));
    for entry in fs::read_dir(&here).map_err(ShimError::read(&here))? {
        let entry = entry.map_err(ShimError::read(&here))?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        let path = below.map_or_else(|| PathBuf::from(&name), |below| below.join(&name));
        let whole = entry.path();
        if whole.is_dir() {
            read_below(folder, Some(&path), files)?;
        } else {
            let content = fs::read(&whole).map_err(ShimError::read(&whole))?;
            files.insert(path, content);
        }
    }
    Ok(())
}
