//! A framer of the test's own, wrapped with nothing but the public API: two of them on one socket are caught.

#![cfg(feature = "detect")]

use redhanded_core::report::{CallSite, Kind, Report};
use redhanded_core::wrap::{Act, Library, Operation, Outcome, Site, Watched, Watcher};
use redhanded_core::{Settings, Stderr};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Once;

const FRAMER: Library = Library {
    name: "framer",
    version: "0.1.0",
};

/// Writes frames. A message comes from a source, and where that ends early, half a frame is on the wire.
struct Framer<S> {
    // Dropped before the stream.
    watcher: Watcher,
    stream: Watched<S>,
}

impl<S: Write> Framer<S> {
    fn new(stream: S) -> Self {
        let mut stream = Watched::unattached(stream);
        let watcher = Watcher::attach(&mut stream, FRAMER);
        Framer { watcher, stream }
    }

    #[track_caller]
    fn send(&mut self, length: u8, source: impl Read) -> io::Result<()> {
        let operation = Operation::new(Act::SendBinary, length.into());
        let operating = self.watcher.begin(operation, Site::caller())?;
        let result = write_frame(&mut self.stream, length, source);
        let outcome = match &result {
            Ok(()) => Outcome::Returned,
            Err(_) => Outcome::Failed,
        };
        operating.end(outcome);
        result
    }
}

fn write_frame(mut stream: impl Write, length: u8, source: impl Read) -> io::Result<()> {
    stream.write_all(&[0x82, length])?;
    let copied = io::copy(&mut source.take(length.into()), &mut stream)?;
    if copied < length.into() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

/// A connection, with settings that print nothing and open no page.
fn connection() -> (TcpStream, TcpStream) {
    static CONFIGURED: Once = Once::new();
    CONFIGURED.call_once(|| {
        let settings = Settings::default().bind(None).stderr(Stderr::Off);
        redhanded_core::configure(settings).expect("nothing is watched yet");
    });
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let socket = TcpStream::connect(address).expect("it listens");
    let (peer, _) = listener.accept().expect("it has connected");
    (socket, peer)
}

fn line_of(site: Option<&CallSite>) -> (&str, u32) {
    let site = site.expect("the wrapper has given the call site");
    (&site.file, site.line)
}

fn sites(report: &Report) -> Vec<(&str, u32)> {
    let writers = report.writers.iter();
    writers
        .map(|writer| line_of(writer.call_site.as_ref()))
        .collect()
}

#[test]
fn a_frame_inside_half_a_frame_of_another_object_on_one_socket_is_a_torn_frame_with_both_lines() {
    let watch = redhanded_core::watch();
    let (socket, mut peer) = connection();
    let mut uploads = Framer::new(socket.try_clone().expect("a descriptor is left"));
    let mut notices = Framer::new(socket);

    let (half, half_line) = (uploads.send(100, &b"a part"[..]), line!());
    let (whole, whole_line) = (notices.send(5, &b"hello"[..]), line!());
    assert_eq!(
        half.expect_err("its source ends early").kind(),
        io::ErrorKind::UnexpectedEof
    );
    whole.expect("the peer takes it");

    let [report] = &watch.findings()[..] else {
        panic!("one report")
    };
    assert_eq!((report.kind, report.count), (Kind::TornFrame, 1));
    assert_eq!(sites(report), [(file!(), half_line), (file!(), whole_line)]);
    let operations = report.writers.iter().map(|writer| &*writer.operation);
    assert_eq!(
        operations.collect::<Vec<_>>(),
        ["send Binary 100 B", "send Binary 5 B"]
    );

    // What the peer gets is what the framers wrote, and in that order.
    drop((uploads, notices));
    let mut received = Vec::new();
    peer.read_to_end(&mut received).expect("both are closed");
    assert_eq!(received, b"\x82\x64a part\x82\x05hello");
}

#[test]
fn two_objects_on_one_socket_that_write_whole_frames_in_turn_are_not_accused() {
    let watch = redhanded_core::watch();
    let (socket, _peer) = connection();
    let mut uploads = Framer::new(socket.try_clone().expect("a descriptor is left"));
    let mut notices = Framer::new(socket);
    for _ in 0..3 {
        uploads.send(6, &b"a part"[..]).expect("the peer takes it");
        notices.send(5, &b"hello"[..]).expect("the peer takes it");
    }
    watch.assert_clean();
}

#[test]
fn two_sockets_are_two_wires() {
    let watch = redhanded_core::watch();
    let [(one, _one_peer), (other, _other_peer)] = [connection(), connection()];
    let (mut uploads, mut notices) = (Framer::new(one), Framer::new(other));
    uploads
        .send(100, &b"a part"[..])
        .expect_err("its source ends early");
    notices.send(5, &b"hello"[..]).expect("the peer takes it");
    watch.assert_clean();
}
