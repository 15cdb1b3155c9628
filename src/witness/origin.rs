//! Whose code a frame is, told from its function and its file.

use crate::report::Origin;

/// Crates whose frames carry other people's code along and explain nothing of it: the standard library, async runtimes
/// and executors. Whole names, because a program's own crate may well be called `futures_something`.
const RUNTIME_CRATES: [&str; 40] = [
    "std",
    "core",
    "alloc",
    "backtrace",
    "actix_rt",
    "async_channel",
    "async_executor",
    "async_global_executor",
    "async_io",
    "async_lock",
    "async_net",
    "async_std",
    "async_task",
    "blocking",
    "compio",
    "compio_runtime",
    "futures",
    "futures_channel",
    "futures_concurrency",
    "futures_core",
    "futures_executor",
    "futures_io",
    "futures_lite",
    "futures_macro",
    "futures_sink",
    "futures_task",
    "futures_timer",
    "futures_util",
    "glommio",
    "mio",
    "monoio",
    "polling",
    "pollster",
    "smol",
    "tokio",
    "tokio_macros",
    "tokio_stream",
    "tokio_uring",
    "tokio_util",
    "waker_fn",
];

/// The crates of redhanded.
const OWN_CRATES: [&str; 6] = [
    "redhanded",
    "redhanded_cli",
    "redhanded_client",
    "redhanded_core",
    "redhanded_dashboard",
    "redhanded_report",
];

/// Sorts a frame. Without debug information everything that no name gives away counts as the application's.
pub(crate) fn origin(function: &str, file: Option<&str>) -> Origin {
    let file = file.unwrap_or_default().replace('\\', "/");
    // Files first: a default method bears the name of the type that did not write it.
    if is_of_standard_library(&file) || is_system(function, &file) {
        return Origin::Runtime;
    }
    let package = package_in_registry(&file);
    // What drops the body of an async function is the compiler's, and has the function's place in the source.
    let dropped = what_is_dropped(function)
        .filter(|_| !file.is_empty())
        .and_then(crate_of_type);
    match package
        .as_deref()
        .or(dropped)
        .unwrap_or_else(|| owner(function))
    {
        owner if OWN_CRATES.contains(&owner) => Origin::Redhanded,
        owner if RUNTIME_CRATES.contains(&owner) => Origin::Runtime,
        _ if package.is_some() || file.contains("/git/checkouts/") => Origin::Dependency,
        _ => Origin::App,
    }
}

fn is_of_standard_library(file: &str) -> bool {
    file.starts_with("/rustc/")
        || file.contains("/lib/rustlib/src/")
        || file.contains("/library/std/src/")
}

fn is_system(function: &str, file: &str) -> bool {
    let first_path = function.split("::").next().unwrap_or("");
    first_path.starts_with("__")
        || file.contains("/sysdeps/")
        // What the compiler puts between a call and the function that was written.
        || function.contains("{shim:")
        || matches!(function, "_start" | "start_thread" | "clone" | "clone3" | "main" | "start" | "BaseThreadInitThunk")
}

/// `tokio_util` in `/home/me/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-util-0.7.13/src/lib.rs`.
fn package_in_registry(file: &str) -> Option<String> {
    let (_, below) = file.split_once("/registry/src/")?;
    let folder = below.split('/').nth(1)?;
    let is_version =
        |dash: &usize| folder[dash + 1..].starts_with(|first: char| first.is_ascii_digit());
    let end = folder
        .match_indices('-')
        .map(|(dash, _)| dash)
        .find(is_version)
        .unwrap_or(folder.len());
    Some(folder[..end].replace('-', "_"))
}

/// `app::publish::{{closure}}` in `core::ptr::drop_in_place<app::publish::{{closure}}>`.
fn what_is_dropped(function: &str) -> Option<&str> {
    let parameter = function
        .strip_prefix("core::ptr::drop_in_place")?
        .trim_start_matches(':')
        .strip_prefix('<')?;
    Some(&parameter[..at_top_level(parameter, ">").unwrap_or(parameter.len())])
}

/// The crate in which a function is written, as far as its name tells. An `impl` of a trait is in the crate of the trait
/// or in that of the type; one of the runtime's traits or types says nothing then.
fn owner(function: &str) -> &str {
    let Some(qualified) = function.strip_prefix('<') else {
        return identifier(function);
    };
    let qualified = &qualified[..at_top_level(qualified, ">").unwrap_or(qualified.len())];
    let (the_type, the_trait) = match qualified.strip_prefix("impl ") {
        Some(implementation) => {
            split(implementation, " for ").map_or((implementation, None), |(t, s)| (s, Some(t)))
        }
        None => split(qualified, " as ").map_or((qualified, None), |(s, t)| (s, Some(t))),
    };
    let crates = [crate_of_type(the_type), the_trait.and_then(crate_of_type)]
        .into_iter()
        .flatten();
    let ours = crates.clone().find(|name| OWN_CRATES.contains(name));
    ours.or_else(|| crates.clone().find(|name| !RUNTIME_CRATES.contains(name)))
        .unwrap_or("core")
}

/// The crate that may write an `impl` for this type. There is none for a parameter, a primitive, a tuple or a slice.
fn crate_of_type(mut name: &str) -> Option<&str> {
    while let Some(rest) = ["&", "(dyn ", "dyn ", "impl ", "mut "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
    {
        name = rest;
    }
    if name.starts_with('\'') {
        return crate_of_type(name.split_once(' ')?.1);
    }
    if let Some(lifetimes) = name.strip_prefix("for<") {
        return crate_of_type(lifetimes.split_once("> ")?.1);
    }
    if name.starts_with('<') {
        return Some(owner(name));
    }
    let first = identifier(name);
    let behind = &name[first.len()..];
    // Behind a crate's name may stand its disambiguator.
    let behind = behind
        .strip_prefix('[')
        .and_then(|hash| hash.split_once(']'))
        .map_or(behind, |(_, rest)| rest);
    (!first.is_empty() && behind.starts_with("::")).then_some(first)
}

fn identifier(name: &str) -> &str {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    &name[..name.find(|letter| !is_part(letter)).unwrap_or(name.len())]
}

fn split<'a>(name: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = at_top_level(name, word)?;
    Some((&name[..at], &name[at + word.len()..]))
}

/// Where a word stands outside of all brackets. The `>` of an arrow is none.
fn at_top_level(name: &str, word: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, letter) in name.char_indices() {
        if depth == 0 && name[at..].starts_with(word) && previous != '-' {
            return Some(at);
        }
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = letter;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const STD: Option<&str> = Some("/rustc/5980761/library/core/src/ops/function.rs");
    const OWN: Option<&str> = Some("/home/me/chat/src/main.rs");

    fn assert_sorted(cases: &[(&str, Option<&str>, Origin)]) {
        for (function, file, expected) in cases {
            assert_eq!(origin(function, *file), *expected, "{function} in {file:?}");
        }
    }

    fn of_package(package: &str) -> Option<Origin> {
        let file = format!(
            "/root/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/{package}/src/lib.rs"
        );
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
    fn async_runtimes_and_executors_are_runtime_and_web_frameworks_are_not() {
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
    fn a_name_that_is_none_does_no_harm() {
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
    }
}
