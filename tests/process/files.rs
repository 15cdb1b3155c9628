//! Report files: what is in them, and when they are written.

use crate::launch::{Launch, NO_PAGE, report_files};
use crate::link::{Link, frame, large, only_report};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use std::{env, fs};
use tempfile::{TempDir, tempdir};

pub fn writing(program: impl Fn(), directory: impl AsRef<std::ffi::OsStr>) -> Launch {
    Launch::of(program)
        .with(NO_PAGE)
        .with(("REDHANDED_STDERR", "off"))
        .with(("REDHANDED_REPORT_DIR", directory))
}

pub fn directory() -> TempDir {
    tempdir().expect("a directory of our own")
}

pub fn two_reports() {
    let mut link = Link::open();
    link.overlap(
        ["first", "second"],
        |object| object.send("one".into()),
        frame(3),
    );
    link.overlap(["first", "second"], |object| object.close(None), frame(0));
}

/// The fields of schema 2. `null` where a value may be null or of any kind.
fn schema() -> Value {
    let frame = json!({ "function": "", "file": null, "line": null, "column": null, "origin": "" });
    let writer = json!({
        "role": "", "thread": { "id": 0, "name": null }, "task": null, "handle": 0, "operation": "",
        "call_site": { "file": "", "line": 0, "column": 0 },
        "began_us": 0.0, "ended_us": 0.0, "outcome": "", "backtrace": [frame],
    });
    json!({
        "schema": 2, "id": "", "fingerprint": "", "group": "", "kind": "", "summary": "",
        "wire": { "id": 0, "local": "", "peer": "" },
        "count": 0, "first_seen": "", "last_seen": "",
        "process": { "name": "", "pid": 0, "run": "", "host": null, "started": "", "release": null },
        "writers": [writer], "dropped": { "samples": 0 },
    })
}

/// Checks that every field of `expected` is in `actual`, with the same kind of value. Other fields may be there as well.
fn assert_has(actual: &Value, expected: &Value, path: &str) {
    match (actual, expected) {
        (_, Value::Null) => {}
        (Value::Object(actual), Value::Object(expected)) => {
            for (name, value) in expected {
                let field = actual
                    .get(name)
                    .unwrap_or_else(|| panic!("{path}.{name} is missing"));
                assert_has(field, value, &format!("{path}.{name}"));
            }
        }
        (Value::Array(elements), Value::Array(expected)) => {
            assert!(!elements.is_empty(), "{path} is empty");
            elements
                .iter()
                .for_each(|element| assert_has(element, &expected[0], &format!("{path}[]")));
        }
        (Value::String(_), Value::String(_)) | (Value::Number(_), Value::Number(_)) => {}
        _ => panic!("{path} is {actual}, and should be like {expected}"),
    }
}

#[test]
fn every_fingerprint_has_a_file_of_schema_2() {
    let directory = directory();
    let begun = Instant::now();
    let ended = writing(two_reports, directory.path()).run().in_order();
    let took = begun.elapsed();
    assert_eq!(ended.stderr, "");
    let files = report_files(&directory);
    assert_eq!(files.len(), 2);
    for (path, report) in &files {
        assert_has(report, &schema(), "report");
        let fingerprint = report["fingerprint"].as_str().expect("text");
        assert!(
            fingerprint.len() == 16 && fingerprint.chars().all(|c| c.is_ascii_hexdigit()),
            "{fingerprint}"
        );
        let group = report["group"].as_str().expect("its functions have names");
        assert!(group.len() == 16 && group != fingerprint, "{group}");
        // Cargo runs this test, and so the program that it starts.
        assert_eq!(report["process"]["release"], env!("CARGO_PKG_VERSION"));
        let run = report["process"]["run"].as_str().expect("text");
        assert_eq!(
            path.file_name().expect("a name").to_str(),
            Some(&*format!("{fingerprint}-{run}.json"))
        );
        assert_eq!(
            (&report["schema"], &report["kind"]),
            (&json!(2), &json!("overlap"))
        );
        assert_eq!(
            (&report["count"], &report["dropped"]["samples"]),
            (&json!(1), &json!(0))
        );
        assert_eq!(report["process"]["pid"], ended.pid);
        assert_eq!(report["open"], json!(false));
        for (writer, role) in report["writers"]
            .as_array()
            .expect("a list")
            .iter()
            .zip(["first", "second"])
        {
            assert_eq!(
                (&writer["role"], &writer["thread"]["name"]),
                (&json!(role), &json!(role))
            );
            assert_eq!(writer["outcome"], "returned");
            assert_eq!(
                (&writer["task"], writer["backtrace_missing"].as_str()),
                (&Value::Null, None)
            );
            let origins = ["app", "dependency", "runtime", "redhanded"].map(|origin| json!(origin));
            let frames = writer["backtrace"].as_array().expect("a list");
            assert!(
                frames
                    .iter()
                    .all(|frame| origins.contains(&frame["origin"]))
            );
            assert!(frames.iter().any(|frame| frame["origin"] == "app"));
        }
        assert_eq!(report["writers"].as_array().map(Vec::len), Some(2));
        assert_order(&report["writers"], took);
        assert_moment(&report["first_seen"]);
        assert_moment(&report["last_seen"]);
        assert_moment(&report["process"]["started"]);
        // Another process can read the file.
        let text = fs::read_to_string(path).expect("a file of text");
        redhanded::report::Report::from_json(&text).expect("a report");
    }
}

/// Checks the order: the first began at 0, the second began while the first was inside, and both ended before the process.
fn assert_order(writers: &Value, process: Duration) {
    let time = |writer: usize, field: &str| writers[writer][field].as_f64().expect("a number");
    let process = process.as_secs_f64() * 1e6;
    assert_eq!(time(0, "began_us"), 0.0);
    assert!(
        0.0 < time(1, "began_us") && time(1, "began_us") < time(0, "ended_us"),
        "{writers:#}"
    );
    assert!(time(1, "began_us") < time(1, "ended_us"), "{writers:#}");
    assert!(
        [0, 1]
            .iter()
            .all(|writer| time(*writer, "ended_us") < process),
        "{process} us: {writers:#}"
    );
}

/// Checks the form: RFC 3339 in UTC, to the microsecond.
fn assert_moment(moment: &Value) {
    let text = moment.as_str().expect("text");
    let digits: String = text
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(digits, "0000-00-00T00:00:00.000000Z");
}

#[test]
fn a_directory_that_is_not_there_is_made() {
    let directory = directory();
    writing(two_reports, directory.path().join("a/b"))
        .run()
        .in_order();
    assert_eq!(
        directory
            .path()
            .join("a/b")
            .read_dir()
            .expect("it was made")
            .filter(|entry| entry.as_ref().unwrap().path().is_file())
            .count(),
        2
    );
}

#[test]
fn files_of_other_processes_stay() {
    let directory = directory();
    for processes in 1..=2 {
        writing(two_reports, directory.path()).run().in_order();
        assert_eq!(report_files(&directory).len(), 2 * processes);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_tear_that_was_shown_as_an_open_overlap_leaves_one_file() {
    let directory = directory();
    writing(torn_while_open, directory.path())
        .with(("OVERLAP_SHOWN_IN", directory.path()))
        .run()
        .in_order();
    let files = report_files(&directory);
    let [(_, report)] = &files[..] else {
        panic!("one report: {files:#?}")
    };
    assert_eq!(
        (&report["kind"], &report["count"], &report["open"]),
        (&json!("torn-frame"), &json!(1), &json!(false))
    );
}

/// The name of the file of a report.
pub fn file_name(report: &redhanded::report::Report) -> String {
    let run = report.process.run.as_deref().expect("it has one");
    format!("{}-{run}.json", report.fingerprint)
}

#[cfg(target_os = "linux")]
pub fn torn_while_open() {
    use crate::common::connection::make_room_beside;
    use crate::common::{big_message, connection, peer::BIG, start};
    use redhanded::tungstenite::{WebSocket, protocol::Role};
    let directory = PathBuf::from(env::var_os("OVERLAP_SHOWN_IN").expect("the test says where"));
    let (socket, mut peer) = connection();
    let object = || {
        WebSocket::from_raw_socket(
            socket.try_clone().expect("a descriptor"),
            Role::Server,
            None,
        )
    };
    let (mut one, mut other) = (object(), object());
    let first = start("first", move || one.send(big_message()));
    make_room_beside(&first, &socket, &mut peer);
    other.send("second".into()).expect("there is room");
    let open = crate::link::await_open();
    assert_eq!((open.kind.name(), open.note.is_some()), ("overlap", true));
    let file = directory.join(file_name(&open));
    let deadline = Instant::now() + Duration::from_secs(20);
    while !file.exists() {
        assert!(Instant::now() < deadline, "the open report is written, too");
        std::thread::yield_now();
    }
    peer.takes(10 + BIG + 2 + "second".len());
    first.result().expect("the peer has read everything");
    let report = only_report();
    assert_eq!(
        (report.kind.name(), report.count, report.open),
        ("torn-frame", 1, false)
    );
    assert_eq!(report.id, open.id, "it stays the same report");
}

#[test]
fn payloads_are_only_shown_where_that_is_asked_for() {
    for (value, shown) in [
        (None, "•• ••"),
        (Some("show"), "07 07"),
        (Some("mask"), "•• ••"),
    ] {
        let directory = directory();
        let launch = writing(half_a_frame, directory.path());
        let launch = value
            .map(|value| ("REDHANDED_PAYLOAD", value))
            .into_iter()
            .fold(launch, Launch::with);
        launch.run().in_order();
        let files = report_files(&directory);
        let [(path, report)] = &files[..] else {
            panic!("one report: {files:#?}")
        };
        let ranges = report["bytes"]["ranges"].as_array().expect("a list");
        assert_eq!(ranges.len(), 3);
        assert!(
            ranges[0]["shown"]
                .as_str()
                .is_some_and(|bytes| bytes.ends_with(shown)),
            "{report:#}"
        );
        let inserted = if value == Some("show") {
            "81 06 73 65 63 6f 6e 64"
        } else {
            "81 06 •• •• •• •• •• ••"
        };
        assert_eq!(ranges[1]["shown"], inserted);
        let text = fs::read_to_string(path).expect("a file of text");
        let report = redhanded::report::Report::from_json(&text).expect("a report");
        assert_eq!(
            report.to_string().contains("73 65 63 6f 6e 64"),
            value == Some("show")
        );
    }
}

pub fn half_a_frame() {
    let link = Link::open();
    link.socket.set_nonblocking(true).expect("a socket");
    let (mut one, mut other) = (link.object(), link.object());
    one.send(large()).expect_err("the peer does not read");
    let mut peer = link.peer.try_clone().expect("a descriptor");
    // After this, the socket takes more.
    std::io::Read::read_exact(&mut peer, &mut vec![0; 65_536]).expect("bytes are there");
    while other.flush().is_err() || other.send("second".into()).is_err() {
        std::thread::yield_now();
    }
}

#[test]
fn a_count_that_grows_is_written_again() {
    let directory = directory();
    writing(counts_up, directory.path())
        .with(("REDHANDED_POLICY", "error"))
        .run()
        .in_order();
    let files = report_files(&directory);
    assert_eq!(files.len(), 1);
    let (count, kept) = (
        &files[0].1["count"],
        files[0].1["samples"].as_array().map_or(0, Vec::len),
    );
    assert_eq!(*count, 300);
    assert_eq!(
        files[0].1["dropped"]["samples"],
        json!(300 - 1 - kept),
        "one is in `writers`, the rest was dropped"
    );
}

pub fn counts_up() {
    let mut link = Link::open();
    for _ in 0..3 {
        link.refuse(100);
    }
    assert_eq!(only_report().count, 300);
}
