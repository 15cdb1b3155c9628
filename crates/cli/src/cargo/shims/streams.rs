//! Which streams of other libraries the detector is to know: those of libraries that are in the tree already. Pure.

use super::ShimError;
use semver::{Version, VersionReq};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// The features of the detector that make streams known, each with the libraries whose streams they are, as the detector's
/// manifest names them.
pub(super) const STREAMS: [(&str, &[&str]); 9] = [
    ("async-io", &["async-io"]),
    ("async-net", &["async-net"]),
    ("hyper-util", &["hyper-util", "tokio"]),
    ("mio", &["mio"]),
    ("native-tls", &["native-tls-crate", "tokio-native-tls"]),
    ("rustls", &["rustls", "tokio-rustls"]),
    ("socket2", &["socket2"]),
    ("tokio", &["tokio"]),
    ("tokio-util", &["tokio-util", "tokio"]),
];

/// The features of the detector for the streams of libraries in a tree, given by name and version. None of these libraries
/// comes into the tree by them. `redhanded` is the folder of redhanded's own sources.
///
/// # Errors
/// If the detector's manifest cannot be read.
pub fn streams<'t>(
    redhanded: &Path,
    tree: impl IntoIterator<Item = (&'t str, &'t Version)>,
) -> Result<Vec<String>, ShimError> {
    let path = redhanded.join("crates/core/Cargo.toml");
    let text = fs::read_to_string(&path).map_err(ShimError::read(&path))?;
    let manifest = text.parse().map_err(|error| ShimError::Manifest {
        path,
        message: format!("{error}"),
    })?;
    let tree: Vec<_> = tree.into_iter().collect();
    Ok(features(&manifest, &tree))
}

pub(super) fn features(detector: &Table, tree: &[(&str, &Version)]) -> Vec<String> {
    let is_there = |libraries: &[&str]| libraries.iter().all(|it| is_in(detector, tree, it));
    let features = STREAMS.into_iter();
    features
        .filter(|(_, libraries)| is_there(libraries))
        .map(|(feature, _)| feature.to_owned())
        .collect()
}

/// Whether the tree has a version that the detector takes.
fn is_in(detector: &Table, tree: &[(&str, &Version)], dependency: &str) -> bool {
    let Some(asked) = detector
        .get("dependencies")
        .and_then(|dependencies| dependencies.get(dependency))
    else {
        return false;
    };
    let package = asked.get("package").and_then(Value::as_str);
    let package = package.unwrap_or(dependency);
    let versions = asked.get("version").unwrap_or(asked).as_str();
    let versions = versions.and_then(|versions| VersionReq::parse(versions).ok());
    versions.is_some_and(|versions| {
        tree.iter()
            .any(|(name, version)| *name == package && versions.matches(version))
    })
}
