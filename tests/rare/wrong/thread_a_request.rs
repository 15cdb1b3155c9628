//! A thread for each request, with an object of its own that lives as long as the answer takes, beside a feed.

use crate::harness::{drain, every, message, open, random_start, tcp, writes};
use std::net::TcpStream;
use std::thread;

fn answer(socket: &TcpStream) {
    let mut answers = open(socket.try_clone().unwrap());
    drop(writes!(answers.send(message())));
}

pub(crate) fn thread_a_request() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut feed = open(socket.try_clone().unwrap());
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(60);
            every(55, 65, || drop(writes!(feed.send(message()))));
        });
        let socket = &socket;
        scope.spawn(move || {
            random_start(150);
            every(140, 160, || {
                thread::scope(|requests| drop(requests.spawn(|| answer(socket))))
            });
        });
    });
}
