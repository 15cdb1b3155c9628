//! The manifests of shims and of copies, made from the library's own. Pure.
//!
//! The library's own manifest is the one that cargo normalizes for a registry: no workspace, no path, plain tables.

use super::folder::Files;
use super::{Library, ShimError, UPSTREAM, key_of, upstream_name};
use std::path::Path;
use toml::{Table, Value};

/// The key under which the shim of tokio-tungstenite has the shim of tungstenite.
const WATCHED: &str = "redhanded-watched-tungstenite";

/// Where the packages are that a shim depends on.
#[derive(Debug)]
pub(super) struct Places {
    /// `redhanded-core`.
    core: String,
    /// The library's name.
    name: String,
    /// The shim of the tungstenite below, as seen from the shim.
    tungstenite: Option<String>,
    /// The features of `redhanded-core` for the streams in the tree.
    streams: Vec<String>,
}

impl Places {
    pub(super) fn new(redhanded: &Path, library: &Library) -> Self {
        let beside = |version| format!("../{}", key_of("tungstenite", version));
        Places {
            core: path(&redhanded.join("crates/core")),
            name: library.name.clone(),
            tungstenite: library.below.as_ref().map(beside),
            streams: library.streams.clone(),
        }
    }

    pub(super) fn needs_tungstenite(&self, library: &Library) -> Result<(), ShimError> {
        match self.tungstenite {
            Some(_) => Ok(()),
            None => Err(ShimError::NoTungstenite {
                name: library.name.clone(),
            }),
        }
    }

    /// The detector, with its page, and with these features and those for the streams in the tree.
    fn core(&self, features: &[&str]) -> Value {
        let streams = self.streams.iter().map(String::as_str);
        let mut all = vec!["detect", "dashboard"];
        all.extend(features);
        all.extend(streams.filter(|stream| !features.contains(stream)));
        let mut core = Table::new();
        core.insert("path".into(), self.core.clone().into());
        core.insert("features".into(), names(&all));
        core.into()
    }

    /// The copy of the tungstenite below, as seen from a folder so far below the shims' folder.
    fn upstream_tungstenite(&self, prefix: &str) -> Option<Value> {
        let below = self.tungstenite.as_ref()?;
        Some(package(
            &upstream_name("tungstenite"),
            &format!("{prefix}{below}/{UPSTREAM}"),
        ))
    }
}

/// The library's own manifest.
pub(super) fn parse(files: &Files, source: &Path) -> Result<Table, ShimError> {
    let path = source.join("Cargo.toml");
    let file = files.get(Path::new("Cargo.toml"));
    let text = file.map_or("", |file| str::from_utf8(file).unwrap_or_default());
    let table: Table = text.parse().map_err(|error| ShimError::Manifest {
        path: path.clone(),
        message: format!("{error}"),
    })?;
    if !table.get("package").is_some_and(Value::is_table) {
        let message = "it has no [package]".to_owned();
        return Err(ShimError::Manifest { path, message });
    }
    Ok(table)
}

/// The copy of tungstenite or tokio-tungstenite: renamed, and with nothing that only the library's authors need.
pub(super) fn copy(original: &Table, places: &Places) -> String {
    let mut manifest = bare(original);
    let package = table(&mut manifest, "package");
    package.insert("name".into(), upstream_name(&places.name).into());
    let tungstenite = places.upstream_tungstenite("../");
    for dependencies in all_dependencies(&mut manifest) {
        redirect(dependencies, "tungstenite", tungstenite.as_ref());
    }
    text(&manifest)
}

/// The shim of tungstenite.
pub(super) fn tungstenite(original: &Table, places: &Places) -> String {
    let mut manifest = shim(original);
    forward_features(&mut manifest, &places.name, |entry| entry.to_owned());
    let dependencies = table(&mut manifest, "dependencies");
    dependencies.insert(
        places.name.clone(),
        without_defaults(package(&upstream_name(&places.name), UPSTREAM)),
    );
    dependencies.insert("redhanded-core".into(), places.core(&[]));
    dependencies.insert("ref-cast".into(), "1.0.20".into());
    text(&manifest)
}

/// The shim of tokio-tungstenite.
pub(super) fn tokio(original: &Table, places: &Places) -> String {
    let mut manifest = shim(original);
    // What the library asks of tungstenite, the shim asks of the shim below it.
    let of_watched = |entry: &str| match entry.strip_prefix("tungstenite/") {
        Some(feature) => format!("{WATCHED}/{feature}"),
        None => entry.to_owned(),
    };
    forward_features(&mut manifest, &places.name, of_watched);
    let dependencies = table(&mut manifest, "dependencies");
    let own = package(&upstream_name(&places.name), UPSTREAM);
    dependencies.insert(places.name.clone(), without_defaults(own));
    let below = places.tungstenite.as_deref().unwrap_or_default();
    dependencies.insert(
        WATCHED.into(),
        without_defaults(package("tungstenite", below)),
    );
    if let Some(upstream) = places.upstream_tungstenite("") {
        dependencies.insert("tungstenite".into(), without_defaults(upstream));
    }
    dependencies.insert("redhanded-core".into(), places.core(&["tokio"]));
    // The drop-in makes tokio's sockets known.
    add_features(dependencies, "tokio", &["io-util", "net"]);
    text(&manifest)
}

/// The shim of async-tungstenite: the library itself, over the shim of tungstenite.
pub(super) fn asynchronous(original: &Table, places: &Places) -> String {
    let mut manifest = bare(original);
    let lib = table(&mut manifest, "lib");
    lib.insert("path".into(), format!("{UPSTREAM}/src/lib.rs").into());
    let below = places.tungstenite.as_deref().unwrap_or_default();
    let tungstenite = package("tungstenite", below);
    for dependencies in all_dependencies(&mut manifest) {
        redirect(dependencies, "tungstenite", Some(&tungstenite));
    }
    let core = places.core(&[]);
    table(&mut manifest, "dependencies").insert("redhanded-core".into(), core);
    for (feature, also) in [
        ("tokio-runtime", "redhanded-core/tokio"),
        ("smol-runtime", "redhanded-core/async-net"),
        ("__tokio-rustls", "redhanded-core/rustls"),
        ("tokio-native-tls", "redhanded-core/native-tls"),
    ] {
        add_to_feature(&mut manifest, feature, also);
    }
    text(&manifest)
}

/// The manifest of a shim, without what the shim depends on: the library's name, version, features and dependencies.
fn shim(original: &Table) -> Table {
    let mut manifest = bare(original);
    let package = table(&mut manifest, "package");
    // That of redhanded's own sources.
    package.insert("edition".into(), "2024".into());
    package.remove("rust-version");
    let lib = table(&mut manifest, "lib");
    lib.retain(|key, _| key == "name");
    manifest
}

/// A manifest without what only the authors of a library need.
fn bare(original: &Table) -> Table {
    const KEPT_OF_PACKAGE: [&str; 8] = [
        "name",
        "version",
        "edition",
        "rust-version",
        "build",
        "links",
        "license",
        "description",
    ];
    let mut manifest = original.clone();
    manifest.retain(|key, _| {
        [
            "package",
            "lib",
            "features",
            "dependencies",
            "build-dependencies",
            "target",
        ]
        .contains(&key)
    });
    if let Some(Value::Table(targets)) = manifest.get_mut("target") {
        for (_, target) in targets.iter_mut() {
            target
                .as_table_mut()
                .map(|target| target.remove("dev-dependencies"));
        }
    }
    let package = table(&mut manifest, "package");
    package.retain(|key, _| KEPT_OF_PACKAGE.contains(&key));
    package.insert("publish".into(), false.into());
    for auto in ["autobins", "autoexamples", "autotests", "autobenches"] {
        package.insert(auto.into(), false.into());
    }
    let mut lints = Table::new();
    lints.insert("warnings".into(), "allow".into());
    manifest.insert(
        "lints".into(),
        Table::from_iter([("rust".to_owned(), lints.into())]).into(),
    );
    manifest
}

/// Every feature of the shim switches on the same feature of the copy, also those that an optional dependency is by itself.
fn forward_features(manifest: &mut Table, copy: &str, entry: impl Fn(&str) -> String) {
    let optional = optional_dependencies(manifest);
    let features = table(manifest, "features");
    let is_hidden = |dependency: &String| {
        let hidden = format!("dep:{dependency}");
        features
            .values()
            .filter_map(Value::as_array)
            .flatten()
            .any(|entry| entry.as_str() == Some(&hidden))
    };
    let implicit: Vec<_> = optional
        .into_iter()
        .filter(|dependency| !features.contains_key(dependency) && !is_hidden(dependency))
        .collect();
    for dependency in implicit {
        let itself = Value::from(vec![Value::from(format!("dep:{dependency}"))]);
        features.insert(dependency, itself);
    }
    let mut forwarded = Table::new();
    for (feature, entries) in features.iter() {
        let entries = entries.as_array().into_iter().flatten();
        let mut entries: Vec<Value> = entries
            .filter_map(Value::as_str)
            .map(|is| entry(is).into())
            .collect();
        entries.push(format!("{copy}/{feature}").into());
        entries.extend(of_core(feature).map(Value::from));
        forwarded.insert(feature.clone(), entries.into());
    }
    *features = forwarded;
}

/// The feature of the detector that goes with a feature of a library.
fn of_core(feature: &str) -> Option<&'static str> {
    match feature {
        "native-tls" => Some("redhanded-core/native-tls"),
        "__rustls-tls" => Some("redhanded-core/rustls"),
        _ => None,
    }
}

fn optional_dependencies(manifest: &mut Table) -> Vec<String> {
    let is_optional =
        |dependency: &Value| dependency.get("optional").and_then(Value::as_bool) == Some(true);
    let mut names: Vec<_> = all_dependencies(manifest)
        .into_iter()
        .flat_map(|dependencies| dependencies.iter())
        .filter(|(_, dependency)| is_optional(dependency))
        .map(|(name, _)| name.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn all_dependencies(manifest: &mut Table) -> Vec<&mut Table> {
    let mut all = Vec::new();
    for (key, value) in manifest.iter_mut() {
        let Some(value) = value.as_table_mut() else {
            continue;
        };
        match key.as_str() {
            "dependencies" | "build-dependencies" => all.push(value),
            "target" => all.extend(
                value
                    .iter_mut()
                    .filter_map(|(_, target)| target.as_table_mut())
                    .flat_map(|target| target.iter_mut())
                    .filter(|(key, _)| key.ends_with("dependencies"))
                    .filter_map(|(_, dependencies)| dependencies.as_table_mut()),
            ),
            _ => {}
        }
    }
    all
}

/// Makes a dependency come from another place, with the features that were asked of it.
fn redirect(dependencies: &mut Table, name: &str, to: Option<&Value>) {
    let (Some(dependency), Some(Value::Table(to))) = (dependencies.get_mut(name), to) else {
        return;
    };
    let mut redirected = match dependency.as_table() {
        Some(table) => table.clone(),
        None => Table::new(),
    };
    redirected.retain(|key, _| ["features", "default-features", "optional"].contains(&key));
    redirected.extend(to.clone());
    *dependency = redirected.into();
}

fn add_features(dependencies: &mut Table, name: &str, added: &[&str]) {
    let Some(Value::Table(dependency)) = dependencies.get_mut(name) else {
        return;
    };
    let Value::Array(features) = dependency.entry("features").or_insert_with(|| names(&[])) else {
        return;
    };
    for feature in added {
        if !features.iter().any(|is| is.as_str() == Some(feature)) {
            features.push((*feature).into());
        }
    }
}

fn add_to_feature(manifest: &mut Table, feature: &str, entry: &str) {
    let features = table(manifest, "features");
    if let Some(Value::Array(entries)) = features.get_mut(feature) {
        entries.push(entry.into());
    }
}

/// A package of another name than its key.
fn package(name: &str, path: &str) -> Value {
    let mut package = Table::new();
    package.insert("package".into(), name.into());
    package.insert("path".into(), path.into());
    package.into()
}

fn without_defaults(mut dependency: Value) -> Value {
    if let Value::Table(dependency) = &mut dependency {
        dependency.insert("default-features".into(), false.into());
    }
    dependency
}

fn names(names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| Value::from(*name))
        .collect::<Vec<_>>()
        .into()
}

/// The table under a key, made where there is none.
fn table<'t>(manifest: &'t mut Table, key: &str) -> &'t mut Table {
    let value = manifest.entry(key).or_insert_with(|| Table::new().into());
    if !value.is_table() {
        *value = Table::new().into();
    }
    match value {
        Value::Table(table) => table,
        _ => unreachable!("it has just been made one"),
    }
}

fn path(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn text(manifest: &Table) -> String {
    format!("# Written by `cargo redhanded`.\n\n{manifest}")
}
