//! Two objects on one socket, and a finding that is certain: one is held inside its write while the other one writes.

use redhanded::Tap;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

/// A stream that reports when it is about to write for the first time, and then waits to be let go.
pub struct Gated {
    socket: TcpStream,
    gate: Option<(Sender<()>, Receiver<()>)>,
}

impl Read for Gated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

impl Write for Gated {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some((inside, go)) = self.gate.take() {
            inside.send(()).expect("the receiver is kept");
            go.recv().expect("the sender is kept");
        }
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// Two objects on one socket.
pub struct Pair<F, S> {
    first: F,
    second: S,
    inside: Receiver<()>,
    go: Sender<()>,
}

/// A pair whose first object is inside its write, and whose second one has already written.
pub struct Met {
    first: JoinHandle<()>,
    go: Sender<()>,
}

fn gated(socket: &TcpStream) -> (Gated, Receiver<()>, Sender<()>) {
    #[allow(unsafe_code)]
    // SAFETY: the type has no lifetime parameters.
    unsafe {
        redhanded::know::<Gated>(|stream| redhanded::Socket::of_tcp(&stream.socket));
    }
    let ((say_inside, inside), (go, wait)) = (channel(), channel());
    let socket = socket.try_clone().expect("a clone");
    (
        Gated {
            socket,
            gate: Some((say_inside, wait)),
        },
        inside,
        go,
    )
}

pub fn writer(socket: &TcpStream) -> WebSocket<TcpStream> {
    WebSocket::from_raw_socket(socket.try_clone().expect("a clone"), Role::Server, None)
}

impl Pair<WebSocket<Gated>, WebSocket<TcpStream>> {
    /// Makes both objects in the caller's scope.
    pub fn on(socket: &TcpStream) -> Self {
        let (stream, inside, go) = gated(socket);
        let first = WebSocket::from_raw_socket(stream, Role::Server, None);
        Pair {
            first,
            second: writer(socket),
            inside,
            go,
        }
    }

    pub fn meet(mut self) -> Met {
        let first = thread::spawn(move || {
            self.first
                .send(Message::text("first"))
                .expect("the peer is there")
        });
        self.inside.recv().expect("it comes to its write");
        self.second
            .send(Message::text("second"))
            .expect("the peer is there");
        Met { first, go: self.go }
    }

    pub fn overlap(self) {
        self.meet().part();
    }
}

impl Pair<Tap<Gated>, Tap<TcpStream>> {
    /// Two objects that write through a trait, so that only backtraces show their call sites.
    pub fn of_taps(socket: &TcpStream) -> Self {
        let (stream, inside, go) = gated(socket);
        let second = Tap::new(socket.try_clone().expect("a clone"));
        Pair {
            first: Tap::new(stream),
            second,
            inside,
            go,
        }
    }

    pub fn overlap_by_trait(mut self) {
        let first = thread::spawn(move || {
            self.first
                .write_all(&long_frame())
                .expect("the peer is there")
        });
        self.inside.recv().expect("it comes to its write");
        self.second
            .write_all(&long_frame())
            .expect("the peer is there");
        Met { first, go: self.go }.part();
    }
}

impl Met {
    /// Lets the first write return as well.
    pub fn part(self) {
        self.go.send(()).expect("it waits");
        self.first.join().expect("no panic");
    }
}

/// Long enough for a tap to know without a handshake that it is one.
fn long_frame() -> Vec<u8> {
    [&[0x81, 126, 0, 200][..], &[b'h'; 200]].concat()
}

/// Makes two objects in the caller's scope, and lets them overlap once.
pub fn overlap(socket: &TcpStream) {
    Pair::on(socket).overlap();
}
