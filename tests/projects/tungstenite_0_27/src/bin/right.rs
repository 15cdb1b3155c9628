//! Two threads write through one object, behind one lock.

use std::net::TcpStream;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use tungstenite::{Message, WebSocket};
use tungstenite_0_27::{PICTURES, SIZE, connection};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn main() {
    let (socket, viewer) = connection(|_| {});
    let socket = Arc::new(Mutex::new(socket));

    let (shots, taken) = sync_channel(1);
    let beside = socket.clone();
    let captions = thread::spawn(move || write_captions(beside, taken));
    for number in 0..PICTURES {
        shots.send(number).expect("the captions are written");
        send(&socket, Message::binary(vec![7; SIZE]));
    }
    drop(shots);
    captions.join().expect("the captions are written");

    let mut closing = socket.lock().expect("no panic");
    closing.close(None).expect("the viewer is there");
    while closing.read().is_ok() {}
    drop(closing);
    drop(socket);
    let seen = viewer.join().expect("the viewer has ended");
    assert_eq!(seen, 2 * PICTURES);
}

fn write_captions(viewer: Shared, taken: Receiver<usize>) {
    for number in taken {
        send(&viewer, Message::text(format!("picture {number}")));
    }
}

fn send(viewer: &Shared, message: Message) {
    let mut viewer = viewer.lock().expect("no panic");
    viewer.send(message).expect("the viewer is there");
}
