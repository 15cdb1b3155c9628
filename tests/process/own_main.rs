//! The end of the process: in whatever way a program ends, its reports are complete and its exit code is right.
//!
//! This has no test harness: only a binary with a `main` of its own can return from it, panic in it, and print
//! nothing. `cargo test` starts it, and it starts itself again for every test, as a program that ends in one way.

#[allow(dead_code)] // Shared with `main.rs`, which needs more of them.
mod launch;
#[allow(dead_code)]
mod link;
#[cfg(target_os = "linux")]
mod signals;

use launch::{Ended, Launch, NO_PAGE, named, report_files, wanted_program};
use link::{Link, await_open, large};
use serde_json::json;
use std::process::{self, ExitCode};
use std::thread;
use tempfile::{TempDir, tempdir};

/// Programs need no arguments: a variable names the program.
const ARGUMENTS: &[&str] = &[];

/// The exit code that the programs choose.
const OWN_CODE: u8 = 7;

const COUNT: u64 = 500;

const TESTS: [(&str, fn()); 9] = [
    (
        "reports_are_complete_when_main_returns",
        reports_are_complete_when_main_returns,
    ),
    (
        "reports_are_complete_when_main_panics",
        reports_are_complete_when_main_panics,
    ),
    (
        "reports_are_complete_when_another_thread_exits",
        reports_are_complete_when_another_thread_exits,
    ),
    (
        "an_overlap_that_is_open_at_the_end_is_reported_as_open",
        an_overlap_that_is_open_at_the_end_is_reported_as_open,
    ),
    (
        "findings_change_the_exit_code",
        findings_change_the_exit_code,
    ),
    (
        "an_open_finding_changes_the_exit_code",
        an_open_finding_changes_the_exit_code,
    ),
    (
        "without_findings_the_exit_code_is_the_programs_own",
        without_findings_the_exit_code_is_the_programs_own,
    ),
    (
        "output_without_an_end_of_line_is_not_lost",
        output_without_an_end_of_line_is_not_lost,
    ),
    (
        "without_a_connection_nothing_happens",
        without_a_connection_nothing_happens,
    ),
];

#[cfg(target_os = "linux")]
const ON_LINUX: [(&str, fn()); 1] = [(
    "a_program_that_waits_for_a_signal_gets_it",
    signals::a_program_that_waits_for_a_signal_gets_it,
)];
#[cfg(not(target_os = "linux"))]
const ON_LINUX: [(&str, fn()); 0] = [];

/// Whether the crate is on. Where it is off, there is nothing to test.
const IS_ON: bool = cfg!(all(
    unix,
    any(debug_assertions, feature = "detect-in-release")
));

fn main() -> ExitCode {
    let mut programs = vec![
        named(returns),
        named(panics),
        named(exits_elsewhere),
        named(ends_in_the_middle),
        named(does_right),
        named(prints_half_a_line),
        named(never_connects),
    ];
    programs.extend(only_on_linux());
    if let Some(wanted) = wanted_program() {
        let (_, program) = programs
            .into_iter()
            .find(|(name, _)| *name == wanted)
            .expect("one of the programs");
        program();
        return ExitCode::from(OWN_CODE);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let lists = arguments.iter().any(|argument| argument == "--list");
    let filters: Vec<_> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let chosen =
        |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(*filter));
    let tests = TESTS.into_iter().chain(ON_LINUX);
    for (name, test) in tests.filter(|(name, _)| IS_ON && chosen(name)) {
        if lists {
            println!("{name}: test");
        } else {
            // A test that fails ends the whole run with its message.
            test();
            println!("test {name} ... ok");
        }
    }
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
fn only_on_linux() -> Vec<launch::Named> {
    vec![named(signals::shuts_down_gracefully)]
}

#[cfg(not(target_os = "linux"))]
fn only_on_linux() -> Vec<launch::Named> {
    Vec::new()
}

// ---- programs

fn returns() {
    Link::open().refuse(COUNT);
}

fn panics() {
    Link::open().refuse(COUNT);
    panic!("in main");
}

fn exits_elsewhere() {
    Link::open().refuse(COUNT);
    thread::spawn(|| process::exit(OWN_CODE.into()));
    loop {
        thread::park();
    }
}

/// Ends while both writers are inside their writes, which never return.
fn ends_in_the_middle() {
    let link = Link::open();
    let (mut one, mut other) = (link.object(), link.object());
    link.occupy(move || one.send(large()));
    link::in_thread("second", move || other.send(large()));
    await_open();
    // Returning must not close the peer's end, because then the writes would return.
    std::mem::forget(link);
}

fn does_right() {
    let link = Link::open();
    link.object().send("hello".into()).expect("no other writer");
    assert_eq!(link.plain_peer().read().expect("whole"), "hello".into());
}

fn prints_half_a_line() {
    Link::open().refuse(1);
    print!("half a line");
}

fn never_connects() {
    assert_eq!(redhanded::reports(), []);
    assert_eq!(redhanded::statistics(), redhanded::Statistics::default());
    redhanded::watch().assert_clean();
    if cfg!(target_os = "linux") {
        let threads = std::fs::read_dir("/proc/self/task")
            .expect("Linux has it")
            .count();
        assert_eq!(threads, 1, "only this one");
    }
}

// ---- tests

/// Runs a program in which second writers are refused.
#[track_caller]
fn run(program: impl Fn(), exit_code: Option<&str>) -> (Ended, TempDir) {
    let directory = tempdir().expect("a directory of our own");
    let launch = Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"));
    let launch = launch
        .with(("REDHANDED_STDERR", "off"))
        .with(("REDHANDED_REPORT_DIR", directory.path()));
    let launch = exit_code.into_iter().fold(launch, |launch, code| {
        launch.with(("REDHANDED_EXITCODE", code))
    });
    (launch.run(), directory)
}

#[track_caller]
fn assert_complete(directory: &TempDir, count: u64) {
    let files = report_files(directory);
    let [(_, report)] = &files[..] else {
        panic!("{} files", files.len())
    };
    assert_eq!(
        (&report["count"], &report["open"]),
        (&json!(count), &json!(false))
    );
    for writer in report["writers"].as_array().expect("a list") {
        assert!(
            writer["outcome"].is_string() && writer["ended_us"].is_number(),
            "{writer}"
        );
        assert!(
            writer["backtrace"]
                .as_array()
                .is_some_and(|frames| !frames.is_empty()),
            "{writer}"
        );
    }
}

fn reports_are_complete_when_main_returns() {
    let (ended, directory) = run(returns, None);
    ended.with_code(OWN_CODE.into());
    assert_complete(&directory, COUNT);
}

fn reports_are_complete_when_main_panics() {
    let (ended, directory) = run(panics, None);
    let ended = ended.with_code(101);
    assert!(ended.stderr.contains("in main"), "{ended}");
    assert_complete(&directory, COUNT);
}

fn reports_are_complete_when_another_thread_exits() {
    let (ended, directory) = run(exits_elsewhere, None);
    ended.with_code(OWN_CODE.into());
    assert_complete(&directory, COUNT);
}

fn an_overlap_that_is_open_at_the_end_is_reported_as_open() {
    let directory = tempdir().expect("a directory of our own");
    let launch = Launch::of(ends_in_the_middle)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory.path()));
    launch.run().with_code(OWN_CODE.into());
    let files = report_files(&directory);
    let [(_, report)] = &files[..] else {
        panic!("{} files", files.len())
    };
    assert_eq!(
        (&report["count"], &report["open"]),
        (&json!(1), &json!(true))
    );
    let [first, second] = &report["writers"].as_array().expect("a list")[..] else {
        panic!("{report}")
    };
    for writer in [first, second] {
        assert!(
            writer["outcome"].is_null() && writer["ended_us"].is_null(),
            "{writer}"
        );
    }
    assert!(
        first["backtrace_missing"]
            .as_str()
            .is_some_and(|why| why.contains("not come back")),
        "{first}"
    );
    assert!(
        second["backtrace"]
            .as_array()
            .is_some_and(|frames| !frames.is_empty()),
        "{second}"
    );
}

fn findings_change_the_exit_code() {
    let (returned, one) = run(returns, Some("66"));
    returned.with_code(66);
    let (panicked, two) = run(panics, Some("66"));
    panicked.with_code(66);
    let (exited, three) = run(exits_elsewhere, Some("66"));
    exited.with_code(66);
    for directory in [one, two, three] {
        assert_complete(&directory, COUNT);
    }
}

fn an_open_finding_changes_the_exit_code() {
    let launch = Launch::of(ends_in_the_middle)
        .with(NO_PAGE)
        .with(("REDHANDED_EXITCODE", "66"));
    launch.run().with_code(66);
}

fn without_findings_the_exit_code_is_the_programs_own() {
    let (ended, directory) = run(does_right, Some("66"));
    let ended = ended.with_code(OWN_CODE.into());
    assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""));
    assert_eq!(report_files(&directory).len(), 0);
}

fn output_without_an_end_of_line_is_not_lost() {
    let (ended, _directory) = run(prints_half_a_line, Some("66"));
    assert_eq!(ended.with_code(66).stdout, "half a line");
}

fn without_a_connection_nothing_happens() {
    // Not even bad values are reported, because nothing is watched.
    let launch = Launch::of(never_connects)
        .with(("REDHANDED_POLICY", "nonsense"))
        .with(("REDHANDED_EXITCODE", "66"));
    let ended = launch.run().with_code(OWN_CODE.into());
    assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""));
}
