//! A supervisor closes the connection on its own clone, while a writer sends every 10 ms.
//!
//! It closes once, at an arbitrary time. "The writer gets an error then, and stops."

use crate::harness::{between, drain, every, message, open, tcp, writes};
use std::thread;

pub(crate) fn close_beside_sends() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut supervisor = open(socket.try_clone().unwrap());
    let mut writer = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || every(9, 11, || drop(writes!(writer.send(message())))));
        scope.spawn(move || {
            thread::sleep(between(300, 900));
            drop(writes!(supervisor.close(None)));
        });
    });
}
