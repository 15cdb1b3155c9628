//! The fault: the captions have an object of their own, on a clone of the socket. A caption gets into a picture.

use std::net::TcpStream;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use tungstenite::Message;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite_0_27::{PICTURES, SIZE, connection};

fn main() {
    let (glance, glances) = sync_channel(0);
    let (mut camera, viewer) = connection(move |stream| {
        // Waits for a byte, and leaves it where it is.
        let _ = stream.peek(&mut [0]);
        // There is a caption for each picture, and no more.
        let _ = glance.send(());
    });
    let clone = camera.get_ref().try_clone().expect("a descriptor");
    let writer = WebSocket::from_raw_socket(clone, Role::Server, None);

    let captions = thread::spawn(move || write_captions(writer, glances));
    for _ in 0..PICTURES {
        let picture = Message::binary(vec![7; SIZE]);
        camera.send(picture).expect("the viewer is there"); // WRITER
    }
    captions.join().expect("the captions are written");
    drop(camera);
    viewer.join().expect("the viewer has ended");
}

/// Writes a caption when the viewer begins to see a picture.
fn write_captions(mut viewer: WebSocket<TcpStream>, glances: Receiver<()>) {
    for (number, ()) in (0..PICTURES).zip(glances) {
        let caption = Message::text(format!("picture {number}"));
        viewer.send(caption).expect("the viewer is there"); // WRITER
    }
}
