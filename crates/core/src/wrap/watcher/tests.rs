//! Streams that are lent, and adapters.

// `know_field!` contains what is unsafe to call.
#![allow(unsafe_code)]

use super::*;
use crate::{Settings, Socket, Stderr};
use std::io::Write;
use std::net::{TcpListener, TcpStream};

const LIBRARY: Library = Library {
    name: "test",
    version: "1.0.0",
};

const ABOVE: Library = Library {
    name: "above",
    version: "2.0.0",
};

/// A stream that is not known.
struct Unknown;

impl Write for Unknown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A type of a library, round a stream of any type.
struct Adapter<S> {
    inner: S,
}

impl<S> Adapter<S> {
    fn new(inner: S) -> Self {
        crate::know_field!(Adapter<S>, inner);
        crate::wrap::name_library::<Self>(ABOVE);
        Adapter { inner }
    }
}

fn attach<S>(stream: S) -> (Watcher, Watched<S>) {
    let _ = crate::configure(Settings::default().bind(None).stderr(Stderr::Off));
    let mut stream = Watched::unattached(stream);
    (Watcher::attach(&mut stream, LIBRARY), stream)
}

fn wire(watcher: &Watcher) -> u64 {
    watcher.handle().unwrap().wire().to_ref().id()
}

fn tcp() -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    TcpStream::connect(listener.local_addr().unwrap()).unwrap()
}

#[test]
fn a_stream_of_an_unknown_type_keeps_its_wire_however_often_it_is_lent() {
    let (mut watcher, mut stream) = attach(Unknown);
    let first = wire(&watcher);
    for _ in 0..1000 {
        watcher.lend();
        assert!(watcher.was_lent());
        watcher.attach_again(&mut stream);
        let writing = watcher.begin(
            Operation::new(crate::wrap::Act::SendText, 1),
            Site::caller(),
        );
        stream.write_all(b"\x81\x01a").unwrap();
        writing.unwrap().end(Outcome::Returned);
    }
    assert_eq!(wire(&watcher), first);
}

#[test]
fn a_socket_in_the_place_of_another_is_another_wire() {
    let (mut watcher, mut stream) = attach(tcp());
    let first = wire(&watcher);
    watcher.lend();
    watcher.attach_again(&mut stream);
    assert_eq!(wire(&watcher), first);
    watcher.lend();
    *stream.get_mut() = tcp();
    watcher.attach_again(&mut stream);
    assert_ne!(wire(&watcher), first);
}

#[test]
fn an_adapter_is_on_the_wire_of_its_stream_and_names_its_library() {
    let socket = tcp();
    let (plain, _plain) = attach(&socket);
    let (adapted, _adapted) = attach(Adapter::new(&socket));
    let (twice, _twice) = attach(Adapter::new(Adapter::new(&socket)));
    assert_eq!([wire(&adapted), wire(&twice)], [wire(&plain); 2]);
    assert_eq!(
        [plain.library, adapted.library, twice.library],
        [LIBRARY, ABOVE, ABOVE]
    );
    assert_eq!(
        Some(crate::wrap::socket_of(&Adapter::new(&socket))),
        Socket::of_tcp(&socket)
    );
}

#[test]
fn an_adapter_of_an_unknown_stream_is_a_wire_of_its_own() {
    let [(one, _one), (other, _other)] =
        [attach(Adapter::new(Unknown)), attach(Adapter::new(Unknown))];
    assert_ne!(wire(&one), wire(&other));
    assert_eq!(one.library, ABOVE);
    assert_eq!(
        crate::wrap::socket_of(&Adapter::new(Unknown)).unknown_type(),
        Some(std::any::type_name::<Unknown>())
    );
}
