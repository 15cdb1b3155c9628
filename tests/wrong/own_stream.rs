//! A type of the program's own is `Write`, and takes a lock for each write to one tap. Two threads each have one.
//!
//! "It is as safe as the stream itself." Each call is whole, and no frame is. Both writers go through the same line of that
//! type: named are the lines that gave it the bytes.

use crate::accusation::{Meeting, Pair, addresses};
use crate::actors::Actor;
use crate::common::connection;
use crate::runs::{Run, caught_in_every_run};
use crate::turns_by_write::HEAD;
use crate::two_taps::SMALL_FRAME;
use crate::writers::Site;
use redhanded::Tap;
use redhanded::report::Kind;
use std::io::{self, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

#[derive(Clone)]
struct Shared(Arc<Mutex<Tap<TcpStream>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().expect("no panic").flush()
    }
}

fn begin_upload(stream: &mut Shared) -> Site {
    let (written, site) = (stream.write_all(&[0x82, 100]), here!());
    written.expect("there is room");
    site
}

fn notify(stream: &mut Shared) -> Site {
    let (written, site) = (stream.write_all(&SMALL_FRAME), here!());
    written.expect("there is room");
    site
}

fn program(_run: &Run) -> Vec<Pair> {
    let (socket, mut peer) = connection();
    let addresses = addresses(&socket);
    let mut stream = Shared(Arc::new(Mutex::new(Tap::new(socket))));
    stream.write_all(HEAD).expect("there is room");
    let (uploader, notifier) = (Actor::new("uploader"), Actor::new("notifier"));
    let (mut uploads, mut notices) = (stream.clone(), stream.clone());
    let first = uploader.does(move || begin_upload(&mut uploads));
    let second = notifier.does(move || notify(&mut notices));
    uploader.does(move || stream.write_all(&[b'a'; 100]).expect("there is room"));
    peer.takes(HEAD.len() + 2 + SMALL_FRAME.len() + 100);
    let first = first.left("write Binary 100 B");
    let second = second.did("write Text 5 B");
    let kinds = &[Kind::TornFrame];
    let pair = Pair::in_turn(kinds, first, second, addresses);
    vec![Pair {
        meeting: Meeting::OnOneObject,
        ..pair
    }]
}

#[test]
fn writers_through_a_stream_of_the_programs_own_are_named_where_they_called_it() {
    caught_in_every_run(file!(), program);
}
