//! Two objects on one socket, each behind a mutex of its own.
//!
//! "It is `Send`, it is in a mutex, so it is safe": but each mutex guards an object, and none guards the wire. This happens
//! when two parts of a program each keep their connection in an `Arc<Mutex<WebSocket>>`.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{big_message, connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn upload(uploads: &Shared) -> Site {
    let (sent, site) = (uploads.lock().unwrap().send(big_message()), here!());
    sent.expect("the uploader gets no error");
    site
}

fn notify(notices: &Shared) -> Site {
    let hello = Message::text("hello");
    let (sent, site) = (notices.lock().unwrap().send(hello), here!());
    sent.expect("the notifier gets no error");
    site
}

fn program(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let shared = || {
        let clone = socket.try_clone().expect("a clone");
        Arc::new(Mutex::new(WebSocket::from_raw_socket(
            clone,
            Role::Server,
            None,
        )))
    };
    let (uploads, notices) = (shared(), shared());

    let uploader = start("uploader", move || upload(&uploads));
    peer.sees_a_byte();
    is_full(&socket);
    uploader.sleeps();
    make_room(&socket);
    let notified = start("notifier", move || notify(&notices)).result();
    run.sees_open_findings(1);
    let inserted = 2 + "hello".len();
    peer.takes(10 + BIG + inserted);
    let uploaded = uploader.result();

    let first = uploaded.did("send Binary 2 MiB");
    let second = notified.did("send Text 5 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted,
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses(&socket), seen)]
}

#[test]
fn two_objects_that_each_have_a_mutex_are_caught() {
    caught_in_every_run(file!(), program);
}
