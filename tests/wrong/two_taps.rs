//! Two taps on clones of one socket. They are two writers, with any library above them.

use crate::accusation::{Pair, addresses};
use crate::common::connection::make_room_beside;
use crate::common::peer::BIG;
use crate::common::{connection, start};
use crate::evidence::Seen;
use crate::runs::{Run, caught_in_every_run};
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::Kind;
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
    make_room_beside(&uploader, &socket, &mut peer);
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

fn begin(tap: &mut Tap<TcpStream>) -> Site {
    let (written, site) = (tap.write_all(&[0x82, 5]), here!());
    written.expect("there is room");
    site
}

/// After short frames, a frame inside one of another tap is caught: both begin and end as short frames have before.
fn by_short_frames(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let [mut uploads, notices] = [(); 2].map(|()| Tap::new(socket.try_clone().expect("a clone")));
    for length in [5, 9, 30, 7] {
        let frame = [&[0x82, length][..], &vec![7; length.into()]].concat();
        uploads.write_all(&frame).expect("there is room");
    }
    let turns = start("only thread", move || {
        let (uploaded, notified) = (begin(&mut uploads), notify(notices));
        uploads.write_all(b"aaaaa").expect("there is room");
        (uploaded, notified)
    });
    let (uploaded, notified) = turns.result();
    peer.takes(4 * 2 + 51 + 7 + SMALL_FRAME.len());
    let first = uploaded.left("write Binary 5 B");
    let second = notified.did("write Text 5 B");
    let kinds = &[Kind::TornFrame];
    vec![Pair::in_turn(kinds, first, second, addresses)]
}

#[test]
fn two_taps_without_a_handshake_become_certain_by_short_frames_and_catch() {
    caught_in_every_run(file!(), by_short_frames);
}
