//! The fault: the files and the notices have an object each, on clones of one socket. Each object is behind a mutex.

use std::net::TcpStream;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread;
use tungstenite::Message;
use tungstenite::protocol::{Role, WebSocket};
use tungstenite_0_29::{connection, large_file};

type Shared = Arc<Mutex<WebSocket<TcpStream>>>;

fn send_file(files: &Shared) {
    let file = Message::binary(large_file());
    let mut files = files.lock().expect("no panic");
    files.send(file).expect("the client is there"); // WRITER
}

fn send_notice(notices: &Shared, number: usize) {
    let notice = Message::text(format!("file {number} is on its way"));
    let mut notices = notices.lock().expect("no panic");
    notices.send(notice).expect("the client is there"); // WRITER
}

const FILES: usize = 10;

#[test]
fn notices_come_while_files_are_sent() {
    let (begin, begins) = sync_channel(0);
    let (socket, client) = connection(move |stream| {
        // Waits for a byte, and leaves it where it is.
        let _ = stream.peek(&mut [0]);
        // There is a notice for each file, and no more.
        let _ = begin.send(());
    });
    let clone = socket.get_ref().try_clone().expect("a descriptor");
    let files = Arc::new(Mutex::new(socket));
    let notices = Arc::new(Mutex::new(WebSocket::from_raw_socket(
        clone,
        Role::Server,
        None,
    )));

    let notifier = thread::spawn(move || {
        for (number, ()) in (0..FILES).zip(begins) {
            send_notice(&notices, number);
        }
    });
    for _ in 0..FILES {
        send_file(&files);
    }
    notifier.join().expect("the notifier has ended");
    drop(files);
    client.join().expect("the client has ended");
}
