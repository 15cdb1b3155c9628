//! The manifests of shims and copies.

use super::super::manifest::{self, Places};
use super::library;
use std::path::Path;
use toml::{Table, Value};

/// As cargo writes it for a registry.
const TUNGSTENITE: &str = r#"
[package]
edition = "2021"
rust-version = "1.71"
name = "tungstenite"
version = "0.29.0"
authors = ["Alexey Galakhov"]
build = false
include = ["src/**/*"]
autotests = false
readme = "README.md"
license = "MIT OR Apache-2.0"
[package.metadata.docs.rs]
all-features = true
[features]
__rustls-tls = ["rustls", "rustls-pki-types"]
default = ["handshake"]
handshake = ["sha1"]
native-tls = ["native-tls-crate"]
url = ["dep:url"]
[lib]
name = "tungstenite"
path = "src/lib.rs"
[[example]]
name = "client"
path = "examples/client.rs"
[[bench]]
name = "read"
path = "benches/read.rs"
[dependencies.bytes]
version = "1.9.0"
[dependencies.native-tls-crate]
version = "0.2.3"
optional = true
package = "native-tls"
[dependencies.rustls]
version = "0.23.0"
optional = true
[dependencies.rustls-pki-types]
version = "1.0"
optional = true
[dependencies.sha1]
version = "0.10"
optional = true
[dependencies.url]
version = "2.1.0"
optional = true
[dev-dependencies.criterion]
version = "0.6"
[target.'cfg(windows)'.dev-dependencies.socket2]
version = "0.6"
[lints.rust]
unused = "deny"
[profile.bench]
lto = "thin"
"#;

const TOKIO: &str = r#"
[package]
edition = "2018"
name = "tokio-tungstenite"
version = "0.29.0"
[features]
connect = ["stream", "tokio/net", "handshake"]
default = ["connect", "handshake"]
handshake = ["tungstenite/handshake"]
native-tls = ["native-tls-crate", "tungstenite/native-tls"]
stream = []
[lib]
name = "tokio_tungstenite"
path = "src/lib.rs"
[dependencies.native-tls-crate]
version = "0.2.11"
optional = true
package = "native-tls"
[dependencies.tokio]
version = "1.0.0"
features = ["io-util"]
default-features = false
[dependencies.tungstenite]
version = "0.29.0"
default-features = false
[target.'cfg(unix)'.dependencies.tungstenite]
version = "0.29.0"
features = ["url"]
[dev-dependencies.hyper]
version = "1.0"
"#;

const ASYNC: &str = r#"
[package]
edition = "2018"
name = "async-tungstenite"
version = "0.34.0"
[features]
default = ["handshake"]
handshake = ["tungstenite/handshake"]
tokio-runtime = ["tokio", "handshake"]
[lib]
name = "async_tungstenite"
path = "src/lib.rs"
[dependencies.tokio]
version = "1.0"
optional = true
[dependencies.tungstenite]
version = "0.29"
default-features = false
[dev-dependencies.smol]
version = "2.0"
"#;

fn table(text: &str) -> Table {
    text.parse().expect("a manifest")
}

fn places(name: &str, version: &str, below: Option<&str>) -> Places {
    Places::new(Path::new("/redhanded"), &library(name, version, below))
}

fn of_tokio() -> Places {
    places("tokio-tungstenite", "0.29.0", Some("0.29.0"))
}

/// What stands under these keys.
fn at<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(table.get(*first)?, |value, key| value.get(key))
}

#[track_caller]
fn assert_at(manifest: &str, expected: &[(&[&str], &str)]) {
    let manifest = table(manifest);
    for (keys, expected) in expected {
        let expected = table(&format!("is = {expected}"));
        assert_eq!(
            at(&manifest, keys),
            expected.get("is"),
            "{}",
            keys.join(".")
        );
    }
}

#[track_caller]
fn assert_absent(manifest: &str, absent: &[&[&str]]) {
    let manifest = table(manifest);
    for keys in absent {
        assert_eq!(at(&manifest, keys), None, "{}", keys.join("."));
    }
}

#[test]
fn a_copy_is_renamed_and_has_nothing_for_authors_only() {
    let places = places("tungstenite", "0.29.0", None);
    let copy = manifest::copy(&table(TUNGSTENITE), &places);
    assert_at(
        &copy,
        &[
            (&["package", "name"], r#""redhanded-upstream-tungstenite""#),
            (&["package", "version"], r#""0.29.0""#),
            (&["package", "edition"], r#""2021""#),
            (&["package", "build"], "false"),
            (&["package", "publish"], "false"),
            (&["lib", "name"], r#""tungstenite""#),
            (&["lib", "path"], r#""src/lib.rs""#),
            (&["features", "default"], r#"["handshake"]"#),
            (&["features", "url"], r#"["dep:url"]"#),
            (&["dependencies", "rustls", "optional"], "true"),
            (&["lints"], r#"{ rust = { warnings = "allow" } }"#),
        ],
    );
    assert_absent(
        &copy,
        &[
            &["dev-dependencies"],
            &["target", "cfg(windows)", "dev-dependencies"],
            &["example"],
            &["bench"],
            &["profile"],
            &["package", "metadata"],
            &["package", "include"],
            &["package", "readme"],
        ],
    );
}

#[test]
fn a_copy_depends_on_the_copy_below_it() {
    let copy = manifest::copy(&table(TOKIO), &of_tokio());
    let below = r#""../../redhanded-tungstenite-0-29-0/upstream""#;
    assert_at(
        &copy,
        &[
            (
                &["dependencies", "tungstenite"],
                &format!(
                    r#"{{ package = "redhanded-upstream-tungstenite", path = {below}, default-features = false }}"#
                ),
            ),
            (
                &["target", "cfg(unix)", "dependencies", "tungstenite"],
                &format!(
                    r#"{{ package = "redhanded-upstream-tungstenite", path = {below}, features = ["url"] }}"#
                ),
            ),
        ],
    );
}

#[test]
fn every_feature_of_the_library_is_one_of_the_shim_and_switches_on_that_of_the_copy() {
    let places = places("tungstenite", "0.29.0", None);
    let shim = manifest::tungstenite(&table(TUNGSTENITE), &places);
    let expected = r#"{
        __rustls-tls = ["rustls", "rustls-pki-types", "tungstenite/__rustls-tls", "redhanded-core/rustls"],
        default = ["handshake", "tungstenite/default"],
        handshake = ["sha1", "tungstenite/handshake"],
        native-tls = ["native-tls-crate", "tungstenite/native-tls", "redhanded-core/native-tls"],
        url = ["dep:url", "tungstenite/url"],
        native-tls-crate = ["dep:native-tls-crate", "tungstenite/native-tls-crate"],
        rustls = ["dep:rustls", "tungstenite/rustls"],
        rustls-pki-types = ["dep:rustls-pki-types", "tungstenite/rustls-pki-types"],
        sha1 = ["dep:sha1", "tungstenite/sha1"],
    }"#
    .replace('\n', " ");
    assert_at(&shim, &[(&["features"], &expected)]);
}

#[test]
fn the_shim_of_tungstenite_has_its_name_and_version_and_depends_on_the_copy() {
    let places = places("tungstenite", "0.29.0", None);
    let shim = manifest::tungstenite(&table(TUNGSTENITE), &places);
    assert_at(
        &shim,
        &[
            (&["package", "name"], r#""tungstenite""#),
            (&["package", "version"], r#""0.29.0""#),
            (&["package", "edition"], r#""2024""#),
            (&["lib"], r#"{ name = "tungstenite" }"#),
            (
                &["dependencies", "tungstenite"],
                r#"{ package = "redhanded-upstream-tungstenite", path = "upstream", default-features = false }"#,
            ),
            (
                &["dependencies", "redhanded-core"],
                r#"{ path = "/redhanded/crates/core", features = ["detect", "dashboard"] }"#,
            ),
            (&["dependencies", "bytes"], r#"{ version = "1.9.0" }"#),
            (
                &["dependencies", "native-tls-crate"],
                r#"{ version = "0.2.3", optional = true, package = "native-tls" }"#,
            ),
        ],
    );
    assert_absent(
        &shim,
        &[&["package", "rust-version"], &["dev-dependencies"]],
    );
}

#[test]
fn the_shim_of_tokio_tungstenite_is_over_both_copies_and_the_shim_below() {
    let shim = manifest::tokio(&table(TOKIO), &of_tokio());
    assert_at(
        &shim,
        &[
            (
                &["features", "handshake"],
                r#"["redhanded-watched-tungstenite/handshake", "tokio-tungstenite/handshake"]"#,
            ),
            (
                &["features", "connect"],
                r#"["stream", "tokio/net", "handshake", "tokio-tungstenite/connect"]"#,
            ),
            (
                &["features", "native-tls"],
                r#"["native-tls-crate", "redhanded-watched-tungstenite/native-tls", "tokio-tungstenite/native-tls", "redhanded-core/native-tls"]"#,
            ),
            (
                &["dependencies", "tokio-tungstenite"],
                r#"{ package = "redhanded-upstream-tokio-tungstenite", path = "upstream", default-features = false }"#,
            ),
            (
                &["dependencies", "redhanded-watched-tungstenite"],
                r#"{ package = "tungstenite", path = "../redhanded-tungstenite-0-29-0", default-features = false }"#,
            ),
            (
                &["dependencies", "tungstenite"],
                r#"{ package = "redhanded-upstream-tungstenite", path = "../redhanded-tungstenite-0-29-0/upstream", default-features = false }"#,
            ),
            (
                &["dependencies", "redhanded-core", "features"],
                r#"["detect", "dashboard", "tokio"]"#,
            ),
            (
                &["dependencies", "tokio", "features"],
                r#"["io-util", "net"]"#,
            ),
        ],
    );
}

#[test]
fn the_shim_of_async_tungstenite_is_its_own_source_over_the_shim_below() {
    let places = places("async-tungstenite", "0.34.0", Some("0.29.0"));
    let shim = manifest::asynchronous(&table(ASYNC), &places);
    assert_at(
        &shim,
        &[
            (&["package", "name"], r#""async-tungstenite""#),
            (&["package", "edition"], r#""2018""#),
            (
                &["lib"],
                r#"{ name = "async_tungstenite", path = "upstream/src/lib.rs" }"#,
            ),
            (
                &["features", "tokio-runtime"],
                r#"["tokio", "handshake", "redhanded-core/tokio"]"#,
            ),
            (
                &["dependencies", "tungstenite"],
                r#"{ package = "tungstenite", path = "../redhanded-tungstenite-0-29-0", default-features = false }"#,
            ),
            (
                &["dependencies", "redhanded-core", "path"],
                r#""/redhanded/crates/core""#,
            ),
        ],
    );
    assert_absent(&shim, &[&["dev-dependencies"]]);
}

#[test]
fn what_is_no_manifest_is_an_error_that_names_the_file() {
    for (text, expected) in [
        (
            None,
            "/registry/Cargo.toml cannot be used: it has no [package]",
        ),
        (
            Some("[dependencies]"),
            "/registry/Cargo.toml cannot be used: it has no [package]",
        ),
        (
            Some("package = ["),
            "/registry/Cargo.toml cannot be used: TOML parse error",
        ),
    ] {
        let files = text.map(|text| ("Cargo.toml".into(), text.into()));
        let files = files.into_iter().collect();
        let error = manifest::parse(&files, Path::new("/registry")).expect_err("no manifest");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[test]
fn the_detector_knows_the_streams_in_the_tree() {
    let mut library = library("tokio-tungstenite", "0.29.0", Some("0.29.0"));
    library.streams = ["mio", "tokio"].map(str::to_owned).into();
    let places = Places::new(Path::new("/redhanded"), &library);
    let features: &[&str] = &["dependencies", "redhanded-core", "features"];
    for (shim, expected) in [
        (
            manifest::tokio(&table(TOKIO), &places),
            r#"["detect", "dashboard", "tokio", "mio"]"#,
        ),
        (
            manifest::asynchronous(&table(ASYNC), &places),
            r#"["detect", "dashboard", "mio", "tokio"]"#,
        ),
    ] {
        assert_at(&shim, &[(features, expected)]);
    }
}
