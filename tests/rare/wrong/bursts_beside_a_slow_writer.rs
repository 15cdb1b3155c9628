//! An exporter that sends five rows on end now and then, beside a writer that sends one message every 90 ms.

use crate::harness::{drain, every, message, open, random_start, tcp, writes};
use std::thread;

pub(crate) fn bursts_beside_a_slow_writer() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut rows = open(socket.try_clone().unwrap());
    let mut alerts = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(150);
            every(140, 160, || {
                for _ in 0..5 {
                    drop(writes!(rows.send(message())));
                }
            });
        });
        scope.spawn(move || {
            random_start(90);
            every(80, 100, || drop(writes!(alerts.send(message()))));
        });
    });
}
