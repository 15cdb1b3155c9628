//! What is printed of reports, and that nothing in them can break a line.

use crate::launch::{Ended, Launch, NO_PAGE};
use crate::link::{Link, frame, only_report};
use std::process;

fn printing(how_much: &str, program: impl Fn()) -> Ended {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_STDERR", how_much))
        .run()
        .in_order()
}

/// Two fingerprints on one connection. Each is found once, and first reported while it is open.
pub fn two_reports() {
    let mut link = Link::open();
    link.overlap(
        ["first", "second"],
        |object| object.send("one".into()),
        frame(3),
    );
    link.overlap(["first", "second"], |object| object.close(None), frame(0));
    let ids: Vec<_> = redhanded::reports()
        .into_iter()
        .map(|report| report.id)
        .collect();
    // The latest report comes first in the list, and was printed last.
    println!("ids {} {}", ids[1], ids[0]);
}

fn ids(ended: &Ended) -> [String; 2] {
    let line = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("ids "))
        .expect("a line with ids");
    let (one, other) = line.split_once(' ').expect("two ids");
    [one.to_owned(), other.to_owned()]
}

#[test]
fn stderr_off_prints_nothing() {
    assert_eq!(printing("off", two_reports).stderr, "");
}

#[test]
fn a_summary_is_one_line_a_new_report_with_its_url() {
    let ended = Launch::of(two_reports)
        .with(("REDHANDED_BIND", "127.0.0.1:0"))
        .run()
        .in_order();
    let lines = ended.lines();
    let [page, one, other] = lines[..] else {
        panic!("{ended}")
    };
    let url = page
        .strip_prefix("redhanded: watching; the reports are on ")
        .expect("the line of the page");
    for (line, id, operation) in [
        (one, &ids(&ended)[0], "send Text 3 B"),
        (other, &ids(&ended)[1], "close"),
    ] {
        let sentence = format!("{operation} by \"second\" at {}:", file!());
        assert!(
            line.starts_with(&format!("redhanded: overlap (open): {sentence}")),
            "{ended}"
        );
        assert!(
            line.contains("while send Binary 16 MiB by \"first\" at tests/process/link.rs:"),
            "{ended}"
        );
        assert!(
            line.ends_with(&format!("; {url}report/{id}, why: {url}guide#overlap")),
            "{ended}"
        );
    }
}

#[test]
fn a_summary_without_a_page_has_no_url() {
    let ended = printing("summary", two_reports);
    assert_eq!(ended.lines().len(), 2, "{ended}");
    let why = "on the same connection; why: https://docs.rs/redhanded/0.1.0/redhanded/guide/index.html#overlap";
    assert!(
        ended.lines().iter().all(|line| line.ends_with(why)),
        "{ended}"
    );
}

#[test]
fn a_report_whose_count_grows_is_not_printed_again() {
    let launch = Launch::of(grows)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"));
    let ended = launch.run().in_order();
    assert_eq!(ended.lines().len(), 1, "{ended}");
}

pub fn grows() {
    let mut link = Link::open();
    for count in [100, 200] {
        link.refuse(100);
        assert_eq!(only_report().count, count);
    }
}

#[test]
fn full_prints_the_report_as_text_when_it_is_found_and_when_it_is_complete() {
    let ended = printing("full", one_report);
    let blocks: Vec<_> = ended.stderr.split("==== redhanded: ").skip(1).collect();
    let [open, closed] = blocks[..] else {
        panic!("{ended}")
    };
    assert!(
        open.starts_with("overlap (open) ====\n") && open.contains("has not come back"),
        "{ended}"
    );
    assert!(
        open.contains("[this writer has not come back yet;"),
        "{ended}"
    );
    assert!(
        closed.starts_with("overlap ====\n") && !closed.contains("has not come back\n"),
        "{ended}"
    );
    for block in blocks {
        assert!(
            block.contains("First writer: send Binary 16 MiB by \"first\", called at "),
            "{ended}"
        );
        assert!(
            block.contains("Second writer: send Text 3 B by \"second\", called at "),
            "{ended}"
        );
    }
    assert!(
        closed.contains("stderr::one_report::{{closure}}"),
        "the second writer's own function: {ended}"
    );
    assert!(
        closed.contains("Link::overlap"),
        "the first writer's own function: {ended}"
    );
    assert!(
        closed.contains("put it right: https://docs.rs/redhanded/"),
        "{ended}"
    );
    let last = ended.lines().pop().expect("lines");
    assert!(
        last.starts_with("redhanded: the report above is ") && last.len() == 31 + 16,
        "{ended}"
    );
}

pub fn one_report() {
    Link::open().overlap(
        ["first", "second"],
        |object| object.send("one".into()),
        frame(3),
    );
}

// ---- thread names may hold any text

const HOSTILE: [&str; 2] = [
    "a\nredhanded: forged\r\u{1b}[2J",
    "b\u{7}\u{8}\u{9b}31m\u{85}\t",
];

pub fn hostile_names() {
    Link::open().overlap(HOSTILE, |object| object.send("one".into()), frame(3));
    // Other programs get the names unchanged.
    let writers = only_report().writers;
    let names: Vec<_> = writers
        .iter()
        .filter_map(|writer| writer.thread.name.as_deref())
        .collect();
    assert_eq!(names, HOSTILE);
}

#[test]
fn hostile_thread_names_cannot_break_the_summary() {
    let ended = printing("summary", hostile_names);
    assert_eq!(ended.lines().len(), 1, "{ended}");
    assert_no_control_characters(&ended);
    assert!(
        ended.stderr.contains(r"a\nredhanded: forged\r\u{1b}[2J"),
        "{ended}"
    );
}

#[test]
fn hostile_thread_names_cannot_break_the_full_text() {
    let ended = printing("full", hostile_names);
    assert_no_control_characters(&ended);
    let forged = ended
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("redhanded: forged"))
        .count();
    assert_eq!(forged, 0, "{ended}");
}

fn assert_no_control_characters(ended: &Ended) {
    let text = &ended.stderr;
    assert!(
        !text.chars().any(|c| c.is_control() && c != '\n'),
        "{text:?}"
    );
}

#[test]
fn a_closed_stderr_is_no_error() {
    let launch = Launch::of(to_no_reader)
        .with(("REDHANDED_STDERR", "full"))
        .under("exec 2>&-");
    launch.run().with_code(7);
}

pub fn to_no_reader() {
    one_report();
    process::exit(7);
}
