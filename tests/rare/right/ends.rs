//! The last message of a writer, in order with those of the others.

use super::rounds;
use crate::harness::{between, drain, message, open, sent, tcp};
use redhanded::tungstenite::WebSocket;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// A supervisor tells the workers to stop, waits until they have, and closes the connection on its own object.
pub(crate) fn close_behind_the_workers() {
    let (socket, peer) = tcp();
    drain(peer);
    let (wire, stop) = (Mutex::new(()), AtomicBool::new(false));
    let mut supervisor = open(socket.try_clone().unwrap());
    let (working, stopped) = channel::<()>();
    thread::scope(|scope| {
        for _ in 0..2 {
            let (wire, stop, working) = (&wire, &stop, working.clone());
            let mut object = open(socket.try_clone().unwrap());
            scope.spawn(move || {
                while !stop.load(Ordering::Acquire) {
                    thread::sleep(between(4, 8));
                    let _guard = wire.lock().unwrap();
                    sent(|| object.send(message()));
                }
                // The object is gone when the supervisor learns of it.
                drop((object, working));
            });
        }
        drop(working);
        thread::sleep(super::time_of_work());
        stop.store(true, Ordering::Release);
        stopped.recv().expect_err("the workers are gone");
        sent(|| supervisor.close(None));
    });
}

/// A subscription that says that it ends, under the lock of the wire.
struct Subscription<'a> {
    wire: &'a Mutex<()>,
    object: &'a mut WebSocket<TcpStream>,
}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        let _guard = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
        sent(|| self.object.send(message()));
    }
}

pub(crate) fn notices_in_a_drop_under_a_lock() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..2 {
            let (wire, mut object) = (&wire, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                for _ in 0..rounds(6) {
                    thread::sleep(between(4, 8));
                    drop(Subscription {
                        wire,
                        object: &mut object,
                    });
                }
            });
        }
    });
}

/// A worker that panics writes its last notice while it unwinds; the others go on.
pub(crate) fn a_panic_under_a_lock() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..2 {
            let (wire, mut object) = (&wire, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                for _ in 0..rounds(6) {
                    thread::sleep(between(4, 8));
                    let work = catch_unwind(AssertUnwindSafe(|| {
                        let _subscription = Subscription {
                            wire,
                            object: &mut object,
                        };
                        // No message on standard error.
                        resume_unwind(Box::new("a failed job"));
                    }));
                    work.expect_err("the job fails");
                }
            });
        }
    });
}
