//! Whose code a frame is, told from its function and its file.

use crate::report::Origin;

/// Crates whose frames carry other people's code along and explain nothing of it.
const RUNTIME_CRATES: [&str; 7] = ["std", "core", "alloc", "backtrace", "tokio", "futures_util", "futures_core"];

/// Sorts a frame. Without debug information everything that no name gives away counts as the application's.
pub(crate) fn origin(function: &str, file: Option<&str>) -> Origin {
    let first_crate = first_crate(function);
    if first_crate == "redhanded" {
        return Origin::Redhanded;
    }
    if RUNTIME_CRATES.contains(&first_crate) || is_system(function) {
        return Origin::Runtime;
    }
    let Some(file) = file else { return Origin::App };
    let file = file.replace('\\', "/");
    if file.starts_with("/rustc/") || file.contains("/lib/rustlib/src/") || file.contains("/library/std/src/") {
        Origin::Runtime
    } else if file.contains("/registry/src/") || file.contains("/git/checkouts/") || file.contains("/sysdeps/") {
        Origin::Dependency
    } else {
        Origin::App
    }
}

/// `redhanded` in `<redhanded::watched::tungstenite::WebSocket<S>>::send`.
fn first_crate(function: &str) -> &str {
    let start = function.trim_start_matches(['<', '&', '*', '(', '[']);
    let start = start.strip_prefix("mut ").unwrap_or(start).strip_prefix("dyn ").unwrap_or(start);
    start.split([':', '<', '>', ' ']).next().unwrap_or("")
}

fn is_system(function: &str) -> bool {
    let first_path = function.split("::").next().unwrap_or("");
    first_path.starts_with("__")
        || matches!(function, "_start" | "start_thread" | "clone" | "clone3" | "main" | "start" | "BaseThreadInitThunk")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_sorted_by_whose_code_they_are() {
        let cases = [
            ("app::reader::{{closure}}", Some("src/main.rs"), Origin::App),
            ("redhanded::watched::tungstenite::WebSocket<S>::send", Some("/w/src/watched/t.rs"), Origin::Redhanded),
            ("<redhanded::watched::stream::Watched<S> as std::io::Write>::write", None, Origin::Redhanded),
            ("std::thread::Builder::spawn", Some("/rustc/5980/library/std/src/thread.rs"), Origin::Runtime),
            ("<F as core::ops::FnOnce>::call_once", Some("/rustc/59/library/core/src/ops.rs"), Origin::Runtime),
            (
                "tungstenite::protocol::WebSocket<S>::send",
                Some("/root/.cargo/registry/src/index/tungstenite-0.30.0/src/protocol/mod.rs"),
                Origin::Dependency,
            ),
            ("__libc_start_call_main", Some("./csu/../sysdeps/nptl/x.h"), Origin::Runtime),
            ("start_thread", None, Origin::Runtime),
            ("main", None, Origin::Runtime),
            ("app::main", Some("src/main.rs"), Origin::App),
        ];
        for (function, file, expected) in cases {
            assert_eq!(origin(function, file), expected, "{function}");
        }
    }
}
