//! Frames of every kind, with the origin that they must have.

mod line_tables;
mod own_names;

use super::*;

const STD: Option<&str> = Some("/rustc/5980761/library/core/src/ops/function.rs");
const OWN: Option<&str> = Some("/home/me/chat/src/main.rs");

fn assert_sorted(cases: &[(&str, Option<&str>, Origin)]) {
    for (function, file, expected) in cases {
        assert_eq!(origin(function, *file), *expected, "{function} in {file:?}");
    }
}

fn of_package(package: &str) -> Option<Origin> {
    let file =
        format!("/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/{package}/src/lib.rs");
    Some(origin("<F as app::Trait>::poll", Some(&file)))
}

#[test]
fn frames_are_sorted_by_whose_code_they_are() {
    assert_sorted(&[
        ("app::reader::{{closure}}", OWN, Origin::App),
        (
            "redhanded::watched::tungstenite::WebSocket<S>::send",
            Some("/w/src/watched/t.rs"),
            Origin::Redhanded,
        ),
        (
            "<redhanded::watched::stream::Watched<S> as std::io::Write>::write",
            None,
            Origin::Redhanded,
        ),
        (
            "<redhanded_core::tap::Tap<S> as std::io::Write>::write",
            None,
            Origin::Redhanded,
        ),
        (
            "std::thread::Builder::spawn",
            Some("/rustc/5980/library/std/src/thread.rs"),
            Origin::Runtime,
        ),
        ("<F as core::ops::FnOnce>::call_once", STD, Origin::Runtime),
        (
            "tungstenite::protocol::WebSocket<S>::send",
            Some("/root/.cargo/registry/src/index/tungstenite-0.30.0/src/protocol/mod.rs"),
            Origin::Dependency,
        ),
        (
            "app::util::Shared<T>::get",
            Some("C:\\Users\\me\\chat\\src\\util.rs"),
            Origin::App,
        ),
        (
            "tungstenite::protocol::WebSocket<S>::send",
            Some(
                "C:\\Users\\me\\.cargo\\registry\\src\\index\\tungstenite-0.30.0\\src\\protocol\\mod.rs",
            ),
            Origin::Dependency,
        ),
        (
            "__libc_start_call_main",
            Some("./csu/../sysdeps/nptl/x.h"),
            Origin::Runtime,
        ),
        (
            "epoll_wait",
            Some("../sysdeps/unix/sysv/linux/epoll_wait.c"),
            Origin::Runtime,
        ),
        ("start_thread", None, Origin::Runtime),
        ("main", None, Origin::Runtime),
        ("app::main", OWN, Origin::App),
    ]);
}

#[test]
fn packages_of_async_runtimes_are_runtime_and_those_of_web_frameworks_are_not() {
    for package in [
        "tokio-1.54.1",
        "tokio-util-0.7.13",
        "tokio-stream-0.1.17",
        "futures-util-0.3.34",
        "mio-1.2.4",
    ] {
        assert_eq!(of_package(package), Some(Origin::Runtime), "{package}");
    }
    for package in [
        "async-std-1.13.0",
        "async-executor-1.13.1",
        "smol-2.0.2",
        "futures-lite-2.6.0-alpha.1",
    ] {
        assert_eq!(of_package(package), Some(Origin::Runtime), "{package}");
    }
    for package in [
        "hyper-1.12.0",
        "hyper-util-0.1.21",
        "tower-0.5.2",
        "axum-0.8.9",
        "fastwebsockets-0.10.0",
    ] {
        assert_eq!(of_package(package), Some(Origin::Dependency), "{package}");
    }
    for package in [
        "tokio-tungstenite-0.30.0",
        "tokio-rustls-0.26.0",
        "md-5-0.10.6",
        "smolscale-0.4.0",
    ] {
        assert_eq!(of_package(package), Some(Origin::Dependency), "{package}");
    }
    for package in ["redhanded-0.1.0", "redhanded-core-0.1.0"] {
        assert_eq!(of_package(package), Some(Origin::Redhanded), "{package}");
    }
    assert_eq!(of_package("redhanded-demo-0.1.0"), Some(Origin::Dependency));
}

#[test]
fn a_checkout_and_a_name_without_a_file_tell_the_crate_too() {
    assert_sorted(&[
        (
            "tokio::runtime::task::core::Core<T,S>::poll",
            None,
            Origin::Runtime,
        ),
        (
            "tokio::net::tcp::stream::TcpStream::poll",
            Some("/w/tokio/tokio/src/net/tcp.rs"),
            Origin::Runtime,
        ),
        (
            "tokio::task::spawn",
            Some("/c/.cargo/git/checkouts/tokio-5f/0a1b2c3/tokio/src/task.rs"),
            Origin::Runtime,
        ),
        (
            "hyper::proto::h1::poll",
            Some("/c/.cargo/git/checkouts/hyper-5f/0a1b2c3/src/p.rs"),
            Origin::Dependency,
        ),
        ("futures_chat::broadcast::{{closure}}", OWN, Origin::App),
        ("async_cancelled::publish::{{closure}}", None, Origin::App),
    ]);
}

#[test]
fn an_implementation_belongs_to_the_crate_of_its_type_or_of_its_trait() {
    assert_sorted(&[
        (
            "<app::Feed as core::future::future::Future>::poll",
            OWN,
            Origin::App,
        ),
        (
            "<app::Socket<S> as tokio::io::async_write::AsyncWrite>::poll_write",
            None,
            Origin::App,
        ),
        (
            "<alloc::vec::Vec<T> as app::Encode>::encode",
            OWN,
            Origin::App,
        ),
        (
            "<tokio::net::tcp::stream::TcpStream as app::Socket>::close",
            OWN,
            Origin::App,
        ),
        (
            "<&mut T as tokio::io::async_write::AsyncWrite>::poll_write",
            None,
            Origin::Runtime,
        ),
        (
            "<tokio::time::timeout::Timeout<app::Feed> as core::future::future::Future>::poll",
            None,
            Origin::Runtime,
        ),
        (
            "<core::pin::Pin<P> as core::future::future::Future>::poll",
            None,
            Origin::Runtime,
        ),
        ("<&app::Feed as core::fmt::Debug>::fmt", None, Origin::App),
        (
            "<(app::A, app::B) as core::fmt::Debug>::fmt",
            None,
            Origin::Runtime,
        ),
        ("<[app::A] as core::fmt::Debug>::fmt", None, Origin::Runtime),
        (
            "<tungstenite::Message as redhanded::watched::Attempt>::outcome",
            None,
            Origin::Redhanded,
        ),
        (
            "<<app::Feed as app::Source>::Item as core::fmt::Debug>::fmt",
            OWN,
            Origin::App,
        ),
        ("<str>::parse", None, Origin::Runtime),
    ]);
}

#[test]
fn names_of_trait_objects_and_of_impls_in_modules_are_understood() {
    assert_sorted(&[
        ("<dyn app::Handler>::call", None, Origin::App),
        (
            "<dyn for<'a> app::Handler<&'a str> as core::ops::FnOnce<()>>::call_once",
            None,
            Origin::App,
        ),
        (
            "<(dyn app::Handler + core::marker::Send) as core::any::Any>::type_id",
            None,
            Origin::App,
        ),
        (
            "<&dyn core::ops::Fn<(), Output = i32> + core::Send as core::ops::FnOnce<()>>::call_once",
            None,
            Origin::Runtime,
        ),
        (
            "<dyn core::ops::Fn(u8) -> app::Reply as core::ops::FnOnce<(u8,)>>::call_once",
            None,
            Origin::Runtime,
        ),
        (
            "<fn(u8) -> app::Reply as app::Handler<(u8,)>>::call",
            None,
            Origin::App,
        ),
        (
            "<impl core::future::future::Future for app::Feed>::poll",
            None,
            Origin::App,
        ),
        (
            "app::feed::<impl core::future::future::Future for alloc::vec::Vec<T>>::poll",
            OWN,
            Origin::App,
        ),
        (
            "core::ops::function::impls::<impl core::ops::FnOnce<A> for &mut F>::call_once",
            None,
            Origin::Runtime,
        ),
        (
            "redhanded::watched::tap::polled::<impl tokio::io::AsyncWrite for Tap<S>>::poll_write",
            None,
            Origin::Redhanded,
        ),
    ]);
}

#[test]
fn what_drops_an_async_function_is_in_front_where_it_has_the_functions_place() {
    assert_sorted(&[
        (
            "core::ptr::drop_in_place<app::publish::{{closure}}>",
            OWN,
            Origin::App,
        ),
        (
            "core::ptr::drop_in_place::<app::publish::{closure#0}>",
            OWN,
            Origin::App,
        ),
        (
            "core::ptr::drop_in_place<app::publish::{{closure}}>",
            STD,
            Origin::Runtime,
        ),
        (
            "core::ptr::drop_in_place<app::publish::{{closure}}>",
            None,
            Origin::Runtime,
        ),
        (
            "core::ptr::drop_in_place<redhanded::Tap<app::Socket>>",
            OWN,
            Origin::Redhanded,
        ),
        (
            "core::ptr::drop_in_place<tokio::sync::Mutex<app::Room>>",
            OWN,
            Origin::Runtime,
        ),
        (
            "core::ptr::drop_in_place<(app::A, app::B)>",
            OWN,
            Origin::Runtime,
        ),
    ]);
}

#[test]
fn names_of_the_v0_mangling_are_understood() {
    assert_sorted(&[
        ("app::broadcast::{closure#0}", OWN, Origin::App),
        ("app[4f1c2d3e]::broadcast::{closure#0}", None, Origin::App),
        (
            "<app[4f1c2d3e]::Feed as core[9a8b7c6d]::future::future::Future>::poll",
            None,
            Origin::App,
        ),
        (
            "<alloc[1a]::boxed::Box<app[4f]::Feed> as core[9a]::future::future::Future>::poll",
            None,
            Origin::Runtime,
        ),
        (
            "<redhanded[4f1c2d3e]::Tap<_> as tokio[9a]::io::AsyncWrite>::poll_write",
            None,
            Origin::Redhanded,
        ),
        (
            "tokio[4f1c2d3e]::runtime::park::CachedParkThread::block_on::<app[1a]::main::{closure#0}>",
            None,
            Origin::Runtime,
        ),
        (
            "core::ops::function::FnOnce::call_once::<app::main::{closure#0}, ()>",
            None,
            Origin::Runtime,
        ),
        (
            "<app::main::{closure#0} as core::ops::FnOnce<()>>::call_once::{shim:vtable#0}",
            None,
            Origin::Runtime,
        ),
        // A default method: the type is the application's, the code is not.
        (
            "<app::Numbers as core::iter::Iterator>::for_each::<app::main::{closure#1}>",
            STD,
            Origin::Runtime,
        ),
    ]);
    let file = "/c/.cargo/registry/src/index/futures-util-0.3.34/src/sink/mod.rs";
    assert_eq!(
        origin(
            "<app::Outgoing as futures_util::sink::SinkExt<app::Line>>::send",
            Some(file)
        ),
        Origin::Runtime
    );
}

#[test]
fn text_that_is_not_a_name_does_no_harm() {
    for name in [
        "",
        "<",
        "<<",
        "<>",
        "<&",
        "<'",
        "<for<",
        "<dyn ",
        "0x55d0c0ffee",
        "<a[",
        "->",
        "<T as",
        "é::ü",
        "<é as ü>",
    ] {
        assert_ne!(origin(name, None), Origin::Redhanded, "{name}");
    }
    assert_eq!(origin("SSL_write", None), Origin::App);
    assert_eq!(origin("0x55d0c0ffee", None), Origin::App);
    assert_eq!(origin("app+0x2724a", None), Origin::App);
    assert_eq!(origin("libc.so.6+0x2724a", None), Origin::Runtime);
}
