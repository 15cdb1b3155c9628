//! Two taps on clones of one socket, below hand-written framers.

use crate::harness::{drain, every, random_start, tcp, writes};
use redhanded::Tap;
use std::io::Write;
use std::net::TcpStream;
use std::thread;

/// A server's binary frame of 200 bytes: long enough for a tap to be certain that it is one.
fn frame() -> Vec<u8> {
    let header = [0x82, 126, 0, 200];
    [&header[..], &[7; 200]].concat()
}

fn send_quote(tap: &mut Tap<TcpStream>) {
    drop(writes!(tap.write_all(&frame())));
}

fn send_trade(tap: &mut Tap<TcpStream>) {
    drop(writes!(tap.write_all(&frame())));
}

pub(crate) fn two_taps() {
    let (socket, peer) = tcp();
    drain(peer);
    let mut quotes = Tap::new(socket.try_clone().unwrap());
    let mut trades = Tap::new(socket);
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(30);
            every(55, 65, || send_quote(&mut quotes));
        });
        scope.spawn(move || {
            random_start(80);
            every(85, 105, || send_trade(&mut trades));
        });
    });
}
