//! Two taps on clones of one socket. They are two writers, with any library above them.

use crate::accusation::{Pair, addresses};
use crate::common::connection::{is_full, make_room};
use crate::common::peer::BIG;
use crate::common::{connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::Tap;
use redhanded::tungstenite::protocol::Role;
use std::io::Write;
use std::net::TcpStream;

/// A binary frame of a server, as some library would make it.
pub(crate) fn big_frame() -> Vec<u8> {
    let header = [&[0x82, 127][..], &(BIG as u64).to_be_bytes()].concat();
    [header, vec![7; BIG]].concat()
}

pub(crate) const SMALL_FRAME: [u8; 7] = *b"\x81\x05hello";

fn upload(mut tap: Tap<TcpStream>) -> Site {
    let (written, site) = (tap.write_all(&big_frame()), here!());
    written.expect("the uploader gets no error");
    site
}

fn notify(mut tap: Tap<TcpStream>) -> Site {
    let (written, site) = (tap.write_all(&SMALL_FRAME), here!());
    written.expect("the notifier gets no error");
    site
}

fn on_two_threads(run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let [uploads, notices] = [(); 2].map(|()| Tap::new(socket.try_clone().expect("a clone")));
    let uploader = start("uploader", move || upload(uploads));
    peer.sees_a_byte();
    is_full(&socket);
    uploader.sleeps();
    make_room(&socket);
    let notified = start("notifier", move || notify(notices)).result();
    run.sees_open_findings(1);
    peer.takes(10 + BIG + SMALL_FRAME.len());
    let first = uploader.result().did("write Binary 2 MiB");
    let second = notified.did("write Text 5 B");
    let seen = Seen {
        bytes: peer.into_seen(),
        inserted: SMALL_FRAME.len(),
        peer: Role::Client,
        before: Some(0),
    };
    vec![Pair::torn(first, second, addresses(&socket), seen)]
}

#[test]
fn two_taps_on_one_socket_are_caught_on_two_threads() {
    caught_in_every_run(file!(), on_two_threads);
}
