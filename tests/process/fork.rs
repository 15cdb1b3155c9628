//! A forked child has no thread of the crate, and must not wait for one.
//!
//! This needs `unsafe`, because the standard library cannot fork. `fork` and `waitpid` are the system's. Their only
//! precondition is that the child does little before it ends.
#![allow(unsafe_code)]

use crate::launch::{Launch, NO_PAGE, report_files};
use crate::link::Link;
use std::process;
use std::time::{Duration, Instant};

unsafe extern "C" {
    fn fork() -> i32;
    fn waitpid(process: i32, status: *mut i32, options: i32) -> i32;
}

#[test]
fn a_forked_child_ends_at_once_with_its_own_code_and_writes_no_reports() {
    let directory = tempfile::tempdir().expect("a directory of our own");
    let launch = Launch::of(forks)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"));
    let launch = launch
        .with(("REDHANDED_EXITCODE", "66"))
        .with(("REDHANDED_REPORT_DIR", directory.path()));
    let ended = launch.run().with_code(66);
    // The code for findings would hide that of a failed assertion.
    assert!(ended.stdout.contains("all is well"), "{ended}");
    let files = report_files(&directory);
    assert_eq!(files.len(), 1, "{ended}");
    assert_eq!(files[0].1["process"]["pid"], ended.pid);
    let records = redhanded::report::record::read_all(directory.path()).expect("a list");
    let [(_, Ok(record))] = &records[..] else {
        panic!("one record, that of the parent: {records:?}")
    };
    assert_eq!((record.pid, record.forks), (ended.pid, 1));
}

pub fn forks() {
    // The parent has a worker, findings and an exit code for them.
    let mut link = Link::open();
    link.refuse(1);
    // The child has a copy of it.
    let _object = link.object();
    let begun = Instant::now();
    // SAFETY: has no preconditions; the child calls nothing but `exit`.
    let child = unsafe { fork() };
    if child == 0 {
        process::exit(3);
    }
    let mut status = 0;
    // SAFETY: `status` is valid for the call.
    let waited = unsafe { waitpid(child, &mut status, 0) };
    assert_eq!(
        (waited, status),
        (child, 3 << 8),
        "it ended by itself, with its own code"
    );
    // If the child waited for the worker, which it does not have, it would take ten seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    println!("all is well");
}
