//! The kernel's list of locks. A look at it disturbs no cargo that is just about to lock.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The inodes of files that are locked, `None` if the list cannot be read.
pub(super) struct Locked(Option<HashSet<u64>>);

impl Locked {
    pub(super) fn read() -> Locked {
        Locked(
            fs::read_to_string("/proc/locks")
                .ok()
                .map(|list| inodes(&list)),
        )
    }

    /// A file of another file system may have the same inode. Then a look at the file itself decides.
    pub(super) fn may_have(&self, file: &Path) -> bool {
        let is_listed = |inodes: &HashSet<u64>| {
            fs::metadata(file).is_ok_and(|metadata| inodes.contains(&metadata.ino()))
        };
        self.0.as_ref().is_none_or(is_listed)
    }
}

/// `1: FLOCK  ADVISORY  WRITE 25917 fe:00:1234 0 EOF`: the inode is behind the second colon of the sixth field.
fn inodes(list: &str) -> HashSet<u64> {
    let file = |line: &str| {
        let field = line
            .split_whitespace()
            .find(|field| field.matches(':').count() == 2)?;
        field.rsplit(':').next()?.parse().ok()
    };
    list.lines().filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_names_inodes() {
        let list = "1: FLOCK  ADVISORY  WRITE 25917 fe:00:1234 0 EOF\n\
                    1: -> FLOCK  ADVISORY  WRITE 25918 fe:00:1234 0 EOF\n\
                    2: POSIX  ADVISORY  READ 7 00:2e:99 128 128\nnonsense\n";
        assert_eq!(inodes(list), HashSet::from([1234, 99]));
    }
}
