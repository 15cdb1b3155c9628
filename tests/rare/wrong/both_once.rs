//! A greeting and a subscription, each sent once in the life of the connection, by two threads that begin with it.

use crate::harness::{between, drain, message, open, tcp, writes};
use redhanded::tungstenite::Message;
use std::thread;

pub(crate) fn both_once() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut greeter = open(socket.try_clone().unwrap());
    let mut subscriber = open(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            thread::sleep(between(40, 90));
            drop(writes!(greeter.send(Message::text("hello"))));
        });
        scope.spawn(move || {
            thread::sleep(between(40, 90));
            drop(writes!(subscriber.send(message())));
        });
    });
}
