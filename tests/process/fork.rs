//! A forked child has a detector of its own. It never waits for a thread of its parent, and what it finds is its own.
//!
//! This needs `unsafe`, because the standard library cannot fork. `fork`, `waitpid` and `alarm` are the system's. What the child of a
//! program with threads may do is for the program to know: these programs have no thread that allocates at the fork, or the C
//! library keeps its allocator in order.
#![allow(unsafe_code)]

use crate::files::directory;
use crate::launch::{Launch, NO_PAGE, report_files};
use crate::link::{LARGE, Link, frame, in_thread, large, only_report};
use redhanded::report::Kind;
use redhanded::report::record::{ProcessRecord, read_all};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process;
use std::time::{Duration, Instant};

unsafe extern "C" {
    fn fork() -> i32;
    fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
    fn alarm(seconds: u32) -> u32;
}

/// The time after which a child that hangs is ended by a signal. No test waits for it.
const PATIENCE_IN_SECONDS: u32 = 30;

/// The code of a child in which an assertion failed.
const FAILED: i32 = 101;

/// A child that runs this and ends with 0.
pub struct Child(i32);

impl Child {
    pub fn that(run: impl FnOnce()) -> Child {
        // SAFETY: has no preconditions. What the child runs is up to the programs below.
        let child = unsafe { fork() };
        if child == 0 {
            // SAFETY: has no preconditions. The signal has its default effect.
            unsafe { alarm(PATIENCE_IN_SECONDS) };
            let code = catch_unwind(AssertUnwindSafe(run)).map_or(FAILED, |()| 0);
            process::exit(code);
        }
        assert!(child > 0, "there is a child");
        Child(child)
    }

    /// Its exit code, when it has ended.
    pub fn code(self) -> i32 {
        let mut status = 0;
        // SAFETY: `status` is valid for the call.
        let waited = unsafe { waitpid(self.0, &mut status, 0) };
        assert_eq!((waited, status & 0x7f), (self.0, 0), "it ended by itself");
        status >> 8
    }
}

fn records(directory: &Path) -> Vec<ProcessRecord> {
    let records = read_all(directory).expect("a list");
    records
        .into_iter()
        .map(|(_, record)| record.expect("whole"))
        .collect()
}

/// Under the policy `error`: two writers, of which the second is refused. Gives the lines of both.
fn overlap(link: &mut Link) -> [u32; 2] {
    let (mut one, mut other) = (link.object(), link.object());
    let first_line = line!() + 1;
    let first = link.occupy(move || one.send(large()));
    let (refused, second_line) = (other.send("refused".into()), line!());
    refused.expect_err("the first has the connection");
    link.drain(frame(LARGE));
    first.join().expect("no panic").expect("it is read");
    [first_line, second_line]
}

fn lines_of_only_report() -> [u32; 2] {
    let report = only_report();
    assert_eq!(report.kind, Kind::Overlap);
    let line = |writer: usize| {
        let site = report.writers[writer].call_site.as_ref();
        site.expect("it is known").line
    };
    [line(0), line(1)]
}

// ---- a right child of a wrong parent

/// The parent has findings, a page, objects and a watch. The child uses what it has inherited and something new.
pub fn right_child() {
    let link = Link::open();
    let mut object = link.object();
    let mut peer = link.plain_peer();
    let mut page = Some(redhanded::dashboard::serve("127.0.0.1:0").expect("a free port"));
    let url = page.as_ref().and_then(|page| page.url());
    let url = url.expect("it is on");
    overlap(&mut Link::open());
    assert_eq!(redhanded::reports().len(), 1);
    let watch = redhanded::watch();
    let begun = Instant::now();
    let child = Child::that(|| {
        assert_eq!(redhanded::reports(), [], "those are the parent's");
        drop(page.take());
        object.send("of the child".into()).expect("no other writer");
        assert_eq!(peer.read().expect("whole"), "of the child".into());
        let new = Link::open();
        new.object().send("new".into()).expect("no other writer");
        watch.assert_clean();
        redhanded::watch().assert_clean();
        process::exit(3);
    });
    assert_eq!(child.code(), 3, "its own, though its parent has findings");
    // If the child waited for a thread that it does not have, it would take ten seconds at least.
    assert!(
        begun.elapsed() < Duration::from_secs(8),
        "{:?}",
        begun.elapsed()
    );
    assert!(answers(&url), "the parent's page is as it was");
    assert_eq!(redhanded::reports().len(), 1);
    drop(page);
    println!("all is well");
}

/// Whether the page at this URL answers.
pub fn answers(url: &str) -> bool {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let request = format!("HEAD / HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.starts_with("HTTP/1.1 200 ")
}

#[test]
fn a_right_child_of_a_wrong_parent_ends_with_its_own_code_and_without_a_report() {
    let directory = directory();
    let ended = Launch::of(right_child)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_EXITCODE", "66"))
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .run()
        .with_code(66);
    // The code for findings would hide that of a failed assertion.
    assert!(ended.stdout.contains("all is well"), "{ended}");
    let [(_, report)] = &report_files(&directory)[..] else {
        panic!("one report: {ended}")
    };
    assert_eq!(report["process"]["pid"], ended.pid);
    let records = records(directory.path());
    let (parents, children): (Vec<_>, Vec<_>) =
        records.iter().partition(|record| record.pid == ended.pid);
    let ([parents], [childs]) = (&parents[..], &children[..]) else {
        panic!("one of each: {records:?}")
    };
    assert_eq!((parents.forks, parents.watched()), (1, 2));
    assert_eq!(
        (childs.forks, childs.watched(), childs.is_complete),
        (0, 2, true)
    );
    assert!(childs.reports.is_empty(), "{childs:?}");
}

// ---- a wrong child of a right parent

/// The child breaks the contract on a new connection, and on one that it has inherited. The parent does so afterwards.
pub fn wrong_child() {
    let mut link = Link::open();
    let mut object = link.object();
    object
        .send("of the parent".into())
        .expect("no other writer");
    link.drain(frame(13));
    let watch = redhanded::watch();
    let child = Child::that(|| {
        watch.assert_clean();
        let lines = overlap(&mut link);
        assert_eq!(lines_of_only_report(), lines);
        let failed = catch_unwind(AssertUnwindSafe(|| watch.assert_clean()));
        assert!(failed.is_err(), "an inherited watch sees it");
        println!("the child is done");
    });
    assert_eq!(child.code(), 66);
    watch.assert_clean();
    assert_eq!(redhanded::reports(), []);
    let inherited = Child::that(|| {
        let mut other = link.object();
        let first_line = line!() + 1;
        let first = in_thread("first", move || object.send(large()));
        link.await_first_byte();
        let (refused, second_line) = (other.send("refused".into()), line!());
        refused.expect_err("the inherited object has the connection");
        link.drain(frame(LARGE));
        first.join().expect("no panic").expect("it is read");
        assert_eq!(lines_of_only_report(), [first_line, second_line]);
        println!("the second child is done");
    });
    assert_eq!(inherited.code(), 66);
    overlap(&mut Link::open());
    assert_eq!(redhanded::reports().len(), 1, "the parent works as before");
    println!("the parent is done");
}

#[test]
fn a_wrong_child_has_its_own_report_files_and_its_own_exit_code() {
    let directory = directory();
    let ended = Launch::of(wrong_child)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_EXITCODE", "66"))
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .run()
        .with_code(66);
    for line in [
        "the child is done",
        "the second child is done",
        "the parent is done",
    ] {
        assert!(ended.stdout.contains(line), "{ended}");
    }
    let files = report_files(&directory);
    let mut processes: Vec<_> = files
        .iter()
        .map(|(_, report)| {
            (
                report["process"]["pid"].as_u64(),
                report["process"]["run"].as_str(),
            )
        })
        .collect();
    processes.sort();
    processes.dedup();
    assert_eq!((files.len(), processes.len()), (3, 3), "{processes:?}");
    let told = ended.lines().into_iter();
    let told = told.filter(|line| line.starts_with("redhanded: overlap"));
    assert_eq!(told.count(), 3, "one line of each process: {ended}");
    let records = records(directory.path());
    assert!(
        records.iter().all(|record| record.is_complete),
        "{records:?}"
    );
    let found: Vec<_> = records
        .iter()
        .map(|record| record.reports.values().sum::<u64>())
        .collect();
    assert_eq!(found, [1, 1, 1]);
}

// ---- the same lines in parent and child, and a child of a child

/// One place in the program is wrong, in the parent, in its child and in the child of that. Each finds it for itself.
pub fn wrong_in_each() {
    let link = Link::open();
    let (mut object, mut peer) = (link.object(), link.plain_peer());
    overlap(&mut Link::open());
    let watch = redhanded::watch();
    let child = Child::that(|| {
        // It uses no connection itself.
        let grandchild = Child::that(|| {
            watch.assert_clean();
            object
                .send("inherited twice".into())
                .expect("no other writer");
            assert_eq!(peer.read().expect("whole"), "inherited twice".into());
            watch.assert_clean();
            overlap(&mut Link::open());
            let [found] = &watch.findings()[..] else {
                panic!("it is new in this process: {:?}", redhanded::reports())
            };
            assert_eq!(found.count, 1);
        });
        assert_eq!(grandchild.code(), 66);
        watch.assert_clean();
    });
    assert_eq!(child.code(), 0);
    watch.assert_clean();
}

#[test]
fn what_a_parent_has_found_hides_nothing_in_its_child() {
    let launch = Launch::of(wrong_in_each)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_EXITCODE", "66"));
    let ended = launch.run().with_code(66);
    assert_eq!(ended.lines().len(), 2, "{ended}");
}
