//! Suppressed findings: they are counted and named by the line that suppresses them, and appear nowhere else.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::{LARGE, Link, Object, frame, in_thread, large, only_report};
use redhanded::Settings;
use redhanded::tungstenite::Result;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs, thread};
use tempfile::{TempDir, tempdir};

/// The setting for the exit code. A line is printed at the end in any case, but the code changes only with findings.
const CODE: (&str, &str) = ("REDHANDED_EXITCODE", "66");

fn directory() -> TempDir {
    tempdir().expect("a directory of our own")
}

fn suppressing(lines: &str, program: impl Fn(), stderr: &str) -> (Ended, String, TempDir) {
    let directory = directory();
    let (file, reports) = (
        directory.path().join("known.txt"),
        directory.path().join("reports"),
    );
    fs::write(&file, lines).expect("our own directory");
    let launch = Launch::of(program)
        .with(NO_PAGE)
        .with(CODE)
        .with(("REDHANDED_STDERR", stderr));
    let launch = launch
        .with(("REDHANDED_SUPPRESSIONS", &file))
        .with(("REDHANDED_REPORT_DIR", &reports));
    (launch.run(), file.display().to_string(), directory)
}

fn written(directory: &TempDir) -> usize {
    let entries = fs::read_dir(directory.path().join("reports")).expect("it was made");
    // The folder of records is none of the reports.
    let is_file = |entry: &std::io::Result<fs::DirEntry>| entry.as_ref().unwrap().path().is_file();
    entries.filter(is_file).count()
}

/// One overlap of two sends that both succeed, as [`Link::overlap`]. But suppressed findings are in no list.
fn overlap(
    link: &mut Link,
    second: impl FnOnce(&mut Object) -> Result<()> + Send + 'static,
    length: usize,
) {
    let before = counted();
    let (mut one, mut other) = (link.object(), link.object());
    let first = link.occupy(move || first_of_all(&mut one));
    let second = in_thread("second", move || second(&mut other));
    let deadline = Instant::now() + Duration::from_secs(20);
    while counted() == before {
        assert!(
            Instant::now() < deadline,
            "no open finding: {:?}",
            redhanded::statistics()
        );
        thread::yield_now();
    }
    link.drain(frame(LARGE) + frame(length));
    let both = (first.join(), second.join());
    assert!(matches!(both, (Ok(Ok(())), Ok(Ok(())))), "{both:?}");
}

#[inline(never)]
fn first_of_all(object: &mut Object) -> Result<()> {
    black_box(object.send(large()))
}

/// How many findings are reported or suppressed, including open ones.
fn counted() -> u64 {
    let shown: u64 = redhanded::reports().iter().map(|report| report.count).sum();
    shown + redhanded::statistics().suppressed_findings
}

pub fn one_known() {
    let watch = redhanded::watch();
    overlap(&mut Link::open(), |object| object.send("one".into()), 3);
    assert_eq!(redhanded::reports(), []);
    watch.assert_clean();
    let statistics = redhanded::statistics();
    assert_eq!(
        (statistics.findings, statistics.suppressed_findings),
        (1, 1)
    );
}

#[test]
fn a_suppressed_report_is_nowhere_but_in_the_count_and_in_the_last_line() {
    let lines = "# known\noverlap:tests/process/suppressions.rs # ticket 7\n*:unused";
    let (ended, file, directory) = suppressing(lines, one_known, "summary");
    let ended = ended.in_order();
    let line = format!(
        "redhanded: 1 finding suppressed: 1 by {file}:2 (overlap:tests/process/suppressions.rs)\n"
    );
    assert_eq!(ended.stderr, line);
    assert_eq!(written(&directory), 0);
}

#[test]
fn in_full_lines_that_suppressed_nothing_are_named_and_off_says_nothing() {
    let lines = "overlap:tests/process/suppressions.rs\ntorn-frame:tests/process/suppressions.rs";
    let (ended, file, _directory) = suppressing(lines, one_known, "full");
    let ended = ended.in_order();
    let last = format!(
        "redhanded: {file}:2 (torn-frame:tests/process/suppressions.rs) suppressed nothing"
    );
    assert_eq!(
        (ended.lines().len(), ended.lines()[1]),
        (2, last.as_str()),
        "{ended}"
    );
    assert_eq!(suppressing(lines, one_known, "off").0.in_order().stderr, "");
}

#[inline(never)]
fn known(object: &mut Object) -> Result<()> {
    black_box(object.send("known".into()))
}

#[test]
fn what_is_not_suppressed_is_printed_written_and_counts_for_the_exit_code() {
    let (ended, file, directory) = suppressing("*:**::known", one_of_two_known, "summary");
    let ended = ended.with_code(66);
    let [report, last] = ended.lines()[..] else {
        panic!("{ended}")
    };
    assert!(
        report.starts_with("redhanded: overlap (open): close by \"second\" at "),
        "{ended}"
    );
    assert_eq!(
        last,
        format!("redhanded: 1 finding suppressed: 1 by {file}:1 (*:**::known)")
    );
    assert_eq!(written(&directory), 1);
}

pub fn one_of_two_known() {
    let mut link = Link::open();
    overlap(&mut link, known, 5);
    overlap(&mut link, |object| object.close(None), 0);
    assert!(only_report().summary.starts_with("close by \"second\""));
}

pub fn becomes_visible() {
    let mut link = Link::open();
    overlap(&mut link, at_first, 3);
    assert_eq!(redhanded::reports(), []);
    overlap(&mut link, later, 3);
    let report = only_report();
    assert_eq!((report.count, report.samples.len()), (2, 1));
    assert!(
        report.writers[1]
            .backtrace
            .iter()
            .any(|frame| frame.function.ends_with("::later")),
        "{report}"
    );
    assert_eq!(redhanded::statistics().suppressed_findings, 0);
}

#[inline(never)]
fn at_first(object: &mut Object) -> Result<()> {
    black_box(from_one_place(object))
}

#[inline(never)]
fn later(object: &mut Object) -> Result<()> {
    black_box(from_one_place(object))
}

#[inline(never)]
fn from_one_place(object: &mut Object) -> Result<()> {
    black_box(object.send("one".into()))
}

#[test]
fn a_finding_from_another_place_makes_its_report_visible() {
    let (ended, _, directory) = suppressing("*:**::at_first", becomes_visible, "summary");
    let ended = ended.with_code(66);
    let [report] = ended.lines()[..] else {
        panic!("{ended}")
    };
    assert!(
        report.starts_with("redhanded: overlap: send Text 3 B by \"second\""),
        "{ended}"
    );
    assert_eq!(written(&directory), 1);
}

/// The first writer's function is known only when its call has returned.
pub fn known_when_closed() {
    overlap(&mut Link::open(), |object| object.send("one".into()), 3);
    assert_eq!(redhanded::reports(), []);
}

#[test]
fn a_report_that_is_suppressed_once_its_stack_is_known_leaves_no_file() {
    let (ended, file, directory) = suppressing("*:**::first_of_all", known_when_closed, "summary");
    let ended = ended.in_order();
    let [open, last] = ended.lines()[..] else {
        panic!("{ended}")
    };
    assert!(open.starts_with("redhanded: overlap (open): "), "{ended}");
    assert_eq!(
        last,
        format!("redhanded: 1 finding suppressed: 1 by {file}:1 (*:**::first_of_all)")
    );
    assert_eq!(written(&directory), 0);
}

#[test]
fn a_line_that_is_not_understood_is_named_and_the_others_count() {
    let (ended, file, _directory) = suppressing(
        "all\n*:tests/process/suppressions.rs\n",
        one_known,
        "summary",
    );
    let ended = ended.in_order();
    let [error, last] = ended.lines()[..] else {
        panic!("{ended}")
    };
    let start = format!(
        "redhanded: REDHANDED_SUPPRESSIONS: {file}:1: \"all\" is not understood: it takes kind:glob"
    );
    assert!(
        error.starts_with(&start) && error.ends_with("; going on without it"),
        "{ended}"
    );
    assert!(
        last.starts_with("redhanded: 1 finding suppressed: "),
        "{ended}"
    );
}

pub fn configured() {
    let file = env::var_os("KNOWN")
        .map(PathBuf::from)
        .expect("the test says where");
    redhanded::configure(Settings::default().bind(None).suppressions(file))
        .expect("nothing is watched yet");
    one_known();
}

#[test]
fn the_file_can_be_set_in_code() {
    let directory = directory();
    let file = directory.path().join("known.txt");
    fs::write(&file, "*:tests/process/suppressions.rs").expect("our own directory");
    let ended = Launch::of(configured)
        .with(("KNOWN", &file))
        .run()
        .in_order();
    assert!(
        ended
            .lines()
            .iter()
            .all(|line| line.starts_with("redhanded: 1 finding suppressed: ")),
        "{ended}"
    );
}
