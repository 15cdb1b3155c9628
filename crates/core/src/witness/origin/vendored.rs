//! Whether the package of a file is vendored, as the disk tells.
//!
//! Cargo takes packages from a folder only if each has a `.cargo-checksum.json`. A program that runs on the machine where
//! it was built has these files, whatever the folder is called. Where the sources are not, the path alone tells.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What was found for each folder.
#[derive(Debug, Default)]
pub(in crate::witness) struct Vendored {
    by_folder: HashMap<PathBuf, Option<bool>>,
}

impl Vendored {
    /// How many folders are remembered. When there are more, all are forgotten.
    const MAX_FOLDERS: usize = 4096;

    /// Looks whether the file's package is vendored, and remembers it. `None` where the disk does not tell.
    pub(in crate::witness) fn look(&mut self, file: &str) -> Option<bool> {
        let folder = Path::new(file)
            .parent()
            .filter(|folder| folder.is_absolute())?;
        if let Some(known) = self.by_folder.get(folder) {
            return *known;
        }
        if self.by_folder.len() >= Self::MAX_FOLDERS {
            self.by_folder.clear();
        }
        let package = folder
            .ancestors()
            .find(|folder| folder.join("Cargo.toml").is_file());
        let found = package.map(|package| package.join(".cargo-checksum.json").is_file());
        self.by_folder.insert(folder.to_owned(), found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_with_checksums_is_vendored_one_without_is_not_and_of_others_nothing_is_known() {
        let root = tempfile::tempdir().expect("a folder");
        let package = |name: &str, files: &[&str]| {
            let sources = root.path().join(name).join("src/deep");
            std::fs::create_dir_all(&sources).expect("a folder");
            for file in files {
                std::fs::write(root.path().join(name).join(file), "").expect("a file");
            }
            sources.join("mod.rs").to_string_lossy().into_owned()
        };
        let unpacked = package("deps/axum", &["Cargo.toml", ".cargo-checksum.json"]);
        let own = package("vendor/chat", &["Cargo.toml"]);
        let unknown = package("elsewhere", &[]);
        let mut vendored = Vendored::default();
        for _ in 0..2 {
            assert_eq!(vendored.look(&unpacked), Some(true));
            assert_eq!(vendored.look(&own), Some(false));
            assert_eq!(vendored.look(&unknown), None);
            assert_eq!(vendored.look("src/main.rs"), None);
        }
    }
}
