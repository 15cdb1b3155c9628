//! What a scope sees, and what a race finds.
#![cfg(any(debug_assertions, feature = "detect-in-release"))]

mod races;

use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use redhanded::{Settings, Stderr};
use std::io::{copy, sink};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

/// Scopes see the whole process: one program at a time.
static TURN: Mutex<()> = Mutex::new(());

/// Settings of this process. To be called first.
fn settle() -> MutexGuard<'static, ()> {
    static SETTLED: Once = Once::new();
    SETTLED.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).expect("nothing is watched yet");
    });
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection: a program's end, and its peer's.
fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let near = TcpStream::connect(listener.local_addr().expect("bound")).expect("it listens");
    let (far, _) = listener.accept().expect("just connected");
    (near, far)
}

/// A program's end of a connection whose peer reads all that comes.
fn drained() -> TcpStream {
    let (near, mut far) = tcp();
    thread::spawn(move || copy(&mut far, &mut sink()));
    near
}

/// An object behind a lock of its own.
type Writer = Mutex<WebSocket<TcpStream>>;

fn writer(stream: &TcpStream) -> Writer {
    Mutex::new(WebSocket::from_raw_socket(stream.try_clone().expect("a clone"), Role::Server, None))
}

/// So much that it takes a while.
fn long_message() -> Message {
    Message::binary(vec![7; 1 << 20])
}
