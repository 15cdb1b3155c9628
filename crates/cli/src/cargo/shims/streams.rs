//! Which streams of other libraries the detector is to know: those of libraries that are in the tree already. Pure.

use super::ShimError;
use semver::{Version, VersionReq};
use std::fs;
use std::path::Path;
use toml::{Table, Value};

/// The features of the detector that only make more streams known.
const STREAMS: [&str; 9] = [
    "async-io",
    "async-net",
    "hyper-util",
    "mio",
    "native-tls",
    "rustls",
    "socket2",
    "tokio",
    "tokio-util",
];

/// The features of the detector for the streams of libraries in a tree, given by name and version. No package comes into the
/// tree by them. `redhanded` is the folder of redhanded's own sources.
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
    let is_free = |feature: &&str| is_free(detector, tree, feature);
    let free = STREAMS.into_iter().filter(is_free);
    free.map(str::to_owned).collect()
}

/// Whether everything that the feature depends on is in the tree.
fn is_free(detector: &Table, tree: &[(&str, &Version)], feature: &str) -> bool {
    let entries = detector
        .get("features")
        .and_then(|features| features.get(feature)?.as_array());
    entries.is_some_and(|entries| {
        let mut entries = entries.iter().filter_map(Value::as_str);
        entries.all(|entry| match entry.strip_prefix("dep:") {
            Some(dependency) => is_in(detector, tree, dependency),
            None => is_free(detector, tree, entry),
        })
    })
}

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
