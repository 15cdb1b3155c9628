//! What a report says is true: which writer began first, how a call returned, in which scope it was found.

#[path = "common/buffers.rs"]
mod buffers;
#[path = "common/turns.rs"]
mod turns;
#[path = "common/until.rs"]
mod until;

use redhanded::raw;
use redhanded::report::Writer;
use redhanded::tungstenite::protocol::frame::Frame;
use redhanded::tungstenite::protocol::frame::coding::{Data, OpCode};
use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::{Message, stream::MaybeTlsStream};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier};
use std::thread;
use turns::my_turn;
use until::until;

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (far, _) = listener.accept().expect("just connected");
    buffers::tighten(&near);
    buffers::tighten(&far);
    (near, far)
}

fn drain(mut peer: TcpStream) {
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while peer.read(&mut buffer).is_ok_and(|count| count > 0) {}
    });
}

fn server(socket: TcpStream) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(socket, Role::Server, None)
}

#[test]
fn an_open_finding_belongs_to_the_scope_in_which_it_began() {
    let _turn = my_turn();
    for round in 0..3 {
        let watch = redhanded::watch();
        let (near, mut peer) = pair();
        let (mut stuck, mut other) = (
            server(near.try_clone().expect("a descriptor")),
            server(near),
        );
        let first = thread::spawn(move || stuck.send(Message::binary(vec![0; 4 << 20])));
        peer.read_exact(&mut [0])
            .expect("the first byte: the first is inside");
        let second = thread::spawn(move || other.send(Message::text("hi")));
        let found = until("the open finding", || watch.findings().pop());
        assert!(found.open, "round {round}");
        let next_scope = redhanded::watch();
        drain(peer);
        first.join().expect("no panic").expect("the peer reads");
        second.join().expect("no panic").expect("the peer reads");
        next_scope.assert_clean();
        assert_eq!(watch.findings()[0].count, 1, "round {round}");
    }
}

#[test]
fn the_first_writer_is_the_one_that_began_first() {
    let _turn = my_turn();
    let watch = redhanded::watch();
    for round in 0..60 {
        let (near, peer) = pair();
        drain(peer);
        let together = Arc::new(Barrier::new(4));
        let threads: Vec<_> = (0..4)
            .map(|me| {
                let mut websocket = server(near.try_clone().expect("a descriptor"));
                let together = together.clone();
                thread::spawn(move || {
                    together.wait();
                    for _ in 0..100 {
                        let sent = match (me + round) % 4 {
                            0 => websocket.send(Message::text("0")),
                            1 => websocket.send(Message::binary(vec![1])),
                            2 => websocket.send(Message::Ping("2".into())),
                            _ => websocket.send(Message::Pong("3".into())),
                        };
                        sent.expect("the peer reads");
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
    }
    let began = |writers: &[Writer]| {
        writers
            .iter()
            .map(|writer| writer.began_us)
            .collect::<Vec<_>>()
    };
    let findings = watch.findings();
    assert!(!findings.is_empty());
    for report in findings {
        for writers in [&report.writers]
            .into_iter()
            .chain(report.samples.iter().map(|sample| &sample.writers))
        {
            assert!(began(writers).is_sorted(), "{report}");
        }
    }
}

/// A stream that reports when it is about to write, and waits for permission. After that it may panic.
struct Gated {
    socket: TcpStream,
    gates: Option<(Arc<Barrier>, Arc<Barrier>)>,
    panics: bool,
}

impl Read for Gated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((inside, go)) = self.gates.take() {
            inside.wait();
            go.wait();
        }
        if self.panics {
            // This does not call the panic hook, so the output stays readable.
            std::panic::resume_unwind(Box::new("the stream's own"));
        }
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gated(
    socket: TcpStream,
    panics: bool,
) -> (WebSocket<MaybeTlsStream<Gated>>, Arc<Barrier>, Arc<Barrier>) {
    let (inside, go) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let stream = Gated {
        socket,
        gates: Some((inside.clone(), go.clone())),
        panics,
    };
    #[allow(unsafe_code)]
    // SAFETY: neither type has lifetime parameters.
    unsafe {
        redhanded::know::<MaybeTlsStream<Gated>>(|stream| match stream {
            MaybeTlsStream::Plain(stream) => redhanded::Socket::of_tcp(&stream.socket),
            _ => None,
        });
    }
    (
        WebSocket::from_raw_socket(MaybeTlsStream::Plain(stream), Role::Server, None),
        inside,
        go,
    )
}

#[test]
fn an_automatic_pong_that_could_not_be_written_is_reported_as_failed() {
    let _turn = my_turn();
    let watch = redhanded::watch();
    let (near, far) = pair();
    let mut peer = raw::tungstenite::WebSocket::from_raw_socket(far, Role::Client, None);
    peer.send(Message::Ping("hello".into()))
        .expect("it is there");
    let (mut reader, inside, go) = gated(near.try_clone().expect("a descriptor"), false);
    assert!(reader.read().expect("the ping").is_ping());
    near.set_nonblocking(true).expect("a socket");
    let reading = thread::spawn(move || drop(reader.read()));
    inside.wait();
    let filled = server(near).send(Message::binary(vec![1; 4 << 20]));
    assert!(filled.is_err(), "the socket is full now");
    go.wait();
    reading.join().expect("no panic");
    let [pong, send] = &watch.findings()[0].writers[..] else {
        panic!("two writers")
    };
    assert_eq!(
        (pong.operation.as_str(), pong.outcome.as_deref()),
        ("automatic pong 5 B", Some("failed"))
    );
    assert_eq!(send.outcome.as_deref(), Some("failed"));
}

#[test]
fn a_stream_that_panics_gives_the_wire_back_and_is_reported_as_panicked() {
    let _turn = my_turn();
    for _ in 0..20 {
        let watch = redhanded::watch();
        let (near, peer) = pair();
        drain(peer);
        let (mut panicking, inside, go) = gated(near.try_clone().expect("a descriptor"), true);
        let panicked = thread::spawn(move || {
            catch_unwind(AssertUnwindSafe(|| {
                panicking.send(Message::text("never sent"))
            }))
            .is_err()
        });
        inside.wait();
        let mut other = server(near.try_clone().expect("a descriptor"));
        other
            .send(Message::text("beside it"))
            .expect("the peer reads");
        go.wait();
        assert!(panicked.join().expect("caught"));
        assert_eq!(watch.findings()[0].count, 1);
        other
            .send(Message::text("after it"))
            .expect("the peer reads");
        server(near)
            .send(Message::text("after it"))
            .expect("the peer reads");
        assert_eq!(watch.findings()[0].count, 1, "the wire is free again");
    }
    let report = redhanded::reports()
        .into_iter()
        .find(|report| report.writers[1].operation == "send Text 9 B");
    assert_eq!(
        report.expect("it was found").writers[0].outcome.as_deref(),
        Some("panicked")
    );
}

#[test]
fn each_handle_is_named_with_its_type_and_the_line_that_made_it() {
    let _turn = my_turn();
    let watch = redhanded::watch();
    let (near, peer) = pair();
    drain(peer);
    let clone = near.try_clone().expect("a descriptor");
    let made_first = line!() + 1;
    let mut websocket = WebSocket::from_raw_socket(near, Role::Server, None);
    let made_second = line!() + 1;
    let mut tap = redhanded::Tap::new(clone);
    let opcode = OpCode::Data(Data::Text);
    let fragment = Frame::message("one", opcode, false);
    websocket.send(Message::Frame(fragment)).expect("it fits");
    tap.write_all(b"\x81\x03two").expect("it fits");
    let report = until("the report", || watch.findings().pop());
    let made: Vec<String> = report
        .writers
        .iter()
        .map(|writer| writer.made.as_ref().expect("it is known").to_string())
        .collect();
    assert!(
        made[0].starts_with(&format!("WebSocket made at tests/facts.rs:{made_first}:"))
            && made[1].starts_with(&format!("Tap made at tests/facts.rs:{made_second}:")),
        "{made:?}"
    );
    assert!(report.to_string().contains(&made[0]), "{report}");
    let markdown = report.to_markdown(&redhanded::report::Workspace::find());
    assert!(markdown.contains(&made[1]), "{markdown}");
}

#[test]
fn a_handle_that_a_handshake_makes_is_made_where_the_handshake_is_called() {
    let _turn = my_turn();
    let watch = redhanded::watch();
    let (near, far) = pair();
    let client = thread::spawn(move || {
        let (client, _) = raw::tungstenite::client("ws://localhost/", far).expect("accepted");
        drain(client.into_inner());
    });
    let clone = near.try_clone().expect("a descriptor");
    let made = line!() + 1;
    let mut accepted = redhanded::tungstenite::accept(near).expect("a handshake");
    client.join().expect("no panic");
    let fragment = Frame::message("one", OpCode::Data(Data::Text), false);
    accepted.send(Message::Frame(fragment)).expect("it fits");
    server(clone).send(Message::text("two")).expect("it fits");
    let report = until("the report", || watch.findings().pop());
    let said = report.writers[0].made.as_ref().expect("it is known");
    let at = said.at.as_ref().map(|at| (at.file.as_str(), at.line));
    assert_eq!(
        (said.kind.as_str(), at),
        ("WebSocket", Some(("tests/facts.rs", made)))
    );
}
