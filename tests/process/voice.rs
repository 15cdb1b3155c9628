//! Programs that keep the locks that a tool could wait for, and standard errors that are not read. The program goes on, and no
//! finding is lost in silence.
//!
//! This needs `unsafe`, because the standard library sets no signals. `signal` is the system's.
#![allow(unsafe_code)]

use crate::files::directory;
use crate::launch::{Launch, NO_PAGE, report_files};
use crate::link::{Link, frame, in_thread, only_report};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::{fs, io, panic, process, thread};

/// Begins a thread that has the lock of standard error until the process ends.
fn lock_stderr_for_life() {
    let (locked, is_locked) = mpsc::channel();
    thread::spawn(move || {
        let _lock = io::stderr().lock();
        locked.send(()).expect("it waits");
        loop {
            thread::park();
        }
    });
    is_locked.recv().expect("the thread has the lock");
    // The hook of the harness would wait for the lock.
    panic::set_hook(Box::new(|_| {}));
}

/// What a failed check says.
#[track_caller]
fn failure(check: impl FnOnce()) -> String {
    let panicked = catch_unwind(AssertUnwindSafe(check)).expect_err("it fails");
    *panicked.downcast::<String>().expect("a sentence")
}

/// A wrong program in which a logger has the lock of standard error for ever.
pub fn keeps_stderr_locked() {
    lock_stderr_for_life();
    let watch = redhanded::watch();
    overlap_once(&mut Link::open());
    let failure = failure(|| watch.assert_clean());
    assert!(failure.starts_with("1 report(s) of"), "{failure}");
    process::exit(0);
}

fn overlap_once(link: &mut Link) {
    link.overlap(
        ["first", "second"],
        |object| object.send("one".into()),
        frame(3),
    );
}

#[test]
fn a_thread_that_keeps_the_lock_of_stderr_hides_no_finding() {
    let directory = directory();
    let ended = Launch::of(keeps_stderr_locked)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .with(("REDHANDED_EXITCODE", "66"))
        .run()
        .with_code(66);
    assert_eq!(report_files(&directory).len(), 1, "{ended}");
    assert!(
        ended.stderr.starts_with("redhanded: overlap (open): "),
        "{ended}"
    );
}

#[test]
fn a_thread_that_keeps_the_lock_of_stderr_does_not_keep_the_process_from_its_end() {
    let directory = directory();
    let known = directory.path().join("known.txt");
    fs::write(&known, "overlap:*refuse*\n").expect("our own directory");
    let ended = Launch::of(keeps_stderr_locked_and_is_known)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_SUPPRESSIONS", &known))
        .with(("REDHANDED_EXITCODE", "66"))
        .run()
        .in_order();
    let told = "redhanded: 1 finding suppressed: 1 by ";
    assert!(ended.stderr.contains(told), "{ended}");
}

pub fn keeps_stderr_locked_and_is_known() {
    lock_stderr_for_life();
    let watch = redhanded::watch();
    Link::open().refuse(1);
    watch.assert_clean();
    process::exit(0);
}

/// A right program whose main thread has the lock of standard error while it waits for the thread that connects.
pub fn connects_below_the_lock_of_stderr() {
    let lock = io::stderr().lock();
    let connecting = in_thread("connecting", || {
        let link = Link::open();
        let mut object = link.object();
        object.send("hello".into()).expect("no other writer");
        assert_eq!(link.plain_peer().read().expect("whole"), "hello".into());
    });
    connecting.join().expect("it ends");
    drop(lock);
}

#[test]
fn a_value_that_is_not_understood_does_not_wait_for_the_lock_of_stderr() {
    let ended = Launch::of(connects_below_the_lock_of_stderr)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "nonsense"))
        .with(("REDHANDED_SUPPRESSIONS", "/nowhere/known.txt"))
        .run()
        .in_order();
    let [policy, suppressions] = ended.lines()[..] else {
        panic!("two lines: {ended}")
    };
    assert!(policy.contains("REDHANDED_POLICY=\"nonsense\" is not understood"));
    assert!(suppressions.contains("/nowhere/known.txt"), "{ended}");
}

/// A subscriber that prints to standard output.
struct Prints;

impl tracing::Subscriber for Prints {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "redhanded"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        // As subscribers do. It waits for the lock, and may be asked by any thread.
        let _ = writeln!(
            io::stdout().lock(),
            "event of {}",
            event.metadata().target()
        );
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

pub fn keeps_stdout_locked() {
    tracing::subscriber::set_global_default(Prints).expect("the first one");
    let mut lock = io::stdout().lock();
    overlap_once(&mut Link::open());
    assert_eq!(only_report().count, 1);
    writeln!(lock, "the report is there").expect("it is read");
}

#[test]
fn a_subscriber_that_waits_for_the_program_holds_nothing_up_and_has_its_event() {
    let directory = directory();
    let ended = Launch::of(keeps_stdout_locked)
        .with(NO_PAGE)
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .run()
        .in_order();
    assert_eq!(report_files(&directory).len(), 1);
    let lines: Vec<_> = ended.stdout.lines().collect();
    // The test runner prints `ok` without the end of its line, before the event or behind it.
    let place = |wanted: &str| lines.iter().position(|line| line.ends_with(wanted));
    let (report, event) = (place("the report is there"), place("event of redhanded"));
    assert!(report.is_some() && report < event, "{ended}");
    assert_eq!(ended.lines().len(), 1, "{ended}");
}

/// Pairs of call sites: eight of the first writer with sixteen of the second.
#[rustfmt::skip]
pub fn many_sites() {
    use crate::link::{LARGE, Object, large};
    type Send = fn(&mut Object) -> redhanded::tungstenite::Result<()>;
    const FIRST: [Send; 8] = [
        |it| it.send(large()), |it| it.send(large()), |it| it.send(large()), |it| it.send(large()),
        |it| it.send(large()), |it| it.send(large()), |it| it.send(large()), |it| it.send(large()),
    ];
    const SECOND: [Send; 16] = [
        |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()),
        |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()),
        |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()),
        |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()), |it| it.send("2".into()),
    ];
    for first in FIRST {
        let mut link = Link::open();
        let (mut one, mut other) = (link.object(), link.object());
        let writes = link.occupy(move || first(&mut one));
        for second in SECOND {
            second(&mut other).expect_err("the first has the connection");
        }
        link.drain(frame(LARGE));
        writes.join().expect("no panic").expect("the peer has read everything");
    }
}

/// How many reports [`many_sites`] has.
const SITES: usize = 8 * 16;

#[test]
fn a_stderr_that_is_read_only_at_the_end_leaves_all_files() {
    let directory = directory();
    let ended = Launch::of(many_sites)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_STDERR", "full"))
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .with(("REDHANDED_EXITCODE", "66"))
        .run_unread()
        .with_code(66);
    assert_eq!(report_files(&directory).len(), SITES);
    assert!(ended.stderr.contains("==== redhanded: overlap"), "{ended}");
}

#[test]
fn a_line_for_every_report_is_there_when_the_process_has_ended() {
    let directory = directory();
    let ended = Launch::of(many_sites)
        .with(NO_PAGE)
        .with(("REDHANDED_POLICY", "error"))
        .with(("REDHANDED_REPORT_DIR", directory.path()))
        .run()
        .in_order();
    assert_eq!(report_files(&directory).len(), SITES);
    assert_eq!(ended.lines().len(), SITES, "{ended}");
}

unsafe extern "C" {
    fn signal(signal: i32, action: usize) -> usize;
}

/// The number of SIGPIPE, and its action with which a process begins that is not a Rust one.
const SIGPIPE: i32 = 13;
const DEFAULT: usize = 0;

pub fn dies_of_sigpipe() {
    // SAFETY: both numbers are those of the system.
    unsafe { signal(SIGPIPE, DEFAULT) };
    overlap_once(&mut Link::open());
    assert_eq!(only_report().count, 1);
    process::exit(7);
}

#[test]
fn a_reader_of_stderr_that_is_gone_kills_no_process() {
    for how_much in ["summary", "full"] {
        let directory = directory();
        Launch::of(dies_of_sigpipe)
            .with(NO_PAGE)
            .with(("REDHANDED_STDERR", how_much))
            .with(("REDHANDED_REPORT_DIR", directory.path()))
            .run_without_reader()
            .with_code(7);
        assert_eq!(report_files(&directory).len(), 1);
    }
}

/// Closes standard error, so that the next file has its number.
pub fn has_a_file_as_number_two() {
    unsafe extern "C" {
        fn close(descriptor: i32) -> i32;
    }
    let mut link = Link::open();
    let _object = link.object();
    assert_eq!(redhanded::reports(), []);
    let file = std::env::var_os("TEST_FILE").expect("it is set");
    // SAFETY: nothing of this process uses the number but standard error, which takes it as it comes.
    unsafe { close(2) };
    let file = fs::File::create(file).expect("our own directory");
    assert_eq!(std::os::fd::AsRawFd::as_raw_fd(&file), 2);
    overlap_once(&mut link);
    assert_eq!(only_report().count, 1);
    process::exit(7);
}

#[test]
fn a_file_that_has_the_number_of_standard_error_is_not_written_to() {
    let directory = directory();
    let file = directory.path().join("file");
    let ended = Launch::of(has_a_file_as_number_two)
        .with(NO_PAGE)
        .with(("TEST_FILE", &file))
        .run()
        .with_code(7);
    assert_eq!(fs::read_to_string(file).expect("it is there"), "");
    assert!(ended.stderr.starts_with("redhanded: overlap"), "{ended}");
}

/// A waker of the application that never comes back, which the detector calls to have a writer's backtrace taken.
pub fn has_a_waker_that_never_comes_back() {
    use redhanded::sync::tokio::Mutex;
    use std::future::Future;
    use std::pin::pin;
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use std::task::{Context, Poll, Wake};
    struct Parks(thread::ThreadId, Sender<()>);
    impl Wake for Parks {
        fn wake(self: Arc<Self>) {
            if thread::current().id() == self.0 {
                return;
            }
            self.1.send(()).expect("main waits for it");
            loop {
                thread::park();
            }
        }
    }
    let (parks, is_parked) = channel();
    let watch = redhanded::watch();
    let link = Link::open();
    let _object = link.object();
    let mutex = Mutex::new(());
    let _guard = mutex.try_lock().expect("it is free");
    let waker = Arc::new(Parks(thread::current().id(), parks)).into();
    let mut waiting = pin!(mutex.lock());
    let mut context = Context::from_waker(&waker);
    assert!(matches!(waiting.as_mut().poll(&mut context), Poll::Pending));
    panic::set_hook(Box::new(|_| {}));
    is_parked.recv().expect("the wait is a stall");
    let failure = failure(|| watch.assert_clean());
    assert!(failure.contains("did not answer"), "{failure}");
    process::exit(7);
}

#[test]
fn a_collector_that_does_not_answer_is_never_clean() {
    let ended = Launch::of(has_a_waker_that_never_comes_back)
        .with(NO_PAGE)
        .with(("REDHANDED_STALL", "50ms"))
        .run()
        .with_code(7);
    let said = "redhanded: the collector did not answer in time: ";
    assert!(ended.stderr.contains(said), "{ended}");
}
