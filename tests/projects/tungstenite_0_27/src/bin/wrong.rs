//! The fault: the captions have an object of their own, on a clone of the socket. A caption gets into a picture.

use std::net::TcpStream;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use tungstenite::Message;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite_0_27::{PICTURES, SIZE, connection};

fn main() {
    let (mut camera, viewer) = connection();
    let clone = camera.get_ref().try_clone().expect("a descriptor");
    let writer = WebSocket::from_raw_socket(clone, Role::Server, None);

    let (shots, taken) = sync_channel(1);
    let captions = thread::spawn(move || write_captions(writer, taken));
    for number in 0..PICTURES {
        let picture = Message::binary(vec![7; SIZE]);
        shots.send(number).expect("the captions are written");
        camera.send(picture).expect("the viewer is there"); // WRITER
    }
    drop(shots);
    captions.join().expect("the captions are written");
    drop(camera);
    viewer.join().expect("the viewer has ended");
}

fn write_captions(mut viewer: WebSocket<TcpStream>, taken: Receiver<usize>) {
    for number in taken {
        let caption = Message::text(format!("picture {number}"));
        viewer.send(caption).expect("the viewer is there"); // WRITER
    }
}
