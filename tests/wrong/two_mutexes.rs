//! Two objects on one socket, each behind a mutex of its own.
//!
//! "It is `Send`, it is in a mutex, so it is safe": but each mutex guards an object, and none guards the wire. People get
//! here when two parts of a program each keep their connection in an `Arc<Mutex<WebSocket>>`.

use crate::accusation::{Pair, Run, Site, addresses, caught_in_every_run};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::entering;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, Utf8Bytes, WebSocket};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn upload(uploads: &Shared) -> Site {
    let (sent, site) = (uploads.lock().unwrap().send(big_message()), here!());
    sent.expect("nobody tells the uploader");
    site
}

fn notify(notices: &Shared, text: Utf8Bytes) -> Site {
    let (sent, site) = (notices.lock().unwrap().send(Message::Text(text)), here!());
    sent.expect("nobody tells the notifier");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let shared = || {
        let clone = socket.try_clone().expect("a clone");
        Arc::new(Mutex::new(WebSocket::from_raw_socket(clone, Role::Server, None)))
    };
    let (uploads, notices) = (shared(), shared());

    let uploader = start("uploader", move || upload(&uploads));
    peer.sees_a_byte();
    let (text, entry) = entering::text("hello");
    let notifier = start("notifier", move || notify(&notices, text));
    entry.waits();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + 2 + "hello".len());
    let (uploaded, notified) = (uploader.result(), notifier.result());

    let first = uploaded.did("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    vec![Pair { first, second, addresses: addresses(&socket) }]
}

#[test]
fn two_objects_that_each_have_a_mutex_are_caught() {
    caught_in_every_run(file!(), program);
}
