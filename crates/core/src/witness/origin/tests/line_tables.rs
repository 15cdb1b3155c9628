//! Frames of programs that are built with `debug = "line-tables-only"`. An inlined function has no crate in its name there.

use super::*;

const REGISTRY: &str = "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f";

#[test]
fn inlined_functions_are_sorted_by_their_files() {
    let of_tokio = format!("{REGISTRY}/tokio-1.54.1/src/task/coop/mod.rs");
    let of_futures = format!("{REGISTRY}/futures-util-0.3.34/src/sink/feed.rs");
    let of_axum = format!("{REGISTRY}/axum-0.8.9/src/extract/ws.rs");
    let sites = "/home/me/chat/src/bin/sinks.rs";
    let of_std = "/rustc/59807616/library/std/src/rt.rs";
    assert_sorted(&[
        ("main", Some(sites), Origin::App),
        ("start", Some(sites), Origin::App),
        ("smol", Some(sites), Origin::App),
        ("__private", Some(sites), Origin::App),
        ("{async_fn#0}", Some(sites), Origin::App),
        (
            "{closure#0}<tokio::net::tcp::stream::TcpStream>",
            Some(sites),
            Origin::App,
        ),
        (
            "send<tokio::net::tcp::stream::TcpStream>",
            Some("src\\bin\\sinks.rs"),
            Origin::App,
        ),
        (
            "{closure#0}<sinks::main::{async_block_env#0}>",
            Some(&of_tokio),
            Origin::Runtime,
        ),
        (
            "poll<app::Outgoing, app::Message>",
            Some(&of_futures),
            Origin::Runtime,
        ),
        ("start_send", Some(&of_axum), Origin::Dependency),
        (
            "start_send",
            Some("vendor/axum/src/extract/ws.rs"),
            Origin::Dependency,
        ),
        (
            "with_budget<core::task::poll::Poll<()>>",
            Some("vendor/tokio/src/task/coop/mod.rs"),
            Origin::Runtime,
        ),
        (
            "__rust_begin_short_backtrace<fn(), ()>",
            Some(of_std),
            Origin::Runtime,
        ),
        ("main", None, Origin::Runtime),
        (
            "clone",
            Some("../sysdeps/unix/sysv/linux/x86_64/clone.S"),
            Origin::Runtime,
        ),
    ]);
}

#[test]
fn inlined_functions_of_these_crates_are_not_the_applications() {
    let (this_crate, _) = file!().rsplit_once("src/witness/").expect("its own path");
    let below = |path: &str| format!("{this_crate}{path}");
    let drop_in = below("../../src/watched/x.rs").replace("crates/core/../../", "");
    for file in [below("src/tap/mod.rs"), drop_in] {
        assert_eq!(
            origin(
                "start_send<tokio::net::tcp::stream::TcpStream>",
                Some(&file)
            ),
            Origin::Redhanded,
            "{file}"
        );
    }
}

#[test]
fn what_the_disk_says_of_a_folder_counts_more_than_its_name() {
    let (named, not_named) = ("/w/vendor/chat/src/main.rs", "/w/deps/axum/src/lib.rs");
    for (file, is_vendored, expected) in [
        (named, None, Origin::Dependency),
        (named, Some(true), Origin::Dependency),
        (named, Some(false), Origin::App),
        (not_named, None, Origin::App),
        (not_named, Some(true), Origin::Dependency),
        (not_named, Some(false), Origin::App),
    ] {
        assert_eq!(
            origin_where("run", Some(file), is_vendored),
            expected,
            "{file} {is_vendored:?}"
        );
    }
}
