//! Made-up trees, as `cargo metadata` prints them.

use super::*;
use serde_json::{Value, json};

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// A package: its name, version, source, and the names and versions of what it depends on.
type Line<'l> = (&'l str, &'l str, Option<&'l str>, &'l [(&'l str, &'l str)]);

/// A package and the user's key of its patch.
type Patched = (String, Option<String>);

fn id(name: &str, version: &str) -> String {
    format!("{name}@{version}")
}

fn metadata(lines: &[Line]) -> Metadata {
    let packages: Vec<Value> = lines
        .iter()
        .map(|(name, version, source, _)| {
            json!({
                "name": name, "version": version, "id": id(name, version), "source": source,
                "manifest_path": format!("/src/{name}-{version}/Cargo.toml"),
                "dependencies": [], "targets": [], "features": {}, "authors": [], "categories": [],
                "keywords": [], "edition": "2021", "metadata": null,
            })
        })
        .collect();
    let nodes: Vec<Value> = lines
        .iter()
        .map(|(name, version, _, below)| {
            let below: Vec<String> = below
                .iter()
                .map(|(name, version)| id(name, version))
                .collect();
            json!({ "id": id(name, version), "dependencies": below, "deps": [], "features": [] })
        })
        .collect();
    let metadata = json!({
        "packages": packages, "workspace_members": [], "resolve": { "nodes": nodes, "root": null },
        "workspace_root": "/w", "target_directory": "/w/target", "version": 1, "metadata": null,
    });
    serde_json::from_value(metadata).expect("it is what cargo prints")
}

/// What is watched, with the user's keys of patches; and what is not, with the reasons.
fn sorted(lines: &[Line], manifest: &str) -> (Vec<Patched>, Vec<(String, Reason)>) {
    let tree = read(&metadata(lines), &manifest.parse().expect(manifest));
    let watched = tree.watched.into_iter().map(|it| {
        (
            id(&it.library.name, &it.library.version.to_string()),
            it.patch_key,
        )
    });
    let unwatched = tree
        .unwatched
        .into_iter()
        .map(|it| (id(&it.name, &it.version), it.reason));
    (watched.collect(), unwatched.collect())
}

fn watched(names: &[&str]) -> Vec<Patched> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), None))
        .collect()
}

#[test]
fn every_known_version_is_watched_the_lowest_library_first() {
    let lines: &[Line] = &[
        (
            "app",
            "1.0.0",
            None,
            &[("tokio-tungstenite", "0.29.0"), ("tungstenite", "0.27.0")],
        ),
        (
            "tokio-tungstenite",
            "0.29.0",
            Some(REGISTRY),
            &[("tungstenite", "0.29.0")],
        ),
        ("tungstenite", "0.29.0", Some(REGISTRY), &[]),
        ("tungstenite", "0.27.0", Some(REGISTRY), &[]),
    ];
    let names = [
        "tungstenite@0.27.0",
        "tungstenite@0.29.0",
        "tokio-tungstenite@0.29.0",
    ];
    assert_eq!(sorted(lines, ""), (watched(&names), vec![]));
    let below = read(&metadata(lines), &Table::new()).watched[2]
        .library
        .below
        .clone();
    assert_eq!(below, Some(Version::new(0, 29, 0)));
}

#[test]
fn what_is_not_watched_has_its_reason() {
    let lines: &[Line] = &[
        ("soketto", "0.8.1", Some(REGISTRY), &[]),
        ("tungstenite", "0.20.0", Some(REGISTRY), &[]),
        (
            "tungstenite",
            "0.29.0",
            Some("git+https://example.com/fork#1"),
            &[],
        ),
        (
            "tokio-tungstenite",
            "0.29.0",
            Some(REGISTRY),
            &[("tungstenite", "0.29.0")],
        ),
    ];
    let (watched, unwatched) = sorted(lines, "");
    assert_eq!(watched, []);
    let expected = [
        ("tungstenite@0.20.0", Reason::Version),
        ("tungstenite@0.29.0", Reason::Source),
        ("tokio-tungstenite@0.29.0", Reason::Below),
        ("soketto@0.8.1", Reason::Other),
    ];
    assert_eq!(
        unwatched,
        expected.map(|(name, reason)| (name.to_owned(), reason))
    );
}

#[test]
fn the_users_own_patch_gives_its_key() {
    let lines: &[Line] = &[("tungstenite", "0.29.0", None, &[])];
    for (manifest, key) in [
        (
            "[patch.crates-io]\ntungstenite = { path = \"fork\" }",
            "tungstenite",
        ),
        (
            "[patch.crates-io]\nmine = { package = \"tungstenite\", git = \"g\" }",
            "mine",
        ),
    ] {
        let expected = vec![("tungstenite@0.29.0".to_owned(), Some(key.to_owned()))];
        assert_eq!(sorted(lines, manifest).0, expected, "{manifest}");
    }
}

#[test]
fn what_redhanded_wraps_in_the_tree_is_left_to_it() {
    let lines: &[Line] = &[
        (
            "redhanded",
            "0.1.0",
            None,
            &[("tungstenite", "0.30.0"), ("redhanded-core", "0.1.0")],
        ),
        ("redhanded-core", "0.1.0", None, &[]),
        ("tungstenite", "0.30.0", Some(REGISTRY), &[]),
        (
            "tokio-tungstenite",
            "0.30.0",
            Some(REGISTRY),
            &[("tungstenite", "0.30.0")],
        ),
        ("tungstenite", "0.28.0", Some(REGISTRY), &[]),
    ];
    let (is_watched, unwatched) = sorted(lines, "");
    assert_eq!(is_watched, watched(&["tungstenite@0.28.0"]));
    let expected = [
        ("tungstenite@0.30.0", Reason::Redhanded),
        ("tokio-tungstenite@0.30.0", Reason::Below),
    ];
    assert_eq!(
        unwatched,
        expected.map(|(name, reason)| (name.to_owned(), reason))
    );
}

#[test]
fn a_shim_that_cargo_did_not_take_is_named() {
    let lines: &[Line] = &[("tungstenite", "0.29.0", None, &[])];
    let tree = read(
        &metadata(lines),
        &"[patch.crates-io]\ntungstenite.path = \"a\""
            .parse()
            .unwrap(),
    );
    let library = &tree.watched[0].library;
    let (taken, other) = (
        PathBuf::from("/src/tungstenite-0.29.0"),
        PathBuf::from("/src/other"),
    );
    assert_eq!(unused(&metadata(lines), [(library, &taken)]), []);
    let named = unused(&metadata(lines), [(library, &other)]);
    assert_eq!(named.len(), 1);
    assert!(named[0].is(library) && named[0].reason == Reason::Unused);
}
