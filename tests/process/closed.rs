//! A program that closes all descriptors, as one does that becomes a daemon, and goes on. The page's socket is among them, and
//! the number of it is soon that of another socket.
//!
//! This needs `unsafe`, because the standard library closes nothing that it has no object of.
#![allow(unsafe_code)]

use crate::fork::answers;
use crate::launch::Launch;
use crate::link::in_thread;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

unsafe extern "C" {
    fn close(descriptor: i32) -> i32;
}

/// More than this program has descriptors.
const DESCRIPTORS: i32 = 256;

/// How many sockets of the program's may have the number of the page's.
const LISTENERS: usize = 16;

/// Each of these listeners has its own connections.
fn all_come(listeners: &[TcpListener]) -> bool {
    listeners.iter().all(|listener| {
        let address = listener.local_addr().expect("an address");
        let client = in_thread("client", move || {
            let mut stream = TcpStream::connect(address).expect("it listens");
            let mut answer = [0; 5];
            stream.read_exact(&mut answer).expect("an answer");
            answer
        });
        let (mut accepted, _) = listener.accept().expect("a connection");
        accepted.write_all(b"hello").expect("it reads");
        client.join().expect("no panic") == *b"hello"
    })
}

pub fn closes_all() {
    let page = redhanded::url().expect("there is a page");
    assert!(answers(&page));
    for descriptor in 3..DESCRIPTORS {
        // SAFETY: nothing of this program uses them any more. That what watches it does so nonetheless is what is tested.
        unsafe { close(descriptor) };
    }
    let listen = || TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listeners: Vec<_> = (0..LISTENERS).map(|_| listen()).collect();
    // The page waits for a connection since before that. It takes this one, and notices what has happened when it waits again.
    for _ in 0..3 {
        assert!(all_come(&listeners));
        assert!(answers(&page), "it has the port that it had");
    }
    assert!(all_come(&listeners));
    println!("all is well");
}

#[test]
fn the_page_goes_on_when_all_descriptors_were_closed_and_takes_no_connection_of_the_program() {
    let launch = Launch::of(closes_all).with(("REDHANDED_BIND", "127.0.0.1:0"));
    let ended = launch.run().in_order();
    assert!(ended.stdout.contains("all is well"), "{ended}");
}
