//! Subscriptions that say in their `Drop` that they end, beside a feed.
//!
//! The code that drops one shows no write.

use crate::harness::{drain, every, message, open, random_start, tcp, writes};
use redhanded::tungstenite::WebSocket;
use std::net::TcpStream;
use std::thread;

struct Subscription<'a>(&'a mut WebSocket<TcpStream>);

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        drop(writes!(self.0.send(message())));
    }
}

pub(crate) fn notices_in_a_drop() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut notices = open(socket.try_clone().unwrap());
    let mut feed = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(30);
            every(55, 65, || drop(writes!(feed.send(message()))));
        });
        scope.spawn(move || {
            random_start(100);
            every(90, 110, || drop(Subscription(&mut notices)));
        });
    });
}
