//! The sources of shims and copies.

use super::super::folder::Files;
use super::super::sources::{Sources, quiet};
use super::super::versions::Line;
use super::super::{asynchronous, sources};
use std::path::{Path, PathBuf};

pub(super) fn checkout() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates
        .and_then(Path::parent)
        .expect("crates/cli")
        .to_owned()
}

fn text<'f>(files: &'f Files, path: &str) -> Option<&'f str> {
    let file = files.get(Path::new(path))?;
    Some(str::from_utf8(file).expect("a source is text"))
}

fn files(files: &[(&str, &str)]) -> Files {
    let files = files.iter();
    files
        .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_owned()))
        .collect()
}

#[test]
fn a_shim_has_the_drop_in_of_its_line_and_no_other() {
    let sources = Sources::of(&checkout());
    for line in [Line::From0_26, Line::From0_28] {
        let tungstenite = sources.tungstenite(line).expect("the checkout has them");
        let tokio = sources.tokio(line).expect("the checkout has them");
        for (files, own) in [
            (&tungstenite, "watched/tungstenite"),
            (&tokio, "watched/tokio_tungstenite"),
        ] {
            let has_into_inner = text(files, &format!("{own}/line.rs"))
                .is_some_and(|line| line.contains("pub fn into_inner"));
            assert_eq!(has_into_inner, line == Line::From0_28, "{own}");
            assert_eq!(text(files, &format!("{own}/line_0_26.rs")), None);
            let library = text(files, &format!("{own}/library.rs")).expect("it has one");
            assert!(library.contains("CARGO_PKG_VERSION"), "{library}");
            assert!(text(files, "lib.rs").is_some_and(|lib| lib.contains("allow(warnings)")));
            assert_eq!(text(files, "watched/mod.rs"), None);
        }
        assert_eq!(text(&tungstenite, "watched/tokio_tungstenite/mod.rs"), None);
        assert_eq!(text(&tokio, "watched/tungstenite/mod.rs"), None);
        assert!(text(&tokio, "watched/tungstenite/message.rs").is_some());
    }
}

#[test]
fn in_the_shim_of_tokio_tungstenite_nothing_asks_for_a_feature_tokio() {
    let tokio = Sources::of(&checkout()).tokio(Line::From0_28);
    for (path, file) in tokio.expect("the checkout has them") {
        let source = String::from_utf8(file).expect("a source is text");
        assert!(
            !source.contains("feature = \"tokio\""),
            "{}",
            path.display()
        );
    }
}

#[test]
fn a_copy_asks_for_no_lints_and_keeps_its_lines() {
    for (is, expected) in [
        (
            "#![deny(\n    missing_docs,\n)]\n",
            "#![allow(\n    missing_docs,\n)]\n",
        ),
        ("#![forbid(unsafe_code)]", "#![allow(unsafe_code)]"),
        ("#![warn(unused)]", "#![allow(unused)]"),
        ("#![allow(clippy::all)]", "#![allow(clippy::all)]"),
        ("#![no_std]\nfn deny() {}", "#![no_std]\nfn deny() {}"),
    ] {
        let quiet = quiet(files(&[("src/lib.rs", is), ("README.md", is)]));
        assert_eq!(text(&quiet, "src/lib.rs"), Some(expected));
        assert_eq!(text(&quiet, "README.md"), Some(is));
    }
}

#[test]
fn a_copy_has_what_is_compiled_and_no_examples_or_tests() {
    let source = tempfile::tempdir().expect("there is a folder for temporary files");
    for file in [
        "Cargo.toml",
        "Cargo.lock",
        "Cargo.toml.orig",
        ".cargo-ok",
        "README.md",
        "src/lib.rs",
        "examples/client.rs",
        "benches/read.rs",
        "tests/write.rs",
    ] {
        let path = source.path().join(file);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be written");
        std::fs::write(path, "").expect("it can be written");
    }
    let copy = sources::copy_of(source.path()).expect("it can be read");
    let copied: Vec<_> = copy.keys().map(|path| path.display().to_string()).collect();
    assert_eq!(copied, ["Cargo.toml", "README.md", "src/lib.rs"]);
}

const LIB: &str = "use x;\n            self.inner.get_mut().set_waker(kind, ctx.waker());\n        self.inner.get_mut().get_mut()\n";
const COMPAT: &str =
    "impl<S> AllowStd<S> {\n    pub(crate) fn new(inner: S, waker: &Waker) -> Self {\n    }\n}\n";

#[test]
fn async_tungstenite_gets_its_lines_and_keeps_the_numbers_of_its_own() {
    let tokio =
        "impl<T> TokioAdapter<T> {\n    pub fn new(inner: T) -> Self {\n        Self { inner }\n";
    let library = files(&[
        ("src/lib.rs", LIB),
        ("src/compat.rs", COMPAT),
        ("src/tokio.rs", tokio),
        ("src/stream.rs", "enum Stream\n"),
    ]);
    let known = asynchronous::make_known(library.clone());
    for (path, line, expected) in [
        (
            "src/lib.rs",
            1,
            "            self.inner.get_ref().set_waker(kind, ctx.waker());",
        ),
        ("src/lib.rs", 2, "        self.inner.get_mut().get_mut()"),
        ("src/lib.rs", 4, "mod redhanded_streams;"),
        (
            "src/compat.rs",
            1,
            "    pub(crate) fn new(inner: S, waker: &Waker) -> Self { Self::make_known();",
        ),
        (
            "src/tokio.rs",
            1,
            "    pub fn new(inner: T) -> Self { Self::make_known();",
        ),
        ("src/stream.rs", 0, "enum Stream"),
    ] {
        let text = text(&known, path).expect("it is there");
        assert_eq!(text.lines().nth(line), Some(expected), "{path}");
    }
    for path in library.keys() {
        assert!(
            known[path].len() > library[path].len(),
            "{}",
            path.display()
        );
    }
    assert!(text(&known, "src/redhanded_streams.rs").is_some());
}

#[test]
fn an_async_tungstenite_with_other_lines_stays_as_it_is() {
    for library in [
        files(&[("src/lib.rs", LIB)]),
        files(&[("src/lib.rs", "nothing\n"), ("src/compat.rs", COMPAT)]),
        files(&[("src/lib.rs", &LIB.repeat(2)), ("src/compat.rs", COMPAT)]),
        files(&[
            ("src/lib.rs", LIB),
            ("src/compat.rs", COMPAT),
            ("src/tokio.rs", "nothing\n"),
        ]),
    ] {
        assert_eq!(asynchronous::make_known(library.clone()), library);
    }
}
