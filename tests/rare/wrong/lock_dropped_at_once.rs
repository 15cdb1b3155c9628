//! One lock for the wire, and each writer takes it: but `let _ = …` drops the guard before the send.

use crate::harness::{drain, every, message, open, random_start, tcp, writes};
use redhanded::sync::Mutex;
use std::thread;

pub(crate) fn lock_dropped_at_once() {
    let (socket, peer) = tcp();
    drain(peer);
    let wire = Mutex::new(());
    let (wire, mut orders, mut receipts) = (&wire, open(socket.try_clone().unwrap()), open(socket));
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(90);
            every(80, 90, || {
                let _ = wire.lock().unwrap();
                drop(writes!(orders.send(message())));
            });
        });
        scope.spawn(move || {
            random_start(90);
            every(70, 80, || {
                let _ = wire.lock().unwrap();
                drop(writes!(receipts.send(message())));
            });
        });
    });
}
