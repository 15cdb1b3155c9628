//! A status every 95 ms beside quotes every 60 ms, each on an object of its own.
//!
//! Both are so quick that they have never been seen at the same time.

use crate::harness::{drain, every, message, open, random_start, tcp, writes};
use std::thread;

pub(crate) fn two_periods() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut quotes = open(socket.try_clone().unwrap());
    let mut status = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(60);
            every(58, 62, || drop(writes!(quotes.send(message()))));
        });
        scope.spawn(move || {
            random_start(95);
            every(92, 98, || drop(writes!(status.send(message()))));
        });
    });
}
