//! The lock of readers and writers: who keeps whom out, and for how long.

use crate::common::{connection, start};
use crate::{
    Line, assert_both_stacks, assert_kind, assert_outcomes, line_here, next_line, report_when,
    reports_of, settle, until,
};
use redhanded::report::{Kind, Report};
use redhanded::sync::{Arc, Barrier, PoisonError, RwLock, RwLockWriteGuard, TryLockError};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

const READ: &str = "read hold of an RwLock";
const WRITE: &str = "write hold of an RwLock";
const TO_READ: &str = "wait to read an RwLock";
const TO_WRITE: &str = "wait to write an RwLock";

fn read_until(lock: &RwLock<u32>, is_inside: &Sender<Line>, may_end: &Receiver<()>) {
    let (_guard, line) = (lock.read().unwrap(), line_here!());
    is_inside.send(line).unwrap();
    may_end.recv().unwrap();
}

fn write_late(lock: &RwLock<u32>, is_late: &Sender<Line>) {
    is_late.send(next_line(line_here!())).unwrap();
    *lock.write().unwrap() += 1;
}

#[test]
fn a_writer_that_waits_for_readers_is_shown_with_the_oldest_and_how_many_more_there_are() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let ((inside, is_inside), (waits, is_waiting)) = (channel(), channel());
    let readers: Vec<_> = ["first reader", "second reader"]
        .map(|name| {
            let (lock, inside, (end, may_end)) = (lock.clone(), inside.clone(), channel());
            let reader = start(name, move || read_until(&lock, &inside, &may_end));
            (reader, end, is_inside.recv().unwrap())
        })
        .into();
    let writing = lock.clone();
    let writer = start("writer", move || write_late(&writing, &waits));
    let (holding, waiting) = (readers[0].2, is_waiting.recv().unwrap());
    let open = report_when(holding, waiting, |report| report.open);
    assert_kind(&open, Kind::Stall, [READ, TO_WRITE]);
    assert!(
        open.summary
            .contains("and 1 more reader: \"second reader\" at ")
            || open
                .summary
                .contains("and 1 more reader: \"first reader\" at "),
        "{open}"
    );
    for (reader, end, _) in readers {
        end.send(()).unwrap();
        reader.result();
    }
    writer.result();
    let closed = report_when(holding, waiting, |report| !report.open);
    assert_outcomes(&closed, ["released", "acquired"]);
    assert_both_stacks(&closed, ["read_until", "write_late"]);
    assert_eq!(*lock.read().unwrap(), 1);
}

#[test]
fn a_thread_that_reads_and_then_writes_is_named_as_a_deadlock() {
    settle();
    let (send_lines, lines) = channel();
    let thread = start("upgrade", move || {
        let lock = RwLock::new(0);
        let (_guard, first) = (lock.read().unwrap(), line_here!());
        send_lines.send((first, next_line(line_here!()))).unwrap();
        let _again = lock.write();
    });
    let (first, second) = lines.recv().unwrap();
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert_kind(&report, Kind::Stall, [READ, TO_WRITE]);
    assert!(
        report
            .summary
            .contains("\"upgrade\" waits to write RwLock #")
            && report.summary.contains("which it holds itself to read")
            && !report.summary.contains("it ends only"),
        "{report}"
    );
    assert_eq!(report.writers[0].thread, report.writers[1].thread);
    drop(thread);
}

fn read_again(lock: &RwLock<u32>) {
    let _again = lock.read();
}

/// The line of `read_again` that reads.
fn again_line() -> Line {
    Line(file!(), 97)
}

#[test]
fn a_thread_that_reads_again_behind_a_writer_is_named_as_a_deadlock() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let ((send_lines, lines), (waits, is_waiting)) = (channel(), channel());
    let (reading, (go, may_go)) = (lock.clone(), channel());
    let reader = start("reads twice", move || {
        let (_guard, first) = (reading.read().unwrap(), line_here!());
        send_lines.send((first, again_line())).unwrap();
        may_go.recv().unwrap();
        read_again(&reading);
    });
    let (first, second) = lines.recv().unwrap();
    let writer = start("writer", move || write_late(&lock, &waits));
    let waiting = is_waiting.recv().unwrap();
    report_when(first, waiting, |report| report.open);
    go.send(()).unwrap();
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert_kind(&report, Kind::Stall, [READ, TO_READ]);
    assert!(
        report
            .summary
            .contains("\"reads twice\" waits to read RwLock #")
            && report
                .summary
                .contains("behind a writer that waits, which it holds itself to read"),
        "{report}"
    );
    drop((reader, writer));
}

type Shared = Arc<RwLock<Vec<WebSocket<TcpStream>>>>;

fn broadcast(clients: &Shared, is_inside: &Sender<Line>) {
    let (mut clients, line) = (clients.write().unwrap(), line_here!());
    is_inside.send(line).unwrap();
    for client in &mut *clients {
        client.send(Message::binary(vec![7; 8 << 20])).unwrap();
    }
}

fn count(clients: &Shared, is_late: &Sender<Line>) -> usize {
    is_late.send(next_line(line_here!())).unwrap();
    clients.read().unwrap().len()
}

#[test]
fn a_broadcast_under_the_write_lock_to_a_client_that_reads_nothing_is_told_with_its_send() {
    settle();
    let (socket, mut peer) = connection();
    let address = socket.peer_addr().unwrap();
    let websocket = WebSocket::from_raw_socket(socket, Role::Server, None);
    let clients: Shared = Arc::new(RwLock::new(vec![websocket]));
    let ((inside, is_inside), (waits, is_waiting)) = (channel(), channel());
    let sending = clients.clone();
    let sender = start("broadcast", move || broadcast(&sending, &inside));
    let holding = is_inside.recv().unwrap();
    let reader = start("count", move || count(&clients, &waits));
    let waiting = is_waiting.recv().unwrap();
    let under_way = format!("send Binary 8 MiB to {address}, for ");
    let report = report_when(holding, waiting, |report| report.open);
    assert_kind(&report, Kind::Stall, [WRITE, TO_READ]);
    assert!(
        report.writers[0]
            .doing
            .as_deref()
            .is_some_and(|doing| doing.starts_with(&under_way)),
        "{report}"
    );
    assert!(report.to_string().contains(&under_way), "{report}");
    peer.takes(10 + (8 << 20));
    sender.result();
    assert_eq!(reader.result(), 1);
    let closed = report_when(holding, waiting, |report| !report.open);
    assert_both_stacks(&closed, ["broadcast", "count"]);
}

fn push(clients: &RwLock<Vec<u32>>, new: u32) {
    clients.write().unwrap().push(new);
}

/// The line of `push` that writes.
fn push_line() -> Line {
    Line(file!(), 185)
}

/// Connects anew while it holds the lock to read, and puts the new connection into the list.
fn reconnect(clients: &RwLock<Vec<u32>>, is_late: &Sender<[Line; 2]>) {
    let (known, first) = (clients.read().unwrap(), line_here!());
    is_late.send([first, push_line()]).unwrap();
    let new = known.len() as u32;
    push(clients, new);
}

#[test]
fn a_reconnect_under_a_read_guard_is_named_as_a_deadlock_also_among_other_readers() {
    settle();
    let clients = Arc::new(RwLock::new(vec![1]));
    let both_read = Arc::new(Barrier::new(2));
    let ((waits, is_waiting), (end, may_end)) = (channel(), channel::<()>());
    let (beside, met) = (clients.clone(), both_read.clone());
    let other = start("lister", move || {
        let _guard = beside.read().unwrap();
        met.wait();
        may_end.recv().unwrap();
    });
    both_read.wait();
    let reconnecting = start("reconnect", move || reconnect(&clients, &waits));
    let [first, second] = is_waiting.recv().unwrap();
    // Its own hold is at fault, although the other one is older: no one else can end it.
    let report = report_when(first, second, |report| {
        report.summary.starts_with("deadlock: ")
    });
    assert_kind(&report, Kind::Stall, [READ, TO_WRITE]);
    end.send(()).unwrap();
    other.result();
    drop(reconnecting);
}

#[test]
fn a_reader_and_a_writer_of_two_locks_that_wait_for_each_other_are_one_deadlock() {
    settle();
    let (lock, mutex) = (
        Arc::new(RwLock::new(0)),
        Arc::new(redhanded::sync::Mutex::new(0)),
    );
    let both_have_one = Arc::new(Barrier::new(2));
    let (a, b, met) = (lock.clone(), mutex.clone(), both_have_one.clone());
    let reader = start("reads, then locks", move || {
        let _first = a.read().unwrap();
        met.wait();
        let _second = b.lock();
    });
    let writer = start("locks, then writes", move || {
        let _first = mutex.lock().unwrap();
        both_have_one.wait();
        let _second = lock.write();
    });
    let of_this = || -> Vec<Report> {
        let is_it = |report: &Report| {
            report
                .summary
                .contains("\"locks, then writes\" waits to write")
        };
        redhanded::reports().into_iter().filter(is_it).collect()
    };
    let report = until("the deadlock", || {
        of_this()
            .into_iter()
            .find(|report| report.summary.starts_with("deadlock: "))
    });
    assert!(
        report
            .summary
            .contains("\"reads, then locks\" waits for Mutex #"),
        "{report}"
    );
    assert_eq!((of_this().len(), report.count), (1, 1), "{report}");
    let both = reports_of(file!());
    let of_threads = both.iter().filter(|report| {
        report.writers.iter().all(|writer| {
            writer
                .thread
                .name
                .as_deref()
                .is_some_and(|name| name.contains(", then "))
        })
    });
    assert_eq!(of_threads.count(), 1, "one deadlock is one report");
    drop((reader, writer));
}

#[test]
fn readers_that_hold_it_together_and_writers_in_turn_are_not_reported() {
    settle();
    let lock = Arc::new(RwLock::new(0));
    let together = Arc::new(Barrier::new(12));
    let readers = [(); 12].map(|()| {
        let (lock, together) = (lock.clone(), together.clone());
        start("together", move || {
            let _guard = lock.read().unwrap();
            together.wait();
        })
    });
    readers.into_iter().for_each(|reader| reader.result());
    let crowd = [(); 4].map(|()| {
        let lock = lock.clone();
        start("in turn", move || {
            for _ in 0..1_000 {
                *lock.write().unwrap() += 1;
                assert!(*lock.read().unwrap() > 0);
            }
        })
    });
    crowd.into_iter().for_each(|thread| thread.result());
    assert_eq!(*lock.read().unwrap(), 4_000);
    let is_of_this = |report: &Report| {
        report
            .writers
            .iter()
            .any(|writer| matches!(writer.thread.name.as_deref(), Some("together" | "in turn")))
    };
    assert!(!reports_of(file!()).iter().any(is_of_this));
}

#[test]
fn a_panic_of_a_writer_poisons_as_with_std_and_that_of_a_reader_does_not() {
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    is_unwind_safe::<RwLock<std::cell::Cell<u32>>>();
    settle();
    let lock = Arc::new(RwLock::new(3));
    let panics = |does_write: bool| {
        let lock = lock.clone();
        let thread = thread::spawn(move || {
            let _guards = if does_write {
                (Some(lock.write().unwrap()), None)
            } else {
                (None, Some(lock.read().unwrap()))
            };
            std::panic::resume_unwind(Box::new("on purpose"));
        });
        assert!(thread.join().is_err());
    };
    panics(false);
    assert!(!lock.is_poisoned());
    panics(true);
    assert!(lock.is_poisoned());
    assert_eq!(*lock.read().unwrap_err().into_inner(), 3);
    assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
    assert_eq!(
        format!("{lock:?}"),
        "RwLock { data: 3, poisoned: true, .. }"
    );
    lock.clear_poison();
    let guard = lock.write().unwrap_or_else(PoisonError::into_inner);
    assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
    assert_eq!(
        format!("{lock:?}"),
        "RwLock { data: <locked>, poisoned: false, .. }"
    );
    let guard = RwLockWriteGuard::downgrade(guard);
    assert_eq!(*lock.try_read().unwrap(), *guard);
    assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
    drop(guard);
    assert_eq!(Arc::into_inner(lock).unwrap().into_inner().unwrap(), 3);
}
