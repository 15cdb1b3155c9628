//! The turn, or the message, goes through a channel.

use super::rounds;
use crate::harness::{between, drain, message, ms, open, sent, tcp};
use std::collections::VecDeque;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Condvar, Mutex};
use std::thread;

/// Three threads in a ring, each with an object: only the one that has the token writes.
pub(crate) fn tokens_through_channels() {
    let (socket, peer) = tcp();
    drain(peer);
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..3).map(|_| channel::<u64>()).unzip();
    senders[0].send(rounds(2)).unwrap();
    thread::scope(|scope| {
        for (at, turns) in receivers.into_iter().enumerate() {
            let (mut object, next) = (
                open(socket.try_clone().unwrap()),
                senders[(at + 1) % 3].clone(),
            );
            scope.spawn(move || {
                for left in turns {
                    if left == 0 {
                        // The next one ends likewise.
                        let _ = next.send(0);
                        return;
                    }
                    thread::sleep(ms(2));
                    sent(|| object.send(message()));
                    next.send(left - 1).unwrap();
                }
            });
        }
    });
}

/// Two writers, each asked through a channel; who asks waits for the reply before it asks the other.
pub(crate) fn replies_through_channels() {
    let (socket, peer) = tcp();
    drain(peer);
    thread::scope(|scope| {
        let writers = [(); 2].map(|()| {
            let (asks, asked) = channel::<Sender<()>>();
            let mut object = open(socket.try_clone().unwrap());
            scope.spawn(move || {
                for reply in asked {
                    sent(|| object.send(message()));
                    reply.send(()).unwrap();
                }
            });
            asks
        });
        for round in 0..rounds(3) {
            thread::sleep(between(2, 4));
            let (reply, replied) = channel();
            let busy = usize::from(round % 5 > 1);
            writers[busy].send(reply).unwrap();
            replied.recv().unwrap();
        }
    });
}

/// Two workers take jobs from a queue and write under the lock of the queue.
pub(crate) fn conditions_of_a_queue() {
    let (socket, peer) = tcp();
    drain(peer);
    let (queue, filled) = (Mutex::new((VecDeque::new(), false)), Condvar::new());
    let (queue, filled) = (&queue, &filled);
    thread::scope(|scope| {
        for _ in 0..2 {
            let mut object = open(socket.try_clone().unwrap());
            scope.spawn(move || {
                loop {
                    let jobs = queue.lock().unwrap();
                    let mut jobs = filled
                        .wait_while(jobs, |(jobs, is_over)| jobs.is_empty() && !*is_over)
                        .unwrap();
                    let Some(job) = jobs.0.pop_front() else {
                        return;
                    };
                    sent(|| object.send(job));
                }
            });
        }
        for _ in 0..rounds(4) {
            thread::sleep(between(3, 5));
            queue.lock().unwrap().0.push_back(message());
            filled.notify_one();
        }
        queue.lock().unwrap().1 = true;
        filled.notify_all();
    });
}
