//! What a report says is true: which writer began first, how a call returned, in which scope it was found.

use redhanded::report::Writer;
use redhanded::tungstenite::protocol::{Role, WebSocket};
use redhanded::tungstenite::{Message, stream::MaybeTlsStream};
use redhanded::{Settings, Stderr, raw};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

/// Some tests look at all reports of the process, so one program runs at a time.
static TURN: Mutex<()> = Mutex::new(());

fn start() -> std::sync::MutexGuard<'static, ()> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off))
            .expect("nothing is watched yet");
    });
    TURN.lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (far, _) = listener.accept().expect("just connected");
    for socket in [&near, &far] {
        let socket = socket2::SockRef::from(socket);
        socket.set_send_buffer_size(1 << 16).expect("a size");
        socket.set_recv_buffer_size(1 << 16).expect("a size");
    }
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

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::yield_now();
    }
}

#[test]
fn an_open_finding_belongs_to_the_scope_in_which_it_began() {
    let _turn = start();
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
    let _turn = start();
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
    let _turn = start();
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
    let _turn = start();
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
