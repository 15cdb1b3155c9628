//! The order of the writers follows from what each waits for.

use super::rounds;
use crate::harness::{between, drain, message, ms, open, reading_messages, sent, tcp};
use redhanded::tungstenite::Message;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Barrier, Mutex, OnceLock};
use std::thread;

/// In each phase one of two threads writes, and a barrier ends the phase.
pub(crate) fn phases_of_a_barrier() {
    let (socket, peer) = tcp();
    drain(peer);
    let barrier = Barrier::new(2);
    thread::scope(|scope| {
        for me in 0..2 {
            let (barrier, mut object) = (&barrier, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                for phase in 0..rounds(4) {
                    if phase % 2 == me {
                        thread::sleep(between(3, 5));
                        sent(|| object.send(message()));
                    }
                    barrier.wait();
                }
            });
        }
    });
}

/// The main thread writes, has two threads write one after the other, and writes again.
pub(crate) fn writers_joined() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut main = open(socket.try_clone().unwrap());
    for _ in 0..rounds(6) {
        thread::sleep(ms(2));
        sent(|| main.send(message()));
        for _ in 0..2 {
            let mut object = open(socket.try_clone().unwrap());
            thread::spawn(move || {
                thread::sleep(ms(2));
                sent(|| object.send(message()));
            })
            .join()
            .unwrap();
        }
    }
}

/// Whose turn it is stands in a number; who has written wakes the other thread.
pub(crate) fn unparked_threads() {
    let (socket, peer) = tcp();
    drain(peer);
    let turn = AtomicU64::new(0);
    let threads: [OnceLock<thread::Thread>; 2] = Default::default();
    let (turn, threads, met) = (&turn, &threads, &Barrier::new(2));
    thread::scope(|scope| {
        for me in 0..2_u64 {
            let mut object = open(socket.try_clone().unwrap());
            scope.spawn(move || {
                threads[usize::from(me == 1)]
                    .set(thread::current())
                    .unwrap();
                met.wait();
                for _ in 0..rounds(6) {
                    while turn.load(Ordering::Acquire) % 2 != me {
                        thread::park();
                    }
                    thread::sleep(between(2, 4));
                    sent(|| object.send(message()));
                    turn.fetch_add(1, Ordering::Release);
                    threads[usize::from(me == 0)].get().unwrap().unpark();
                }
            });
        }
    });
}

/// The first of three threads sends the greeting, while the others wait for it; each goes on under one lock.
pub(crate) fn a_greeting_once() {
    let (socket, peer) = tcp();
    drain(peer);
    let (greeted, wire) = (OnceLock::new(), Mutex::new(()));
    thread::scope(|scope| {
        for _ in 0..3 {
            let (greeted, wire, mut object) = (&greeted, &wire, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                greeted.get_or_init(|| sent(|| object.send(Message::text("hello"))));
                for _ in 0..rounds(8) {
                    thread::sleep(between(5, 10));
                    let _guard = wire.lock().unwrap();
                    sent(|| object.send(message()));
                }
            });
        }
    });
}

/// Two threads under one lock, each of which sends a request and waits for its answer before it lets go.
pub(crate) fn requests_and_answers() {
    let (socket, peer) = tcp();
    reading_messages(peer, |peer, _| {
        let _ = peer.send(Message::text("answer"));
    });
    let wire = Mutex::new(());
    thread::scope(|scope| {
        for _ in 0..2 {
            let (wire, mut object) = (&wire, open(socket.try_clone().unwrap()));
            scope.spawn(move || {
                for _ in 0..rounds(8) {
                    thread::sleep(between(5, 10));
                    let _guard = wire.lock().unwrap();
                    sent(|| object.send(message()));
                    assert_eq!(object.read().unwrap(), Message::text("answer"));
                }
            });
        }
    });
}

/// Two threads, each of which reads the answer to the other's message and writes then.
pub(crate) fn answers_to_the_other() {
    let (socket, peer) = tcp();
    reading_messages(peer, |peer, _| {
        // Long enough for the call to be back, on most machines.
        thread::sleep(ms(2));
        let _ = peer.send(Message::text("answer"));
    });
    let mut objects = [open(socket.try_clone().unwrap()), open(socket)];
    let turn = &AtomicU64::new(0);
    thread::scope(|scope| {
        for (me, object) in objects.iter_mut().enumerate() {
            scope.spawn(move || {
                let me = u64::from(me == 1);
                for round in 0..rounds(8) {
                    while turn.load(Ordering::Acquire) % 2 != me {
                        thread::sleep(ms(1));
                    }
                    if me + round > 0 {
                        assert_eq!(object.read().unwrap(), Message::text("answer"));
                    }
                    // The other one may wait for the answer from here on: it says that this message has arrived.
                    turn.fetch_add(1, Ordering::Release);
                    sent(|| object.send(message()));
                }
            });
        }
    });
}
