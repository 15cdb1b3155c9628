//! `cargo redhanded --push`: what was caught goes to an engine when the program has ended.

use super::alone;
use super::engine::{Answer, Engine, KEY, TAKEN};
use super::project::Project;
use super::ran::Ran;

/// `cargo redhanded --push sentry test`, with the DSN of this engine.
fn push(project: &Project, engine: &Engine) -> Ran {
    let mut command = project.command(&["--push", "sentry", "test"]);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_ascii_uppercase();
        if text.ends_with("_PROXY") || text.starts_with("SENTRY_") {
            command.env_remove(name);
        }
    }
    let dsn = format!("http://{KEY}@{}/7", engine.address());
    let ran = Ran::of(command.env("SENTRY_DSN", dsn).output().unwrap());
    assert!(!format!("{ran:?}").contains(KEY), "{ran:#?}");
    ran
}

#[test]
fn what_was_caught_is_pushed_after_the_summary_and_the_exit_code_stays() {
    let _alone = alone();
    let project = Project::new("pushes").with_fault();
    let engine = Engine::new(|_, _| TAKEN);
    let before = project.files();
    let ran = push(&project, &engine).with_code(66);
    assert_eq!(project.files(), before);
    let line = format!("1 event taken by Sentry at {}", engine.address());
    let last = ran.stderr.lines().last().unwrap();
    assert_eq!(last, format!("redhanded: {line}"), "{ran:#?}");
    assert!(ran.counts().ends_with(", 1 report"), "{ran:#?}");

    let requests = engine.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].path, "/api/7/envelope/");
    let event = requests[0].event();
    assert_eq!(event["exception"]["values"][1]["type"], "torn-message");
    let text = project.read("tests/fault.rs");
    for (writer, mark) in [("first_writer", "// first"), ("second_writer", "// second")] {
        let line = 1 + text.lines().position(|line| line.ends_with(mark)).unwrap();
        let call_site = event["contexts"][writer]["call_site"].as_str().unwrap();
        assert!(
            call_site.starts_with(&format!("tests/fault.rs:{line}:")),
            "{call_site}"
        );
    }
}

#[test]
fn an_engine_that_refuses_changes_no_exit_code() {
    let _alone = alone();
    let project = Project::new("is-refused").with_fault();
    let engine = Engine::new(|_, _| Answer::Status(403, &[], ""));
    let ran = push(&project, &engine).with_code(66);
    ran.says("1 of 1 event not taken by Sentry at ");
    assert_eq!(engine.requests().len(), 1);
}

#[test]
fn a_clean_run_pushes_nothing() {
    let _alone = alone();
    let project = Project::new("is-clean").with_echo();
    let engine = Engine::new(|_, _| TAKEN);
    let ran = push(&project, &engine).with_code(0);
    assert!(ran.counts().ends_with(", 0 reports"), "{ran:#?}");
    assert!(!ran.stderr.contains("Sentry"), "{ran:#?}");
    assert!(engine.requests().is_empty());
}
