//! The locks of parking_lot.

use crate::common::start;
use crate::{
    Line, assert_both_stacks, assert_kind, assert_outcomes, line_here, next_line, report_when,
    reports_of, settle,
};
use redhanded::report::{Kind, Report};
use redhanded::sync::Arc;
use redhanded::sync::parking_lot::{
    Condvar, Mutex, ReentrantMutex, RwLock, RwLockUpgradableReadGuard, RwLockWriteGuard,
};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

const READ: &str = "read hold of a parking_lot RwLock";
const WRITE: &str = "write hold of a parking_lot RwLock";
const TO_READ: &str = "wait to read a parking_lot RwLock";
const TO_WRITE: &str = "wait to write a parking_lot RwLock";

fn hold(mutex: &Mutex<u32>, is_inside: &Sender<Line>, may_end: &Receiver<()>) {
    let (_guard, line) = (mutex.lock(), line_here!());
    is_inside.send(line).unwrap();
    may_end.recv().unwrap();
}

fn lock_late(mutex: &Mutex<u32>, is_late: &Sender<Line>) {
    is_late.send(next_line(line_here!())).unwrap();
    *mutex.lock() += 1;
}

#[test]
fn a_thread_that_starves_behind_a_mutex_is_shown_with_both_lines_and_both_stacks() {
    settle();
    let mutex = Arc::new(Mutex::new(0));
    let ((inside, is_inside), (waits, is_waiting), (end, may_end)) =
        (channel(), channel(), channel());
    let holding = mutex.clone();
    let holder = start("holder", move || hold(&holding, &inside, &may_end));
    let first = is_inside.recv().unwrap();
    let waiter = start("waiter", move || lock_late(&mutex, &waits));
    let second = is_waiting.recv().unwrap();
    report_when(first, second, |report| report.open);
    end.send(()).unwrap();
    holder.result();
    waiter.result();
    let closed = report_when(first, second, |report| !report.open);
    let operations = [
        "hold of a parking_lot Mutex",
        "wait for a parking_lot Mutex",
    ];
    assert_kind(&closed, Kind::Stall, operations);
    assert_both_stacks(&closed, ["parking_lot::hold", "lock_late"]);
    assert_outcomes(&closed, ["released", "acquired"]);
}

#[test]
fn a_thread_that_reads_and_then_writes_is_named_as_a_deadlock() {
    settle();
    let (send_lines, lines) = channel();
    let thread = start("upgrade", move || {
        let lock = RwLock::new(0);
        let (_guard, first) = (lock.read(), line_here!());
        send_lines.send((first, next_line(line_here!()))).unwrap();
        let _again = lock.write();
    });
    let (first, second) = lines.recv().unwrap();
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert_kind(&report, Kind::Stall, [READ, TO_WRITE]);
    let said = ", which it holds itself to read";
    assert!(report.summary.contains(said), "{report}");
    drop(thread);
}

fn write_late(lock: &RwLock<u32>, is_late: &Sender<Line>) {
    is_late.send(next_line(line_here!())).unwrap();
    *lock.write() += 1;
}

/// As `a_thread_that_reads_again_behind_a_writer_is_named_as_a_deadlock`: the wait of the writer must not let it pass.
#[test]
fn a_thread_that_reads_again_behind_a_writer_stays_a_deadlock() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let ((send_lines, lines), (waits, is_waiting), (go, may_go)) =
        (channel(), channel(), channel());
    let reading = lock.clone();
    let reader = start("reads twice", move || {
        let (_guard, first) = (reading.read(), line_here!());
        let second = next_line(next_line(next_line(line_here!())));
        send_lines.send((first, second)).unwrap();
        may_go.recv().unwrap();
        drop(reading.read());
    });
    let (first, second) = lines.recv().unwrap();
    let writer = start("writer", move || write_late(&lock, &waits));
    let waiting = is_waiting.recv().unwrap();
    writer.sleeps();
    go.send(()).unwrap();
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert_kind(&report, Kind::Stall, [READ, TO_READ]);
    let why = "it ends only if the writer that waits gives up";
    assert!(report.summary.ends_with(why), "{report}");
    report_when(first, waiting, |report| report.open);
    drop((reader, writer));
}

fn upgrade_late(lock: &RwLock<u32>, is_late: &Sender<Line>) {
    let guard = lock.upgradable_read();
    is_late.send(next_line(line_here!())).unwrap();
    let mut guard = RwLockUpgradableReadGuard::upgrade(guard);
    *guard += 1;
    drop(RwLockWriteGuard::downgrade_to_upgradable(guard));
}

#[test]
fn an_upgrade_waits_for_the_other_readers_and_not_for_itself() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let (guard, first) = (lock.read(), line_here!());
    let ((waits, is_waiting), upgrading) = (channel(), lock.clone());
    let upgrade = start("upgrades", move || upgrade_late(&upgrading, &waits));
    let second = is_waiting.recv().unwrap();
    let open = report_when(first, second, |report| report.open);
    assert_kind(&open, Kind::Stall, [READ, TO_WRITE]);
    assert!(!open.summary.contains("deadlock"), "{open}");
    drop(guard);
    upgrade.result();
    let closed = report_when(first, second, |report| !report.open);
    assert_outcomes(&closed, ["released", "acquired"]);
    let reading = lock.clone();
    let (guard, first) = (lock.write(), line_here!());
    let second = next_line(next_line(line_here!()));
    let reader = start("reads", move || {
        drop(reading.read());
    });
    report_when(first, second, |report| report.open);
    drop(guard);
    reader.result();
    let closed = report_when(first, second, |report| !report.open);
    assert_kind(&closed, Kind::Stall, [WRITE, TO_READ]);
}

#[test]
fn a_wait_for_a_condition_and_a_lock_that_is_taken_again_by_its_thread_are_not_reported() {
    settle();
    let shared = Arc::new((Mutex::new(false), Condvar::new()));
    let waiting = shared.clone();
    let waiter = start("waits for a condition", move || {
        let (mutex, condvar) = &*waiting;
        let mut guard = mutex.lock();
        condvar.wait_while(&mut guard, |is_ready| !*is_ready);
        assert!(*guard);
    });
    waiter.sleeps();
    let (mutex, condvar) = &*shared;
    let never = Condvar::new();
    let waited = never.wait_for(&mut mutex.lock(), Duration::from_millis(200));
    assert!(waited.timed_out());
    *mutex.lock() = true;
    condvar.notify_all();
    waiter.result();
    let again = ReentrantMutex::new(1);
    let (one, two) = (again.lock(), again.lock());
    assert_eq!(*one + *two, 2);
    let is_of_this = |report: &Report| {
        let names = report.writers.iter().map(|it| it.thread.name.as_deref());
        names.flatten().any(|name| name == "waits for a condition")
    };
    assert!(!reports_of(file!()).iter().any(is_of_this));
}
