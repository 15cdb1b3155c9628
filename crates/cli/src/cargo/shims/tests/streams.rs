//! Which features the detector gets for the streams in a tree.

use super::super::streams::{STREAMS, features, streams};
use super::parse;
use super::sources::checkout;
use toml::Table;

const DETECTOR: &str = r#"
[dependencies]
tokio = { version = "1.44", optional = true }
tokio-util = { version = "0.7", optional = true }
native-tls-crate = { package = "native-tls", version = "0.2.12", optional = true }
tokio-native-tls = { version = "0.3.1", optional = true }
mio = { version = "1", optional = true }
axum = { version = "0.8", optional = true }
"#;

#[test]
fn a_feature_is_on_where_all_that_it_needs_is_in_the_tree() {
    let detector: Table = DETECTOR.parse().expect("a manifest");
    for (tree, expected) in [
        (&[][..], &[][..]),
        (&[("tokio", "1.52.1")], &["tokio"]),
        (&[("tokio", "1.40.0")], &[]),
        (&[("tokio-util", "0.7.13")], &[]),
        (
            &[("tokio-util", "0.7.13"), ("tokio", "1.44.0")],
            &["tokio", "tokio-util"],
        ),
        (&[("native-tls", "0.2.14")], &[]),
        (
            &[("native-tls", "0.2.14"), ("tokio-native-tls", "0.3.1")],
            &["native-tls"],
        ),
        (&[("mio", "0.8.11")], &[]),
        (&[("mio", "0.8.11"), ("mio", "1.0.3")], &["mio"]),
        (&[("axum", "0.8.4"), ("socket2", "0.6.0")], &[]),
    ] {
        let versions: Vec<_> = tree.iter().map(|(_, version)| parse(version)).collect();
        let named: Vec<_> = tree.iter().map(|(name, _)| *name).zip(&versions).collect();
        assert_eq!(features(&detector, &named), expected, "{tree:?}");
    }
}

#[test]
fn the_detector_has_these_features() {
    let tree = [
        ("async-io", "2.6.0"),
        ("async-net", "2.0.0"),
        ("hyper-util", "0.1.21"),
        ("mio", "1.2.4"),
        ("native-tls", "0.2.14"),
        ("rustls", "0.23.40"),
        ("socket2", "0.6.1"),
        ("tokio", "1.52.1"),
        ("tokio-native-tls", "0.3.1"),
        ("tokio-rustls", "0.26.4"),
        ("tokio-util", "0.7.20"),
    ]
    .map(|(name, version)| (name, parse(version)));
    let tree = tree.iter().map(|(name, version)| (*name, version));
    let on = streams(&checkout(), tree).expect("the checkout has a manifest");
    assert_eq!(on, STREAMS.map(|(feature, _)| feature));
    let manifest = std::fs::read_to_string(checkout().join("crates/core/Cargo.toml"));
    let detector: Table = manifest.expect("it is there").parse().expect("a manifest");
    for feature in on {
        let features = detector.get("features");
        assert!(
            features.is_some_and(|all| all.get(&feature).is_some()),
            "{feature}"
        );
    }
    let nothing = tempfile::tempdir().expect("there is a folder for temporary files");
    let error = streams(nothing.path(), []).expect_err("nothing is there");
    assert!(error.to_string().starts_with("cannot read "), "{error}");
}
