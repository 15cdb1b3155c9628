//! A program with two writers on one connection: a publisher, and now and then a heartbeat.

use redhanded::Tap;
use redhanded::sync::Mutex;
use redhanded::tungstenite::{Message, WebSocket, protocol::Role};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// The variable that makes a test the program, and says which shape it has.
pub const VARIABLE: &str = "REDHANDED_TEST_VERIFIED";

const MESSAGES: u32 = 30;
const BEATS: u32 = 6;

type Socket = WebSocket<TcpStream>;

pub fn main() {
    match std::env::var(VARIABLE).as_deref() {
        Ok("wrong") => {
            let (stream, peer) = connection();
            let (mut one, mut other) = (object(&stream), object(&stream));
            both(move || publish(&mut one), move || beat(&mut other));
            end(stream, peer);
        }
        Ok("one lock") => {
            let (stream, peer) = connection();
            let (mut one, mut other) = (object(&stream), object(&stream));
            let lock = Arc::new(Mutex::new(()));
            let common = lock.clone();
            both(
                move || {
                    let _held = lock.lock();
                    publish(&mut one);
                },
                move || {
                    let _held = common.lock();
                    beat(&mut other);
                },
            );
            end(stream, peer);
        }
        Ok("one object") => {
            let (stream, peer) = connection();
            let one = Arc::new(Mutex::new(object(&stream)));
            let other = one.clone();
            both(
                move || publish(&mut one.lock().unwrap()),
                move || beat(&mut other.lock().unwrap()),
            );
            end(stream, peer);
        }
        Ok("taps") => {
            let (stream, peer) = connection();
            let (mut one, mut other) = (tap(&stream), tap(&stream));
            both(move || write_news(&mut one), move || write_beat(&mut other));
            end(stream, peer);
        }
        Ok("taps with one lock") => {
            let (stream, peer) = connection();
            let (mut one, mut other) = (tap(&stream), tap(&stream));
            let lock = Arc::new(Mutex::new(()));
            let common = lock.clone();
            both(
                move || {
                    let _held = lock.lock();
                    write_news(&mut one);
                },
                move || {
                    let _held = common.lock();
                    write_beat(&mut other);
                },
            );
            end(stream, peer);
        }
        Ok("no beat") => {
            let (stream, peer) = connection();
            let (mut one, _other) = (object(&stream), object(&stream));
            (0..MESSAGES).for_each(|_| publish(&mut one));
            end(stream, peer);
        }
        _ => {}
    }
}

fn publish(socket: &mut Socket) {
    socket.send(Message::from("news")).expect("the peer reads");
}

fn beat(socket: &mut Socket) {
    socket
        .send(Message::Ping("beat".into()))
        .expect("the peer reads");
}

/// Of a tap only the backtrace tells the line that called: `Write` stands between.
fn write_news(tap: &mut Tap<TcpStream>) {
    tap.write_all(b"\x81\x04news").expect("the peer reads");
}

fn write_beat(tap: &mut Tap<TcpStream>) {
    tap.write_all(b"\x89\x04beat").expect("the peer reads");
}

/// Both writers, each in a thread and at its own pace.
fn both(mut publish: impl FnMut() + Send + 'static, mut beat: impl FnMut() + Send + 'static) {
    let often = thread::spawn(move || {
        for _ in 0..MESSAGES {
            publish();
            thread::sleep(Duration::from_millis(5));
        }
    });
    let seldom = thread::spawn(move || {
        for _ in 0..BEATS {
            thread::sleep(Duration::from_millis(23));
            beat();
        }
    });
    often.join().expect("it publishes");
    seldom.join().expect("it beats");
}

fn tap(stream: &TcpStream) -> Tap<TcpStream> {
    Tap::new(stream.try_clone().expect("a descriptor"))
}

fn object(stream: &TcpStream) -> Socket {
    let stream = stream.try_clone().expect("a descriptor");
    WebSocket::from_raw_socket(stream, Role::Server, None)
}

/// A connection, and the thread that reads all that comes to its other end.
fn connection() -> (TcpStream, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let stream = TcpStream::connect(address).expect("it listens");
    let (mut peer, _) = listener.accept().expect("it connects");
    let reads = thread::spawn(move || {
        let mut bytes = [0; 4096];
        while peer.read(&mut bytes).is_ok_and(|length| length > 0) {}
    });
    (stream, reads)
}

fn end(stream: TcpStream, peer: thread::JoinHandle<()>) {
    stream
        .shutdown(std::net::Shutdown::Both)
        .expect("it is open");
    peer.join().expect("it reads");
}
