//! A status every 70 ms beside quotes every 40 ms, each on an object of its own.
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
            random_start(40);
            every(38, 42, || drop(writes!(quotes.send(message()))));
        });
        scope.spawn(move || {
            random_start(70);
            every(66, 74, || drop(writes!(status.send(message()))));
        });
    });
}
