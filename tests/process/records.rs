//! The records of processes, and the hint at streams of a type that is not known.

use crate::files::{directory, two_reports, writing};
use crate::launch::{Ended, Launch, NO_PAGE, report_files};
use crate::link::Link;
use redhanded::report::Kind;
use redhanded::report::record::{Connections, FOLDER, ProcessRecord, read_all};
use redhanded::tungstenite::WebSocket;
use redhanded::tungstenite::protocol::Role;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

/// What people put round a socket. It is not made known.
pub struct Locked<S>(S);

impl<S: Read> Read for Locked<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<S: Write> Write for Locked<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn watch<S>(stream: S) -> WebSocket<S> {
    WebSocket::from_raw_socket(stream, Role::Server, None)
}

/// Two reports on two connections, and three more connections: two of an unknown type, and one in memory.
pub fn many_connections() {
    two_reports();
    let link = Link::open();
    let clone = link.socket.try_clone().expect("a descriptor");
    drop([watch(Locked(link.socket)), watch(Locked(clone))]);
    drop(watch(Cursor::new(Vec::<u8>::new())));
}

/// Watches a connection, and moves to another directory.
pub fn moves() {
    env::set_current_dir(env::var_os("TEST_DIRECTORY").expect("it is set")).expect("it is there");
    let object = Link::open().object();
    env::set_current_dir("/").expect("it is there");
    drop(object);
}

pub fn watches_nothing() {
    assert_eq!(redhanded::reports(), []);
}

/// Is killed once its record is there.
pub fn is_killed() {
    let object = Link::open().object();
    let folder = env::var_os("REDHANDED_REPORT_DIR").expect("it is set");
    let deadline = Instant::now() + Duration::from_secs(20);
    while records(folder.as_ref()).is_empty() {
        assert!(Instant::now() < deadline, "there is no record");
        thread::yield_now();
    }
    drop(object);
    process::abort();
}

/// Aborts as soon as its only finding is in its file to the end, and prints how long that took. On a busy machine, the finding may be there
/// before, while it is open.
pub fn aborts_behind_its_finding() {
    let mut link = Link::open();
    let _starts_the_worker = link.object();
    let folder = env::var_os("REDHANDED_REPORT_DIR").expect("it is set");
    while records(folder.as_ref()).is_empty() {
        thread::yield_now();
    }
    link.refuse(1);
    let begun = Instant::now();
    let is_report = |entry: std::io::Result<fs::DirEntry>| {
        let path = entry.expect("an entry").path();
        let is_json = path.extension().is_some_and(|it| it == "json");
        is_json && fs::read_to_string(path).is_ok_and(|it| it.contains("\"open\": false"))
    };
    while !fs::read_dir(&folder).expect("it is there").any(is_report) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "there is no report"
        );
        thread::yield_now();
    }
    println!(
        "{:?} from the end of the finding to its file",
        begun.elapsed()
    );
    process::abort();
}

#[track_caller]
fn records(directory: &Path) -> Vec<ProcessRecord> {
    let records = read_all(directory).expect("a list");
    let whole = records
        .into_iter()
        .map(|(name, record)| record.unwrap_or_else(|error| panic!("{name}: {error}")));
    whole.collect()
}

#[track_caller]
fn only_record(directory: &Path) -> ProcessRecord {
    let [record] = &records(directory)[..] else {
        panic!("one record in {}", directory.display())
    };
    record.clone()
}

#[test]
fn a_process_leaves_a_record_of_what_it_watched_and_what_it_found() {
    let directory = directory();
    let ended = writing(many_connections, directory.path()).run().in_order();
    let record = only_record(directory.path());
    assert!(record.is_complete && record.schema == 1 && record.pid == ended.pid);
    let executable = env::current_exe().expect("a path");
    let name = executable.file_name().expect("a name");
    assert_eq!(record.program, name.to_string_lossy());
    let [connections] = &record.connections[..] else {
        panic!("one library: {record:?}")
    };
    let Connections { library, count, .. } = connections;
    // Elsewhere the name of a socket that is gone may be another one's, so that a new object counts again.
    let expected = if cfg!(target_os = "linux") { 4 } else { 5 };
    assert_eq!((&**library, *count), ("tungstenite", expected));
    assert!(connections.version.starts_with("0.30"), "{connections:?}");
    let [unknown] = &record.unknown_streams[..] else {
        panic!("one type: {record:?}")
    };
    assert!(unknown.type_name.contains("Locked<"), "{unknown:?}");
    assert_eq!((&*unknown.library, unknown.count), ("tungstenite", 2));
    assert_eq!(record.reports, BTreeMap::from([(Kind::Overlap, 2)]));
    assert_eq!((record.forks, record.suppressed), (0, 0));
    assert_eq!(record.problems, [] as [String; 0]);
}

#[test]
fn a_directory_is_where_it_was_when_the_first_connection_came() {
    let directory = directory();
    let launch = Launch::of(moves)
        .with(NO_PAGE)
        .with(("TEST_DIRECTORY", directory.path()))
        .with(("REDHANDED_REPORT_DIR", "reports"));
    launch.run().in_order();
    let record = only_record(&directory.path().join("reports"));
    assert!(record.is_complete && record.watched() == 1, "{record:?}");
}

#[test]
fn a_process_that_watches_nothing_leaves_no_record() {
    let directory = directory();
    writing(watches_nothing, directory.path()).run().in_order();
    assert!(records(directory.path()).is_empty());
}

#[test]
fn the_record_of_a_process_that_was_killed_is_not_complete() {
    let directory = directory();
    let ended = writing(is_killed, directory.path()).run();
    assert_eq!(ended.code, None, "{ended}");
    let record = only_record(directory.path());
    assert!(!record.is_complete && record.watched() == 1, "{record:?}");
}

#[test]
fn a_process_that_aborts_behind_its_finding_leaves_the_report_with_both_call_sites() {
    let directory = directory();
    let ended = writing(aborts_behind_its_finding, directory.path())
        .with(("REDHANDED_POLICY", "error"))
        .run();
    assert_eq!(ended.code, None, "{ended}");
    // Shown with `--nocapture`.
    println!("{}", ended.stdout.trim());
    let files = report_files(&directory);
    let [(_, report)] = &files[..] else {
        panic!("one report: {files:?}")
    };
    assert_eq!(report["open"], false);
    let writers = report["writers"].as_array().expect("both");
    assert!(writers.len() == 2 && writers.iter().all(|writer| writer["call_site"].is_object()));
}

#[test]
fn a_record_that_cannot_be_written_is_one_line_and_the_reports_are_there() {
    let directory = directory();
    fs::write(directory.path().join(FOLDER), "the user's own").expect("our own directory");
    let launch = Launch::of(two_reports)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory.path()));
    let ended = launch.run().in_order();
    let problem = "reports cannot be written";
    let lines = ended.lines().into_iter();
    let problems = lines.filter(|line| line.contains(problem)).count();
    assert_eq!(problems, 1, "{ended}");
    let written = fs::read_dir(directory.path()).expect("it is there").count();
    assert_eq!(written, 1 + 2);
}

fn hints(ended: &Ended) -> Vec<&str> {
    let is_hint = |line: &&str| line.contains("is not known");
    ended.lines().into_iter().filter(is_hint).collect()
}

/// Connections of an unknown type, and then as long a life as the program is told.
pub fn unknown_twice() {
    let link = Link::open();
    let clone = link.socket.try_clone().expect("a descriptor");
    drop([watch(Locked(link.socket)), watch(Locked(clone))]);
    drop(watch(Box::new(Locked(
        UnixStream::pair().expect("a pair").0,
    ))));
    drop(watch(Cursor::new(Vec::<u8>::new())));
}

#[test]
fn a_type_that_is_not_known_is_one_line_whatever_ends_the_process() {
    let ended = Launch::of(unknown_twice).with(NO_PAGE).run().in_order();
    let [one, boxed] = &hints(&ended)[..] else {
        panic!("two lines: {ended}")
    };
    let begins = "redhanded: 2 connections on `Locked<UnixStream>`, whose socket is not known: \
                  two writers on one socket would not be seen; see https://docs.rs/redhanded/";
    assert!(one.starts_with(begins), "{one}");
    assert!(one.ends_with("#stream-types-that-are-not-known"), "{one}");
    assert!(boxed.starts_with("redhanded: 1 connection on `Box<Locked<UnixStream>>`, "));
    let silent = Launch::of(unknown_twice)
        .with(NO_PAGE)
        .with(("REDHANDED_STDERR", "off"));
    assert_eq!(silent.run().in_order().stderr, "");
}
