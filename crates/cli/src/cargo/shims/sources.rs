//! The source of a shim: the drop-in's own files, and the library's.

use super::ShimError;
use super::folder::{self, Files};
use super::versions::Line;
use std::path::{Path, PathBuf};

/// The drop-ins of redhanded, `src/watched`.
#[derive(Debug)]
pub(super) struct Sources {
    watched: PathBuf,
}

impl Sources {
    pub(super) fn of(redhanded: &Path) -> Self {
        Sources {
            watched: redhanded.join("src/watched"),
        }
    }

    /// The source folder of the shim of tungstenite.
    pub(super) fn tungstenite(&self, line: Line) -> Result<Files, ShimError> {
        let mut files = self.watched(&["known.rs", "known/", "tungstenite/"])?;
        name_library(&mut files, "watched/tungstenite");
        choose_line(&mut files, "watched/tungstenite", line);
        files.insert(
            "lib.rs".into(),
            include_bytes!("facades/tungstenite.rs").into(),
        );
        Ok(files)
    }

    /// The source folder of the shim of tokio-tungstenite.
    pub(super) fn tokio(&self, line: Line) -> Result<Files, ShimError> {
        let mut files = self.watched(&[
            "known.rs",
            "known/",
            "tokio_tungstenite/",
            "tungstenite/message.rs",
            "tungstenite/tls/certificates.rs",
        ])?;
        name_library(&mut files, "watched/tokio_tungstenite");
        choose_line(&mut files, "watched/tokio_tungstenite", line);
        files.values_mut().for_each(|file| {
            *file = edit(file, with_tokio);
        });
        files.insert(
            "lib.rs".into(),
            include_bytes!("facades/tokio_tungstenite.rs").into(),
        );
        Ok(files)
    }

    /// The files of `src/watched` with one of these beginnings.
    fn watched(&self, beginnings: &[&str]) -> Result<Files, ShimError> {
        let files = folder::read(&self.watched)?;
        let is_wanted = |path: &Path| {
            let path = path.to_string_lossy().replace('\\', "/");
            beginnings.iter().any(|begin| path.starts_with(begin))
        };
        Ok(files
            .into_iter()
            .filter(|(path, _)| is_wanted(path))
            .map(|(path, content)| (Path::new("watched").join(path), content))
            .collect())
    }
}

/// The drop-in knows only the line of its library. A shim has the version.
fn name_library(files: &mut Files, module: &str) {
    let library = include_bytes!("facades/library.rs");
    files.insert(Path::new(module).join("library.rs"), library.into());
}

/// Keeps the file of this line only, under the name that the module has.
fn choose_line(files: &mut Files, module: &str, line: Line) {
    let old = files.remove(&Path::new(module).join("line_0_26.rs"));
    if let (Line::From0_26, Some(old)) = (line, old) {
        files.insert(Path::new(module).join("line.rs"), old);
    }
}

/// In the shim of tokio-tungstenite, tokio is there always, and not by a feature.
fn with_tokio(source: &str) -> String {
    source.replace("feature = \"tokio\"", "all()")
}

/// A copy of the library: what is needed to compile it.
pub(super) fn copy_of(source: &Path) -> Result<Files, ShimError> {
    let mut files = folder::read(source)?;
    let is_unused = |path: &Path| {
        ["examples", "benches", "tests", "target"]
            .iter()
            .any(|folder| path.starts_with(folder))
            || path == Path::new("Cargo.lock")
            || path == Path::new("Cargo.toml.orig")
    };
    files.retain(|path, _| !is_unused(path));
    Ok(files)
}

/// Switches off the lints that the library asks for. Cargo does so for packages from a registry, but not for those from a path.
pub(super) fn quiet(mut files: Files) -> Files {
    let sources = files
        .iter_mut()
        .filter(|(path, _)| path.extension().is_some_and(|end| end == "rs"));
    for (_, file) in sources {
        *file = edit(file, |source| {
            ["deny", "forbid", "warn"]
                .iter()
                .fold(source.to_owned(), |source, level| {
                    source.replace(&format!("#![{level}("), "#![allow(")
                })
        });
    }
    files
}

/// Edits the text of a file. What is not text stays as it is.
fn edit(file: &[u8], edit: impl FnOnce(&str) -> String) -> Vec<u8> {
    match str::from_utf8(file) {
        Ok(source) => edit(source).into_bytes(),
        Err(_) => file.to_owned(),
    }
}
