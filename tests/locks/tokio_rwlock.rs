//! tokio's lock of readers and writers.

use crate::common::connection;
use crate::{
    Line, assert_both_stacks, assert_kind, assert_outcomes, line_here, next_line, report_when,
    settle, until,
};
use futures_util::SinkExt;
use redhanded::report::{Kind, Report};
use redhanded::sync::Arc;
use redhanded::sync::tokio::{
    OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, RwLockMappedWriteGuard, RwLockReadGuard,
    RwLockWriteGuard, oneshot,
};
use redhanded::tokio_tungstenite::WebSocketStream;
use redhanded::tungstenite::Message;
use redhanded::tungstenite::protocol::Role;
use std::future::Future;

const READ: &str = "read hold of a tokio RwLock";
const WRITE: &str = "write hold of a tokio RwLock";
const TO_READ: &str = "wait to read a tokio RwLock";
const TO_WRITE: &str = "wait to write a tokio RwLock";

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Lets the other tasks run until there is a report of these lines for which the condition holds.
async fn when(first: Line, second: Line, is_ready: impl Fn(&Report) -> bool) -> Report {
    let is_it =
        |report: &Report| first.is_of(report, 0) && second.is_of(report, 1) && is_ready(report);
    loop {
        if let Some(found) = redhanded::reports().into_iter().find(is_it) {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_task_that_reads_again_behind_a_writer_is_named_as_a_deadlock() {
    settle();
    block_on(async {
        let lock = Arc::new(RwLock::new(0));
        let (guard, first) = (lock.read().await, line_here!());
        let writer = tokio::spawn({
            let lock = lock.clone();
            async move { *lock.write().await += 1 }
        });
        tokio::task::yield_now().await;
        let (reading, (lines, is_late)) = (lock.clone(), oneshot::channel());
        drop(guard);
        writer.await.unwrap();
        assert_eq!((first.0, *lock.read().await), (file!(), 1));

        let (writing, (go, may_go)) = (lock.clone(), oneshot::channel());
        let reader = tokio::spawn(async move {
            let (_guard, first) = (reading.read().await, line_here!());
            let second = next_line(next_line(next_line(line_here!())));
            lines.send((first, second)).unwrap();
            may_go.await.unwrap();
            drop(reading.read().await);
        });
        let (first, second) = is_late.await.unwrap();
        let writer = tokio::spawn(async move { *writing.write().await += 1 });
        tokio::task::yield_now().await;
        go.send(()).unwrap();
        let report = when(first, second, |it| it.summary.starts_with("deadlock: ")).await;
        assert_kind(&report, Kind::Stall, [READ, TO_READ]);
        let said = format!("task {} waits to read tokio RwLock #", reader.id());
        let why = ", behind a writer that waits, which it took itself to read (taken at ";
        assert!(
            report.summary.contains(&said) && report.summary.contains(why),
            "{report}"
        );
        reader.abort();
        assert!(reader.await.unwrap_err().is_cancelled());
        writer.await.unwrap();
        assert_eq!(*lock.read().await, 2);
    });
}

async fn broadcast<S>(clients: Arc<RwLock<Vec<WebSocketStream<S>>>>, inside: oneshot::Sender<Line>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (mut clients, line) = (clients.write().await, line_here!());
    inside.send(line).unwrap();
    for client in &mut *clients {
        client
            .send(Message::binary(vec![7; 8 << 20]))
            .await
            .unwrap();
    }
}

#[test]
fn a_broadcast_that_is_aborted_under_the_write_lock_is_told_with_its_send_and_why_it_has_no_frame()
{
    settle();
    block_on(async {
        let (socket, _peer) = connection();
        let address = socket.peer_addr().unwrap();
        socket.set_nonblocking(true).unwrap();
        let socket = tokio::net::TcpStream::from_std(socket).unwrap();
        let websocket = WebSocketStream::from_raw_socket(socket, Role::Server, None).await;
        let clients = Arc::new(RwLock::new(vec![websocket]));
        let (inside, is_inside) = oneshot::channel();
        let sender = tokio::spawn(broadcast(clients.clone(), inside));
        let holding = is_inside.await.unwrap();
        let waiting = next_line(line_here!());
        let counting = clients.read();
        let counter = async { counting.await.len() };
        let seen = async {
            let report = when(holding, waiting, |report| report.open).await;
            assert_kind(&report, Kind::Stall, [WRITE, TO_READ]);
            let doing = report.writers[0].doing.clone().unwrap_or_default();
            let under_way = format!("send Binary 8 MiB to {address}, for ");
            assert!(doing.starts_with(&under_way), "{report}");
            sender.abort();
        };
        let (count, ()) = futures_util::future::join(counter, seen).await;
        assert_eq!(count, 1);
        let closed = report_when(holding, waiting, |report| !report.open);
        assert_outcomes(&closed, ["released", "acquired"]);
        let holder = &closed.writers[0];
        let why = holder.backtrace_missing.as_deref().unwrap_or_default();
        assert!(why.contains("aborted"), "{closed}");
        assert!(closed.to_string().contains(why), "{closed}");
    });
}

#[test]
fn a_reconnect_under_a_read_guard_is_named_as_a_deadlock() {
    settle();
    block_on(async {
        let lock = Arc::new(RwLock::new(Vec::new()));
        let (send_lines, lines) = oneshot::channel();
        let task = tokio::spawn(async move {
            let (known, first) = (lock.read().await, line_here!());
            send_lines.send((first, next_line(line_here!()))).unwrap();
            lock.write().await.push(known.len());
        });
        let (first, second) = lines.await.unwrap();
        let report = when(first, second, |it| it.summary.starts_with("deadlock: ")).await;
        assert_kind(&report, Kind::Stall, [READ, TO_WRITE]);
        assert!(
            report.summary.contains(", which it took itself to read"),
            "{report}"
        );
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        let closed = report_when(first, second, |report| !report.open);
        assert_eq!(closed.writers[1].outcome.as_deref(), Some("gave up"));
    });
}

async fn hold_owned(guard: OwnedRwLockReadGuard<[u32; 2], u32>, may_end: oneshot::Receiver<()>) {
    may_end.await.unwrap();
    drop(guard);
}

#[test]
fn an_owned_guard_that_was_mapped_holds_the_lock_until_it_is_dropped() {
    settle();
    block_on(async {
        let lock = Arc::new(RwLock::new([1, 2]));
        let (guard, holding) = (lock.clone().read_owned().await, line_here!());
        let guard = OwnedRwLockReadGuard::map(guard, |both| &both[1]);
        assert_eq!(*guard, 2);
        let (end, may_end) = oneshot::channel();
        let holder = tokio::spawn(hold_owned(guard, may_end));
        let waiting = next_line(line_here!());
        let writing = lock.write();
        let writer = async { writing.await[0] = 3 };
        let seen = async {
            when(holding, waiting, |report| report.open).await;
            end.send(()).unwrap();
        };
        futures_util::future::join(writer, seen).await;
        holder.await.unwrap();
        let closed = report_when(holding, waiting, |report| !report.open);
        assert_kind(&closed, Kind::Stall, [READ, TO_WRITE]);
        assert_both_stacks(&closed, ["hold_owned", "an_owned_guard"]);
        assert_eq!(*lock.read().await, [3, 2]);
    });
}

#[test]
fn guards_that_are_mapped_downgraded_or_refused_keep_the_lock_as_tokios_do() {
    settle();
    let lock = Arc::new(RwLock::new((1, 2)));
    let guard = RwLockWriteGuard::map(lock.try_write().unwrap(), |(first, _)| first);
    let guard = RwLockMappedWriteGuard::try_map(guard, |_| None::<&mut u32>).unwrap_err();
    assert!(*guard == 1 && lock.try_read().is_err());
    drop(guard);
    let guard = lock.try_write().unwrap().downgrade();
    let guard = RwLockReadGuard::map(guard, |(_, second)| second);
    assert!(*guard == 2 && lock.try_write().is_err() && lock.try_read().is_ok());
    drop(guard);
    let guard = lock.clone().try_write_owned().unwrap();
    let guard = OwnedRwLockWriteGuard::try_downgrade_map(guard, |_| None::<&u32>).unwrap_err();
    assert!(lock.try_read().is_err() && Arc::ptr_eq(OwnedRwLockWriteGuard::rwlock(&guard), &lock));
    let guard = guard.downgrade();
    assert!(lock.try_write().is_err() && *guard == (1, 2));
    drop(guard);
    assert!(lock.try_write().is_ok());
    let panics = |guard| {
        RwLockWriteGuard::map(guard, |_: &mut (u32, u32)| -> &mut u32 {
            panic!("on purpose")
        })
    };
    let guard = lock.try_write().unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(panics(guard))));
    assert!(panicked.is_err() && lock.try_write().is_ok());
}

#[test]
fn a_thread_that_blocks_for_the_lock_is_shown_behind_the_task_that_has_it() {
    settle();
    let lock = Arc::new(RwLock::new(()));
    let (guard, holding) = (lock.blocking_write(), line_here!());
    let reading = lock.clone();
    let waiting = next_line(next_line(line_here!()));
    let read = move || {
        drop(reading.blocking_read());
    };
    let thread = crate::common::start("blocked", read);
    let open = report_when(holding, waiting, |report| report.open);
    assert_kind(&open, Kind::Stall, [WRITE, TO_READ]);
    drop(guard);
    thread.result();
    until("the end", || {
        crate::report_now(holding, waiting).filter(|report| !report.open)
    });
}
