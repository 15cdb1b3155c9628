//! A rare race over TLS: a client's messages, and those of an object on a duplicate of the socket below TLS.
//!
//! ```text
//! REDHANDED_TABLE=1 cargo test -p redhanded-tls table -- --nocapture
//! ```

use crate::Server;
use crate::harness::{
    Program, assert_found, drain, every, message, open, picked, print_found, random_start,
    run_wanted, runs, writes,
};
use redhanded::tungstenite::{Connector, client_tls_with_config};
use std::net::TcpStream;
use std::thread;

const PROGRAMS: &[Program] = &[Program {
    name: "beside_tls",
    run: beside_tls,
}];

fn beside_tls() {
    let server = Server::new();
    let served = server.serve_once(|stream| {
        redhanded::raw::tungstenite::accept(stream)
            .unwrap()
            .into_inner()
            .sock
    });
    let socket = TcpStream::connect(server.address()).unwrap();
    let mut beside = open(socket.try_clone().unwrap());
    let connector = Some(Connector::Rustls(server.trusting()));
    let (mut over_tls, _) = client_tls_with_config(server.url(), socket, None, connector).unwrap();
    // What the peer gets is no valid TLS any more.
    drain(served.join().unwrap());
    thread::scope(|scope| {
        scope.spawn(move || {
            random_start(55);
            every(45, 55, || drop(writes!(over_tls.send(message()))));
        });
        scope.spawn(move || {
            random_start(70);
            every(60, 70, || drop(writes!(beside.send(message()))));
        });
    });
}

/// Not a test: it runs the program of the tests.
#[test]
fn child() {
    run_wanted(&[PROGRAMS]);
}

#[test]
fn a_rare_race_over_tls_is_found_in_the_first_run() {
    assert_found(PROGRAMS, runs(5));
}

/// Prints the table that is asked for.
#[test]
fn table() {
    print_found(&picked("tls", PROGRAMS), runs(50));
}
