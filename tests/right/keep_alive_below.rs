//! A stream type of the program's own, made known, that sends a ping through an object of its own before what it writes.
//!
//! So one thread is in two writes on one wire at the same time, one inside the other: the ping is whole before the frame
//! begins. A second thread does the same, under the same lock.
#![allow(unsafe_code)]

use crate::common::{big_message, connection, start};
use crate::{never_accused, receive};
use redhanded::Socket;
use redhanded::tungstenite::protocol::Role;
use redhanded::tungstenite::protocol::frame::{Frame, FrameSocket};
use redhanded::tungstenite::{Error, Message, WebSocket};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, Once};

#[derive(Debug)]
struct KeptAlive {
    socket: TcpStream,
    pings: FrameSocket<TcpStream>,
}

impl KeptAlive {
    fn new(socket: TcpStream) -> Self {
        KeptAlive {
            pings: FrameSocket::new(socket.try_clone().unwrap()),
            socket,
        }
    }
}

impl Write for KeptAlive {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.pings.send(Frame::ping("alive")) {
            Ok(()) => {}
            Err(Error::Io(error)) => return Err(error),
            Err(error) => panic!("{error}"),
        }
        self.socket.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Read for KeptAlive {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.read(buffer)
    }
}

fn make_known() {
    static KNOWN: Once = Once::new();
    // SAFETY: `KeptAlive` has no lifetime parameters, nor has anything in it.
    KNOWN.call_once(|| unsafe {
        redhanded::know::<KeptAlive>(|stream| Socket::of_tcp(&stream.socket))
    });
}

fn program() {
    make_known();
    let (socket, mut peer) = connection();
    let object = || {
        WebSocket::from_raw_socket(
            KeptAlive::new(socket.try_clone().unwrap()),
            Role::Server,
            None,
        )
    };
    let (mut one, mut other) = (object(), object());
    let wire = Arc::new(Mutex::new(()));

    let turn = wire.clone();
    let uploader = start("uploader", move || {
        let _turn = turn.lock().unwrap();
        one.send(big_message()).unwrap();
    });
    // The ping was read before. So this byte is one of the big message.
    peer.takes(2 + "alive".len());
    peer.sees_a_byte();
    let (wait, waiting) = channel();
    let notifier = start("notifier", move || {
        assert!(wire.try_lock().is_err(), "the uploader has the lock");
        wait.send(()).unwrap();
        let _turn = wire.lock().unwrap();
        other.send(Message::text("hello")).unwrap();
        other.close(None).unwrap();
    });
    receive("notifier", &waiting);
    let ping = || Message::Ping("alive".into());
    let all = [
        ping(),
        big_message(),
        ping(),
        Message::text("hello"),
        ping(),
        Message::Close(None),
    ];
    assert!(
        peer.takes_messages(Role::Client) == all,
        "not what was sent"
    );
    uploader.result();
    notifier.result();
}

#[test]
fn a_write_inside_a_write_of_the_same_thread_is_not_accused() {
    never_accused(program);
}
