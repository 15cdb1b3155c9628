//! Crates whose frames are not the application's, by name.

/// The standard library, async runtimes and executors: their frames run code that others wrote, and explain nothing of
/// it. The names are whole, because a program's own crate may be called `futures_something`.
pub(super) const RUNTIME_CRATES: [&str; 40] = [
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

/// Those of them whose names are ordinary words, so that a package of a program may have one, too.
pub(super) const ORDINARY_WORDS: [&str; 5] =
    ["backtrace", "blocking", "futures", "polling", "smol"];

/// The crates of redhanded.
pub(super) const OWN_CRATES: [&str; 6] = [
    "redhanded",
    "redhanded_cli",
    "redhanded_client",
    "redhanded_core",
    "redhanded_dashboard",
    "redhanded_report",
];
