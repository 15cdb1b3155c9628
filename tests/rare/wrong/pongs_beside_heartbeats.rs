//! A reader on a clone of the socket, which answers pings by itself, beside heartbeats of our own.
//!
//! "It only reads."

use crate::harness::{between, drain, every, ms, open, random_start, tcp, time_of_a_run, writes};
use redhanded::tungstenite::Message;
use std::io::Write;
use std::thread;
use std::time::Instant;

/// A client's ping: of no bytes, with a mask of zeros.
const PING: [u8; 6] = [0x89, 0x80, 0, 0, 0, 0];

pub(crate) fn pongs_beside_heartbeats() {
    let (socket, mut peer) = tcp();
    drain(peer.try_clone().unwrap());
    socket.set_read_timeout(Some(ms(20))).unwrap();
    let mut reader = open(socket.try_clone().unwrap());
    let mut heart = open(socket);
    let until = Instant::now() + time_of_a_run();
    thread::scope(|scope| {
        scope.spawn(move || {
            while Instant::now() < until {
                thread::sleep(between(80, 120));
                peer.write_all(&PING).unwrap();
            }
        });
        scope.spawn(move || {
            while Instant::now() < until {
                drop(writes!(reader.read()));
            }
        });
        scope.spawn(move || {
            random_start(60);
            every(55, 65, || {
                drop(writes!(heart.send(Message::Ping(vec![1].into()))));
            });
        });
    });
}
