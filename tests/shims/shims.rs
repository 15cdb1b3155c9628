//! Every line of versions that `cargo redhanded` watches: a program for each, patched with its shim, built and run.
//!
//! `cargo test -p redhanded-shims`. The projects and what is built of them are below `target/shims`.
#![allow(dead_code)] // The command uses parts of the shims that these tests do not.

#[path = "../../crates/cli/src/cargo/shims/mod.rs"]
mod shims;
#[path = "workspace.rs"]
mod workspace;

use serde_json::Value;
use workspace::{Project, Workspace};

const TUNGSTENITE: &str = include_str!("programs/tungstenite.rs");
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

#[test]
fn a_program_on_each_line_of_versions_is_watched_and_its_fault_is_caught() {
    let projects = projects();
    let workspace = Workspace::new("shims", &projects);
    let libraries = workspace.libraries();
    let patches = workspace.shims(&libraries);
    assert_eq!(patches.len(), libraries.len());
    let said = workspace.build(&patches, &[]);
    assert!(!said.contains("warning"), "{said}");
    for project in &projects {
        let reports = workspace.reports(&project.name);
        assert_torn(&project.name, project.program, &reports);
    }
}
