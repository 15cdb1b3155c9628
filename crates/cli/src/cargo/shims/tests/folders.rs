//! How folders get to the disk.

use super::super::ShimError;
use super::super::folder::{Folder, read};
use super::library;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Sets the time of change far back, so that a write would be seen.
fn age(path: &Path) -> SystemTime {
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let file = fs::File::options()
        .write(true)
        .open(path)
        .expect("it is there");
    file.set_modified(long_ago).expect("the system has times");
    long_ago
}

fn changed(path: &Path) -> SystemTime {
    let metadata = fs::metadata(path).expect("it is there");
    metadata.modified().expect("the system has times")
}

#[test]
fn what_is_right_is_not_written_again_and_what_does_not_belong_there_goes() {
    let disk = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = |name: &str| disk.path().join(name);
    let write = |files: &[(&str, &str)]| {
        let mut folder = Folder::default();
        files
            .iter()
            .for_each(|(path, text)| folder.add(path, *text));
        folder.write_to(disk.path()).expect("it can be written");
    };
    write(&[
        ("Cargo.toml", "same"),
        ("src/lib.rs", "old"),
        ("src/gone.rs", ""),
    ]);
    let [same, other] = ["Cargo.toml", "src/lib.rs"].map(|file| age(&path(file)));
    write(&[("Cargo.toml", "same"), ("src/lib.rs", "new")]);
    assert_eq!(changed(&path("Cargo.toml")), same);
    assert_ne!(changed(&path("src/lib.rs")), other);
    let files = read(disk.path()).expect("it can be read");
    let files: Vec<_> = files
        .into_iter()
        .map(|(path, text)| (path.display().to_string(), text))
        .collect();
    assert_eq!(
        files,
        [
            ("Cargo.toml".to_owned(), b"same".to_vec()),
            ("src/lib.rs".to_owned(), b"new".to_vec())
        ]
    );
}

#[test]
fn errors_say_what_and_where() {
    let disk = tempfile::tempdir().expect("there is a folder for temporary files");
    let write = |library| super::super::write(disk.path(), disk.path(), &[library]);
    let error = write(library("tungstenite", "0.31.0", None)).expect_err("not known");
    assert_eq!(
        error.to_string(),
        "tungstenite 0.31.0 cannot be watched: this version is not known"
    );
    let error = write(library("tungstenite", "0.29.0", None)).expect_err("not there");
    assert!(
        matches!(&error, ShimError::Read { path, .. } if *path == Path::new("/registry/tungstenite-0.29.0"))
    );
    assert!(
        error
            .to_string()
            .starts_with("cannot read /registry/tungstenite-0.29.0: "),
        "{error}"
    );

    let mut tokio = library("tokio-tungstenite", "0.29.0", None);
    tokio.source = disk.path().join("tokio");
    fs::create_dir(&tokio.source).expect("it can be written");
    fs::write(tokio.source.join("Cargo.toml"), "[package]").expect("it can be written");
    let error = write(tokio).expect_err("no tungstenite below it");
    assert!(matches!(error, ShimError::NoTungstenite { name } if name == "tokio-tungstenite"));
}

#[test]
fn a_file_in_the_place_of_a_folder_is_an_error_that_names_it() {
    let disk = tempfile::tempdir().expect("there is a folder for temporary files");
    fs::write(disk.path().join("src"), "").expect("it can be written");
    let mut folder = Folder::default();
    folder.add("src/lib.rs", "");
    let error = folder.write_to(disk.path()).expect_err("no folder");
    assert!(matches!(&error, ShimError::Write { path, .. } if *path == disk.path().join("src")));
}
