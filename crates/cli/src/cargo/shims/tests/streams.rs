//! Which features the detector gets for the streams in a tree.

use super::super::streams::{features, streams};
use super::parse;
use super::sources::checkout;
use toml::Table;

const DETECTOR: &str = r#"
[features]
tokio = ["dep:tokio"]
tokio-util = ["tokio", "dep:tokio-util"]
native-tls = ["dep:native-tls-crate", "dep:tokio-native-tls"]
mio = ["dep:mio"]
axum = ["dep:axum"]
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
    let version = parse("1.52.1");
    let on = streams(&checkout(), [("tokio", &version)]).expect("the checkout has a manifest");
    assert_eq!(on, ["tokio"]);
    let nothing = tempfile::tempdir().expect("there is a folder for temporary files");
    let error = streams(nothing.path(), []).expect_err("nothing is there");
    assert!(error.to_string().starts_with("cannot read "), "{error}");
}
