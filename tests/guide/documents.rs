//! What the documents point to is there: the tests and paths that they name, and the headings that they link to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The documents that name tests and paths.
const INDEXES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this ending. Folders of build output are left out.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "venv"].contains(&&*name) {
                found.extend(files(&path, ending));
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// The text without code blocks.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// What the prose of the indexes has between backticks.
fn quoted() -> BTreeSet<String> {
    let quoted_in = |document| {
        let text = prose(&fs::read_to_string(root().join(document)).unwrap());
        let words = text.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect::<Vec<_>>()
    };
    INDEXES.into_iter().flat_map(quoted_in).collect()
}

/// Whether a word can only be the name of a test.
fn is_test(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    word.matches('_').count() >= 3 && word.chars().all(is_part)
}

/// Whether a word is a path that begins in a folder of the workspace.
fn is_path(word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_./-".contains(c);
    let folder = word.split_once('/').map_or("", |(folder, _)| folder);
    word.chars().all(is_part) && !folder.is_empty() && root().join(folder).is_dir()
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let code: String = files(root(), ".rs")
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let mut named = quoted();
    named.retain(|word| is_test(word));
    assert!(named.len() > 20, "they name tests: {named:?}");
    named.retain(|name| !code.contains(&format!("fn {name}(")));
    assert_eq!(named, BTreeSet::new(), "no test has these names");
}

#[test]
fn every_path_that_a_document_names_is_there() {
    let mut named = quoted();
    named.retain(|word| is_path(word));
    assert!(named.len() > 20, "they name paths: {named:?}");
    named.retain(|path| !root().join(path).exists());
    assert_eq!(named, BTreeSet::new(), "there is nothing at these paths");
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = prose(text);
    let headings = headings.lines().filter(|line| line.starts_with('#'));
    let letter = |c: char| match c {
        _ if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
        ' ' => Some('-'),
        _ => None,
    };
    headings
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .chars()
                .filter_map(letter)
                .collect()
        })
        .collect()
}

#[test]
fn every_link_from_a_document_leads_somewhere() {
    let mut documents: Vec<PathBuf> = files(&root().join("docs"), ".md");
    for entry in fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    assert!(documents.len() > 8, "{documents:?}");
    for document in documents {
        let text = fs::read_to_string(&document).unwrap();
        for link in prose(&text).split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.starts_with("http") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => document.clone(),
                path => document.with_file_name("").join(path),
            };
            assert!(target.exists(), "{}: {link}", document.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).unwrap());
                assert!(there.contains(anchor), "{}: {link}", document.display());
            }
        }
    }
}
