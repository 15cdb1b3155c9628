//! Manifests, sources and folders, by tables. The package `redhanded-shims` builds and runs what comes out.

mod folders;
mod manifests;
mod sources;
mod streams;

use super::{Library, key_of};
use semver::Version;
use std::path::PathBuf;

fn library(name: &str, version: &str, below: Option<&str>) -> Library {
    Library {
        name: name.to_owned(),
        version: parse(version),
        source: PathBuf::from("/registry").join(format!("{name}-{version}")),
        below: below.map(parse),
        streams: Vec::new(),
    }
}

fn parse(version: &str) -> Version {
    version.parse().expect("a version")
}

#[test]
fn a_line_of_versions_is_known_with_all_its_patch_releases() {
    for (name, version, expected) in [
        ("tungstenite", "0.25.0", false),
        ("tungstenite", "0.26.0", true),
        ("tungstenite", "0.26.2", true),
        ("tungstenite", "0.29.0", true),
        ("tungstenite", "0.29.17", true),
        ("tungstenite", "0.29.1+build", true),
        ("tungstenite", "0.30.0", true),
        ("tungstenite", "0.30.0-rc.1", false),
        ("tungstenite", "0.31.0", false),
        ("tungstenite", "1.26.0", false),
        ("tokio-tungstenite", "0.24.0", false),
        ("tokio-tungstenite", "0.27.3", true),
        ("async-tungstenite", "0.28.2", false),
        ("async-tungstenite", "0.29.1", true),
        ("async-tungstenite", "0.35.0", true),
        ("async-tungstenite", "0.36.0", false),
        ("fastwebsockets", "0.28.0", false),
        ("redhanded-upstream-tungstenite", "0.29.0", false),
    ] {
        let known = super::is_known(name, &parse(version));
        assert_eq!(known, expected, "{name} {version}");
    }
}

#[test]
fn each_version_has_a_key_that_a_manifest_takes() {
    for (version, expected) in [
        ("0.29.0", "redhanded-tungstenite-0-29-0"),
        ("0.29.1+a.b", "redhanded-tungstenite-0-29-1-a-b"),
    ] {
        assert_eq!(key_of("tungstenite", &parse(version)), expected);
    }
}
