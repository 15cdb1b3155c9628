//! "I do hold a mutex": three programs that do, and what the reports say of their locks.
//!
//! ```text
//! cargo run --example stalled_writer --features dashboard
//! ```
//!
//! - A mutex is held over a blocking `read`. Every thread that sends waits until the peer says something.
//! - Two objects on one socket, each behind its own mutex. These are two different locks, and protect nothing.
//! - Two threads take two mutexes in opposite order.
//!
//! Look at the page whose address is printed. The only change to the programs is `use redhanded::sync::Mutex` in the place
//! of `std::sync::Mutex`.

use redhanded::sync::{Arc, Barrier, Mutex};
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::{Message, WebSocket};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn main() {
    let reader_starves_writer = held_over_a_read();
    two_mutexes();
    opposite_order();
    reader_starves_writer();

    match redhanded::url() {
        Some(url) => println!("look at {url}, and press Ctrl-C when you have seen it"),
        None => {
            return println!(
                "no page: run with --features dashboard, and without REDHANDED_BIND=off"
            );
        }
    }
    loop {
        thread::park();
    }
}

/// The reader holds the lock, and waits for the peer. The writer waits for the lock.
fn held_over_a_read() -> impl FnOnce() {
    let (socket, mut peer) = connection();
    let shared: Shared = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        socket,
        Role::Client,
        None,
    )));

    let (reading, writing) = (shared.clone(), shared);
    let (locked, is_locked) = std::sync::mpsc::channel();
    let reader = named("reader", move || {
        let mut websocket = reading.lock().unwrap();
        locked.send(()).unwrap();
        let _ = websocket.read();
    });
    is_locked.recv().unwrap();
    let writer = named("writer", move || {
        let _ = writing.lock().unwrap().send(Message::text("at last"));
    });
    move || {
        // The peer says something in the end. Then the reader releases the lock, and the writer gets it.
        let mut speaking =
            WebSocket::from_raw_socket(peer.try_clone().unwrap(), Role::Server, None);
        thread::sleep(Duration::from_millis(500));
        speaking.send(Message::text("hello")).unwrap();
        let _ = (reader.join(), writer.join(), peer.read(&mut [0; 64]));
    }
}

/// Each object has a mutex. The socket has none.
fn two_mutexes() {
    let (socket, mut peer) = connection();
    let shared = |socket| {
        Arc::new(Mutex::new(WebSocket::from_raw_socket(
            socket,
            Role::Server,
            None,
        )))
    };
    let uploads: Shared = shared(socket.try_clone().unwrap());
    let notices: Shared = shared(socket);

    let uploader = named("uploader", move || {
        let _ = uploads
            .lock()
            .unwrap()
            .send(Message::binary(vec![0; 8 << 20]));
    });
    // Now the upload is in the middle of its frame.
    peer.read_exact(&mut [0; 64 << 10]).unwrap();
    let notifier = named("notifier", move || {
        let _ = notices.lock().unwrap().send(Message::text("hello"));
    });
    let drain = named("peer", move || {
        std::io::copy(&mut peer, &mut std::io::sink())
            .map(drop)
            .unwrap_or_default()
    });
    let _ = (uploader.join(), notifier.join(), drain.join());
}

/// Neither thread ever gets its second lock.
fn opposite_order() {
    let (connections, rooms) = (
        Arc::new(Mutex::new("connections")),
        Arc::new(Mutex::new("rooms")),
    );
    let both_have_one = Arc::new(Barrier::new(2));
    for (name, first, second) in [
        ("join", connections.clone(), rooms.clone()),
        ("broadcast", rooms.clone(), connections.clone()),
    ] {
        let both_have_one = both_have_one.clone();
        named(name, move || {
            let _first = first.lock().unwrap();
            both_have_one.wait();
            let _second = second.lock().unwrap();
        });
    }
    thread::sleep(Duration::from_millis(1_500));
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (here, listener.accept().unwrap().0)
}

fn named(name: &str, body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new()
        .name(name.into())
        .spawn(body)
        .unwrap()
}
