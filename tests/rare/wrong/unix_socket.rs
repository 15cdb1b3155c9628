//! A local service over a Unix socket: answers on one object, metrics on one over its duplicate.

use crate::harness::{drain, every, message, open, random_start, writes};
use std::os::unix::net::UnixStream;
use std::thread;

pub(crate) fn unix_socket() {
    let (socket, peer) = UnixStream::pair().unwrap();
    drain(peer);
    let mut answers = open(socket.try_clone().unwrap());
    let mut metrics = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(50);
            every(45, 55, || drop(writes!(answers.send(message()))));
        });
        scope.spawn(move || {
            random_start(50);
            every(60, 70, || drop(writes!(metrics.send(message()))));
        });
    });
}
