//! Bugsink: one issue a fault, however many machines find it.

use crate::bugsink::Bugsink;
use crate::program::{as_it_is, run, with_lines_inserted};
use crate::push;
use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::{iter, thread};

const HOSTS: usize = 50;
/// How many processes run at once.
const AT_ONCE: usize = 2;

#[test]
fn fifty_processes_with_three_faults_are_three_issues_of_fifty_hosts() {
    let (bugsink, directory) = (Bugsink::start(), tempfile::tempdir().expect("a directory"));
    let run = |program: PathBuf, host: &str| run(&program, directory.path(), host);
    let numbers = Mutex::new(0..HOSTS);
    let some = || {
        let next = || numbers.lock().expect("no panic").next();
        let hosts = iter::from_fn(next).map(|number| run(as_it_is(), &format!("host-{number}")));
        hosts.collect::<Vec<PathBuf>>()
    };
    let places: Vec<PathBuf> = thread::scope(|scope| {
        let threads = [(); AT_ONCE].map(|()| scope.spawn(some));
        let places = threads
            .into_iter()
            .map(|it| it.join().expect("it is caught"));
        places.flatten().collect()
    });
    let push = |places: &[PathBuf]| {
        let mut command = push::command(places, "sentry");
        push::said(command.env("SENTRY_DSN", bugsink.dsn()), 0)
    };
    let line = format!(
        "redhanded: 150 events taken by Sentry at {}",
        bugsink.address()
    );
    assert_eq!(push(&places), line);
    are_three_issues_of(&bugsink, HOSTS);

    // Pushed again, with its notes and without them, it adds nothing.
    assert!(push(&places).contains(": 0 events taken by "));
    for place in &places {
        fs::remove_dir_all(place.join("pushed")).expect("it was pushed");
    }
    assert_eq!(push(&places), line);
    are_three_issues_of(&bugsink, HOSTS);

    // The same faults some lines below are the same issues.
    push(&[run(with_lines_inserted(), "moved")]);
    are_three_issues_of(&bugsink, HOSTS + 1);
}

#[track_caller]
fn are_three_issues_of(bugsink: &Bugsink, hosts: usize) {
    let issues = bugsink.issues();
    let mut kinds: Vec<&str> = issues
        .iter()
        .map(|issue| issue["calculated_type"].as_str().expect("text"))
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["abandoned-write", "torn-frame", "torn-message"]);
    for issue in &issues {
        assert_eq!(issue["stored_event_count"], hosts, "{issue}");
        assert_eq!(bugsink.tag(issue, "host").len(), hosts, "{issue}");
        let releases = bugsink.tag(issue, "release");
        assert!(
            matches!(&releases[..], [release] if release["value"] == "three_faults@1.2.3"),
            "{releases:?}"
        );
        let summary = issue["calculated_value"].as_str().expect("text");
        assert!(summary.contains("three_faults.rs:"), "{summary}");
    }
}
