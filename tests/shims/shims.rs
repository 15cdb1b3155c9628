//! Every line of versions that `cargo redhanded` watches: a program for each, patched with its shim, built and run.
//!
//! `cargo test -p redhanded-shims`. The projects are in `target/shims`, and all of them are built in `target/shims/build`.
#![allow(dead_code)] // The command uses parts of the shims that these tests do not.

#[path = "../../crates/cli/src/cargo/shims/mod.rs"]
mod shims;
#[path = "workspace.rs"]
mod workspace;

use serde_json::Value;
use shims::Patch;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use workspace::{Project, Workspace};

const TUNGSTENITE: &str = include_str!("programs/tungstenite.rs");
const ASYNC_SMOL: &str = include_str!("programs/async_smol.rs");
const ASYNC_TOKIO: &str = include_str!("programs/async_tokio.rs");
const TOKIO: &str = include_str!("programs/tokio_tungstenite.rs");

fn projects() -> Vec<Project> {
    let mut projects = Vec::new();
    for line in 26..=30 {
        projects.push(Project {
            name: format!("blocking-0-{line}"),
            dependencies: format!("tungstenite = \"0.{line}\""),
            program: TUNGSTENITE,
        });
        projects.push(Project {
            name: format!("tokio-0-{line}"),
            dependencies: format!(
                "tokio-tungstenite = \"0.{line}\"\n\
                 tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt\"] }}\n\
                 futures-util = {{ version = \"0.3\", features = [\"sink\"] }}"
            ),
            program: TOKIO,
        });
    }
    for line in 29..=35 {
        projects.push(Project {
            name: format!("async-tokio-0-{line}"),
            dependencies: format!(
                "async-tungstenite = {{ version = \"0.{line}\", features = [\"tokio-runtime\"] }}\n\
                 tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt\"] }}\n\
                 futures-util = {{ version = \"0.3\", features = [\"io\", \"sink\"] }}"
            ),
            program: ASYNC_TOKIO,
        });
    }
    for line in [34, 35] {
        projects.push(Project {
            name: format!("async-smol-0-{line}"),
            dependencies: format!(
                "async-tungstenite = {{ version = \"0.{line}\", features = [\"smol-runtime\"] }}\n\
                 smol = \"2\"\n\
                 futures-util = {{ version = \"0.3\", features = [\"io\", \"sink\"] }}"
            ),
            program: ASYNC_SMOL,
        });
    }
    projects
}

/// The line of a program with this comment.
fn line_of(program: &str, comment: &str) -> u64 {
    let comment = format!("// {comment}");
    let line = program.lines().position(|line| line.ends_with(&comment));
    line.expect("the program has such a line") as u64 + 1
}

#[track_caller]
fn assert_torn(name: &str, program: &str, reports: &[Value]) {
    let [report] = reports else {
        panic!("{name}: one report, and not {reports:#?}")
    };
    assert_eq!(report["kind"], "torn-frame", "{name}");
    let writers = report["writers"].as_array().expect("a list");
    let mut lines: Vec<_> = writers
        .iter()
        .map(|writer| writer["call_site"]["line"].as_u64())
        .collect();
    lines.sort_unstable();
    let expected = ["first", "second"].map(|comment| Some(line_of(program, comment)));
    assert_eq!(lines, expected, "{name}: {report:#}");
}

/// The workspace with the projects, patched and built, and what cargo said.
static BUILT: LazyLock<(Workspace, Vec<Patch>, String)> = LazyLock::new(|| {
    let workspace = Workspace::new("patched", &projects());
    let libraries = workspace.libraries();
    let patches = workspace.shims(&libraries);
    assert_eq!(patches.len(), libraries.len());
    let said = workspace.build(&patches, &[]);
    (workspace, patches, said)
});

/// Cargo runs one at a time: the workspaces share a folder.
static TURN: Mutex<()> = Mutex::new(());

fn my_turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_program_on_each_line_of_versions_is_watched_and_its_fault_is_caught_with_both_lines() {
    let _turn = my_turn();
    let (workspace, ..) = &*BUILT;
    for Project { name, program, .. } in projects() {
        assert_torn(&name, program, &workspace.run(&name).reports);
    }
}

#[test]
fn users_see_no_warning_and_a_second_run_builds_nothing() {
    let _turn = my_turn();
    let (workspace, patches, said) = &*BUILT;
    assert!(!said.contains("warning"), "{said}");
    assert_eq!(workspace.shims(&workspace.libraries()), *patches);
    let again = workspace.build(patches, &[]);
    assert!(!again.contains("Compiling"), "{again}");
}

#[test]
fn a_library_that_is_not_patched_works_above_one_that_is() {
    let _turn = my_turn();
    let projects: Vec<_> = projects()
        .into_iter()
        .filter(|project| project.name == "tokio-0-30")
        .map(|project| Project {
            name: "tokio-unpatched".to_owned(),
            ..project
        })
        .collect();
    let workspace = Workspace::new("unpatched", &projects);
    let mut libraries = workspace.libraries();
    libraries.retain(|library| library.name == "tungstenite");
    let patches = workspace.shims(&libraries);
    workspace.build(&patches, &[]);
    let run = workspace.run("tokio-unpatched");
    // The socket behind its private stream type is not known, so that the two objects are two wires.
    assert!(run.stderr.contains("redhanded: watching"), "{}", run.stderr);
    assert_eq!(run.reports, [Value::Null; 0]);
}
