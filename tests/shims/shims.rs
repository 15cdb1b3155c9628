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
const AXUM: &str = include_str!("programs/axum.rs");
const TOKIO: &str = include_str!("programs/tokio_tungstenite.rs");

fn projects() -> Vec<Project> {
    let mut projects = Vec::new();
    for line in 26..=30 {
        projects.push(Project {
            name: format!("blocking-0-{line}"),
            library: ("tungstenite", line),
            dependencies: format!("tungstenite = \"0.{line}\""),
            program: TUNGSTENITE,
        });
        projects.push(Project {
            name: format!("tokio-0-{line}"),
            library: ("tokio-tungstenite", line),
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
            library: ("async-tungstenite", line),
            dependencies: format!(
                "async-tungstenite = {{ version = \"0.{line}\", features = [\"tokio-runtime\"] }}\n\
                 tokio = {{ version = \"1\", features = [\"macros\", \"net\", \"rt\"] }}\n\
                 futures-util = {{ version = \"0.3\", features = [\"io\", \"sink\"] }}"
            ),
            program: ASYNC_TOKIO,
        });
    }
    // Until 0.33 there is no feature for smol, and its sockets are a stream like any other.
    for (line, features) in [
        (29, ""),
        (33, ""),
        (34, "smol-runtime"),
        (35, "smol-runtime"),
    ] {
        let features = if features.is_empty() {
            String::new()
        } else {
            format!("{features:?}")
        };
        projects.push(Project {
            name: format!("async-smol-0-{line}"),
            library: ("async-tungstenite", line),
            dependencies: format!(
                "async-tungstenite = {{ version = \"0.{line}\", features = [{features}] }}\n\
                 smol = \"2\"\n\
                 futures-util = {{ version = \"0.3\", features = [\"io\", \"sink\"] }}"
            ),
            program: ASYNC_SMOL,
        });
    }
    projects
}

/// A program whose server is axum's, and whose client is of the version that axum has.
fn axum() -> Project {
    Project {
        name: "axum-0-8".to_owned(),
        library: ("tokio-tungstenite", 29),
        dependencies: "axum = { version = \"0.8\", features = [\"ws\"] }\n\
             tokio-tungstenite = \"0.29\"\n\
             tokio = { version = \"1\", features = [\"macros\", \"net\", \"rt\"] }\n\
             futures-util = { version = \"0.3\", features = [\"sink\"] }"
            .to_owned(),
        program: AXUM,
    }
}

/// The line of a program with this comment.
fn line_of(program: &str, comment: &str) -> u64 {
    let comment = format!("// {comment}");
    let line = program.lines().position(|line| line.ends_with(&comment));
    line.expect("the program has such a line") as u64 + 1
}

/// Both ends of the connection are watched, as those of this library and version, and their sockets are known.
#[track_caller]
fn assert_watched(project: &Project, record: &Value) {
    let (library, line) = project.library;
    let name = &project.name;
    let connections = record["connections"].as_array().expect("a list");
    let [connections] = &connections[..] else {
        panic!("{name}: of one library, and not {record:#}")
    };
    assert_eq!(connections["library"], library, "{name}");
    assert_eq!(connections["count"], 2, "{name}");
    let version = connections["version"].as_str().expect("a text");
    assert!(
        version.starts_with(&format!("0.{line}.")),
        "{name}: {version}"
    );
    assert_eq!(record["unknown_streams"], serde_json::json!([]), "{name}");
    assert_eq!(record["is_complete"], true, "{name}");
}

#[track_caller]
fn assert_torn(project: &Project, reports: &[Value]) {
    let Project { name, program, .. } = project;
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
    let all: Vec<_> = projects().into_iter().chain([axum()]).collect();
    let workspace = Workspace::new("patched", &all);
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
    for project in projects() {
        let run = workspace.run(&project.name);
        assert_torn(&project, &run.reports);
        assert_watched(&project, &run.record);
    }
}

#[test]
fn a_framework_above_a_library_compiles_unchanged_is_watched_and_not_accused() {
    let _turn = my_turn();
    let (workspace, ..) = &*BUILT;
    let run = workspace.run(&axum().name);
    assert_watched(&axum(), &run.record);
    assert_eq!(run.reports, [Value::Null; 0]);
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
    // The socket behind its private stream type is not known, so that the two objects are two wires. They are counted once
    // each, though the library takes its stream out at every poll.
    let connections = &run.record["connections"];
    assert_eq!(connections[0]["library"], "tungstenite", "{connections}");
    assert_eq!(connections[0]["count"], 3, "{connections}");
    let unknown = &run.record["unknown_streams"];
    assert_eq!(unknown[0]["count"], 3, "{unknown}");
    assert_eq!(run.reports, [Value::Null; 0]);
}
