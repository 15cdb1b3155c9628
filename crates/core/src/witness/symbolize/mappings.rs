//! The files that are mapped into the process, and whether what the disk has under their names is still what runs.
//!
//! A program may be rebuilt, and a library updated, while it runs. Then the name leads to another file, whose symbols would
//! name wrong lines. The executable itself can be read all the same: `/proc/self/exe` is what runs, whatever has its name.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

const EXECUTABLE: &str = "/proc/self/exe";

/// A span of addresses that a file is mapped to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    range: Range<u64>,
    /// Where in the file the span begins.
    offset: u64,
    inode: u64,
    /// As the system names it: with ` (deleted)` behind it, if it has no name any more.
    path: PathBuf,
}

impl Mapping {
    /// Where in the file the address is.
    pub(super) fn offset_of(&self, address: u64) -> u64 {
        address
            .saturating_sub(self.range.start)
            .saturating_add(self.offset)
    }

    /// The name of the file, without its folder.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().as_bytes();
        let name = name.strip_suffix(DELETED).unwrap_or(name);
        String::from_utf8_lossy(name).into_owned()
    }
}

/// What the system writes behind the name of a file that was deleted, or replaced by another one.
const DELETED: &[u8] = b" (deleted)";

/// All mappings of files, by address.
pub(super) struct Mappings {
    mappings: Vec<Mapping>,
    /// The executable, as the system names it.
    executable: Option<PathBuf>,
    /// A path that leads to the executable whatever has its name.
    running: PathBuf,
}

/// The file from which the symbols of a mapping can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    File(PathBuf),
    /// Its name leads to another file now, or to none.
    Replaced,
}

impl Mappings {
    /// As they are now. There are none where the system does not tell.
    pub(super) fn now() -> Mappings {
        Mappings {
            mappings: parse(&fs::read("/proc/self/maps").unwrap_or_default()),
            executable: fs::read_link(EXECUTABLE).ok(),
            running: EXECUTABLE.into(),
        }
    }

    /// The mapping that an address is in.
    pub(super) fn at(&self, address: u64) -> Option<&Mapping> {
        let behind = self
            .mappings
            .partition_point(|mapping| mapping.range.start <= address);
        let mapping = self.mappings.get(behind.checked_sub(1)?)?;
        mapping.range.contains(&address).then_some(mapping)
    }

    /// Whether the mapping is of the executable.
    pub(super) fn is_executable(&self, mapping: &Mapping) -> bool {
        self.executable.as_ref() == Some(&mapping.path)
    }

    pub(super) fn source(&self, mapping: &Mapping) -> Source {
        let path = mapping.path.as_path();
        if self.is_executable(mapping) {
            return self.source_of_executable(path);
        }
        let is_same = fs::metadata(path).is_ok_and(|file| {
            // Not every file system gives both the same number. Then the beginning of the file decides: it has the build
            // id, and the place of what stands behind.
            file.ino() == mapping.inode || self.begins_alike(path)
        });
        if is_same {
            Source::File(path.to_owned())
        } else {
            Source::Replaced
        }
    }

    /// Whether the file begins as what is mapped.
    fn begins_alike(&self, path: &Path) -> bool {
        let first = self
            .mappings
            .iter()
            .find(|mapping| mapping.path == path && mapping.offset == 0);
        let page = |file: &Path, at: u64| {
            let mut page = [0; 4096];
            File::open(file)
                .and_then(|file| file.read_exact_at(&mut page, at))
                .ok()
                .map(|()| page)
        };
        first.is_some_and(|first| {
            let mapped = page(Path::new("/proc/self/mem"), first.range.start);
            mapped.is_some() && mapped == page(path, 0)
        })
    }

    /// The name of the executable is better than `/proc/self/exe`, if it leads there: debug information in a file of its own
    /// is found beside it.
    fn source_of_executable(&self, path: &Path) -> Source {
        let number = |path: &Path| {
            let file = fs::metadata(path).ok()?;
            Some((file.dev(), file.ino()))
        };
        match number(&self.running) {
            None => Source::Replaced,
            runs if runs == number(path) => Source::File(path.to_owned()),
            Some(_) => Source::File(self.running.clone()),
        }
    }
}

/// The mappings of files in the text of `/proc/self/maps`.
fn parse(maps: &[u8]) -> Vec<Mapping> {
    maps.split(|byte| *byte == b'\n')
        .filter_map(mapping)
        .collect()
}

/// `7fab1000-7fab2000 r-xp 00026000 fe:00 326279    /usr/lib/libc.so.6`.
fn mapping(line: &[u8]) -> Option<Mapping> {
    // A path may have spaces in it. What is no file has no slash at the beginning.
    let at = line.iter().position(|byte| *byte == b'/')?;
    let (numbers, path) = line.split_at(at);
    let mut words = std::str::from_utf8(numbers).ok()?.split_ascii_whitespace();
    let hexadecimal = |text: &str| u64::from_str_radix(text, 16).ok();
    let (start, end) = words.next()?.split_once('-')?;
    let offset = words.nth(1)?;
    let inode = words.nth(1)?;
    Some(Mapping {
        range: hexadecimal(start)?..hexadecimal(end)?,
        offset: hexadecimal(offset)?,
        inode: inode.parse().ok()?,
        path: OsStr::from_bytes(path).into(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The mappings of this process, with another path for one file.
    pub(in super::super) fn with_another_path(name: &str, path: &Path) -> Mappings {
        let mut mappings = Mappings::now();
        let inode = fs::metadata(path).expect("a file").ino();
        let executable = mappings.executable.clone();
        for mapping in &mut mappings.mappings {
            if mapping.name().starts_with(name) {
                if executable.as_ref() == Some(&mapping.path) {
                    mappings.executable = Some(path.to_owned());
                    path.clone_into(&mut mappings.running);
                }
                mapping.path = path.to_owned();
                mapping.inode = inode;
            }
        }
        mappings
    }

    #[test]
    fn the_files_of_a_process_are_read_from_its_maps() {
        let maps = b"55c3ba306000-55c3ba308000 r--p 00000000 fe:00 247282    /usr/bin/app\n\
            55c3ba308000-55c3ba30e000 r-xp 00002000 fe:00 247282                     /usr/bin/app\n\
            55c3c7b5d000-55c3c7b7e000 rw-p 00000000 00:00 0                          [heap]\n\
            7fabba95e000-7fabba961000 rw-p 00000000 00:00 0 \n\
            7fabba961000-7fabba987000 r-xp 00001000 fe:00 7    /opt/my libs/libx.so (deleted)\n\
            not a line\n";
        let mappings = Mappings {
            mappings: parse(maps),
            executable: Some("/usr/bin/app".into()),
            running: EXECUTABLE.into(),
        };
        let found = |address| {
            let mapping = mappings.at(address)?;
            let is_executable = mappings.is_executable(mapping);
            Some((mapping.name(), mapping.offset_of(address), is_executable))
        };
        for (address, expected) in [
            (0x55c3ba306000, Some(("app", 0, true))),
            (0x55c3ba308010, Some(("app", 0x2010, true))),
            (0x55c3ba30e000, None),
            (0x55c3c7b5d008, None),
            (0x7fabba961020, Some(("libx.so", 0x1020, false))),
            (0, None),
            (u64::MAX, None),
        ] {
            let expected = expected.map(|(name, offset, is)| (name.to_owned(), offset, is));
            assert_eq!(found(address), expected, "{address:#x}");
        }
        let deleted = mappings.at(0x7fabba961020).expect("it is mapped");
        assert_eq!(mappings.source(deleted), Source::Replaced);
    }

    #[test]
    fn this_executable_and_its_libraries_are_read_by_their_names() {
        let mappings = Mappings::now();
        let here = this_function();
        let own = mappings.at(here).expect("it is mapped");
        assert!(mappings.is_executable(own));
        let executable = std::env::current_exe().expect("a name");
        assert_eq!(mappings.source(own), Source::File(executable));
        let library = mappings
            .mappings
            .iter()
            .find(|mapping| mapping.name().starts_with("libc"));
        if let Some(library) = library {
            assert_eq!(mappings.source(library), Source::File(library.path.clone()));
            assert!(mappings.begins_alike(&library.path));
        }
    }

    #[test]
    fn an_executable_that_was_replaced_is_read_all_the_same_and_not_taken_for_the_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = folder.path().join("new");
        fs::write(&new, "another program").expect("a file");
        let mut mappings = Mappings::now();
        assert_eq!(
            mappings.source_of_executable(&new),
            Source::File(EXECUTABLE.into())
        );
        mappings.running = folder.path().join("none");
        assert_eq!(mappings.source_of_executable(&new), Source::Replaced);
    }

    #[test]
    fn another_file_of_the_name_is_not_taken_for_what_is_mapped() {
        let mut mappings = Mappings::now();
        let folder = tempfile::tempdir().expect("a folder");
        let another = folder.path().join("another");
        fs::write(&another, [0; 8192]).expect("a file");
        mappings.executable = None;
        for mapping in &mut mappings.mappings {
            mapping.path.clone_from(&another);
        }
        let own = mappings.at(this_function()).expect("it is mapped");
        assert_eq!(mappings.source(own), Source::Replaced);
    }

    fn this_function() -> u64 {
        this_function as *const () as u64
    }
}
