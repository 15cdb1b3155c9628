//! A client and a split connection in a forked child, which has none of their threads. Every call there says so at once, also
//! where a thread of the parent had a lock at the fork, and nothing is written to the parent's connection.

use crate::peer::{PATIENCE, Server, connected, rest, run};
use redhanded::tungstenite::accept;
use redhanded_client::error::{CloseError, ConnectionError, ReceiptError, SendRefusal, TakeError};
use redhanded_client::{Client, Delivery, Receiver, ReuniteError, Sender, Stats, reunite, split};
use std::future::Future;
use std::net::TcpStream;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::thread;

/// Many, so that threads have every lock at some fork.
const CHILDREN: usize = 100;

/// Runs this in a child, which says by its exit code which check has failed, and prints nothing.
fn in_child(run: impl FnOnce()) {
    // SAFETY: the child calls what is tested, and the C library keeps its allocator in order. It is ended by a signal if it hangs.
    let (waited, status) = unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(30);
            run();
            libc::_exit(0);
        }
        let mut status = 0;
        (libc::waitpid(child, &mut status, 0) == child, status)
    };
    assert!(
        waited && libc::WIFEXITED(status),
        "it ended by itself: {status}"
    );
    assert_eq!(libc::WEXITSTATUS(status), 0, "the check that failed");
}

#[track_caller]
fn check(is_right: bool) {
    if !is_right {
        let line = std::panic::Location::caller().line();
        // SAFETY: it ends this process, and runs nothing of the parent's. No line of this file is a multiple of 256.
        unsafe { libc::_exit(line as i32) }
    }
}

/// The output of a future that is ready at once.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

fn refused(result: Result<redhanded_client::Receipt, redhanded_client::error::SendError>) -> bool {
    result.is_err_and(|error| {
        error.reason == SendRefusal::ForkedChild && error.into_message().to_string() == "childs"
    })
}

fn check_client(client: Client, receipt: redhanded_client::Receipt) {
    for delivery in [Delivery::Droppable, Delivery::Guaranteed] {
        check(refused(client.send("childs", delivery)));
        check(at_once(client.send_async("childs", delivery)).is_some_and(refused));
    }
    let is_childs = |error| error == TakeError::ForkedChild;
    check(client.recv().is_none());
    check(client.recv_timeout(PATIENCE).is_err_and(is_childs));
    check(client.try_recv().is_err_and(is_childs));
    check(matches!(at_once(client.recv_async()), Some(None)));
    check(client.events().next().is_none());
    check(client.stats() == Stats::default());
    check(receipt.wait(PATIENCE) == Err(ReceiptError::ForkedChild));
    check(!receipt.is_delivered());
    check(at_once(receipt) == Some(Err(ReceiptError::ForkedChild)));
    check(client.close(PATIENCE) == Err(CloseError::ForkedChild));
    drop(client);
}

/// Sends and asks all the time, so that any lock may be held at a fork.
fn busily<R>(sends: impl Fn(Delivery) + Sync, run: impl FnOnce() -> R) -> R {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for delivery in [Delivery::Droppable, Delivery::Guaranteed] {
            let (is_over, sends) = (&is_over, &sends);
            scope.spawn(move || {
                while !is_over.load(Relaxed) {
                    sends(delivery);
                }
            });
        }
        let result = run();
        is_over.store(true, Relaxed);
        result
    })
}

#[test]
fn a_client_in_a_forked_child_says_so_at_once_and_writes_nothing() {
    run(|| {
        let server = Server::new();
        let client = server.client();
        let reading = thread::spawn(move || rest(&mut server.accept()));
        connected(&client);
        let sends = |delivery| {
            let _ = client.send("busy", delivery);
            let _ = (client.stats(), client.try_recv());
        };
        busily(sends, || {
            for _ in 0..CHILDREN {
                let receipt = client.send("before", Delivery::Guaranteed).unwrap();
                let mut waiting = Some(client.recv_async());
                let _ = at_once(waiting.as_mut().unwrap());
                in_child(|| {
                    drop(waiting.take());
                    check_client(client.clone(), receipt);
                });
            }
        });
        in_child(|| drop(client.clone()));
        let after = client.send("after", Delivery::Guaranteed).unwrap();
        after.wait(PATIENCE).unwrap();
        client.close(PATIENCE).unwrap();
        let texts = reading.join().unwrap();
        assert_eq!(texts.last().map(String::as_str), Some("after"));
        assert!(texts.iter().all(|text| text != "childs"));
    });
}

#[test]
fn the_last_handle_of_a_client_is_dropped_in_a_forked_child_and_its_parent_sends_on() {
    run(|| {
        let server = Server::new();
        let mut client = Some(server.client());
        let reading = thread::spawn(move || rest(&mut server.accept()));
        connected(client.as_ref().unwrap());
        in_child(|| drop(client.take()));
        let client = client.unwrap();
        let after = client.send("after", Delivery::Guaranteed).unwrap();
        after.wait(PATIENCE).unwrap();
        client.close(PATIENCE).unwrap();
        assert_eq!(reading.join().unwrap(), ["after"]);
    });
}

fn split_pair() -> (Sender, Receiver<TcpStream>, thread::JoinHandle<Vec<String>>) {
    let server = Server::new();
    let (url, address) = (server.url(), server.address());
    let peer = thread::spawn(move || {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        rest(&mut redhanded::raw::tungstenite::client(url, socket).unwrap().0)
    });
    let (sender, receiver) = split(accept(server.accept_socket()).unwrap()).unwrap();
    (sender, receiver, peer)
}

#[test]
fn a_split_connection_in_a_forked_child_says_so_at_once_and_writes_nothing() {
    run(|| {
        let (sender, receiver, reading) = split_pair();
        let mut halves = Some((sender.clone(), receiver));
        let sends = |delivery| drop((sender.send("busy", delivery), sender.stats()));
        busily(sends, || {
            for number in 0..CHILDREN {
                in_child(|| {
                    let (sender, mut receiver) = halves.take().unwrap();
                    check(refused(sender.send("childs", Delivery::Guaranteed)));
                    check(sender.stats() == Stats::default());
                    sender.close(PATIENCE);
                    let is_childs = |error| matches!(error, ConnectionError::ForkedChild);
                    check(receiver.recv().is_err_and(is_childs));
                    check(receiver.recv_timeout(PATIENCE).is_err_and(is_childs));
                    check(
                        at_once(receiver.recv_async()).is_some_and(|it| it.is_err_and(is_childs)),
                    );
                    match number % 3 {
                        0 => check(receiver.close(PATIENCE).is_err()),
                        1 => check(matches!(
                            reunite(sender, receiver),
                            Err(ReuniteError::ForkedChild)
                        )),
                        _ => drop((sender, receiver)),
                    }
                });
            }
        });
        let after = sender.send("after", Delivery::Guaranteed).unwrap();
        after.wait(PATIENCE).unwrap();
        let (_, receiver) = halves.take().unwrap();
        receiver.close(PATIENCE).unwrap();
        let texts = reading.join().unwrap();
        assert_eq!(texts.last().map(String::as_str), Some("after"));
        assert!(texts.iter().all(|text| text != "childs"));
    });
}
