//! Rare races, and programs without any: what holding a writer finds, and what it costs.
//!
//! ```text
//! REDHANDED_TABLE=1 cargo test --test rare table -- --nocapture
//! ```
//!
//! prints the table: each wrong program under `REDHANDED_PROVOKE=off`, `light` and `full`, 50 runs of each
//! (`REDHANDED_TEST_RUNS`), and what the right programs measured. Each run is a process of its own. Without the variables,
//! the tests make a few runs.
#![cfg(all(unix, any(debug_assertions, feature = "detect-in-release")))]

/// The programs with these functions. Each has the name of its function.
macro_rules! programs {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$($crate::harness::Program { name: stringify!($name), run: $module::$name }),*]
    };
}
mod asynchronous;
mod figures;
mod harness;
mod right;

mod wrong;

/// Not a test: it runs the programs of the tests.
#[test]
fn child() {
    harness::run_wanted(&[
        wrong::PROGRAMS,
        right::PROGRAMS,
        right::TURNS_THROUGH_THE_PEER,
    ]);
}
