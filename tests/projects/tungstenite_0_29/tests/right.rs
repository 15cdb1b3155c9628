//! Two threads share one object behind one mutex, and a reader has a clone of the socket that it only reads from.

use std::io::Read;
use std::net::Shutdown;
use std::sync::{Arc, Mutex};
use std::thread;
use tungstenite::Message;
use tungstenite_0_29::{connection, large_file};

#[test]
fn notices_come_between_two_files() {
    let (socket, client) = connection(|_| {});
    let mut reading = socket.get_ref().try_clone().expect("a descriptor");
    let socket = Arc::new(Mutex::new(socket));

    let reader = thread::spawn(move || {
        let mut byte = [0];
        let mut read = 0;
        while reading.read(&mut byte).expect("the client is there") > 0 {
            read += 1;
        }
        read
    });
    let notices = socket.clone();
    let notifier = thread::spawn(move || {
        (0..10).try_for_each(|_| {
            let notice = Message::text("a file is on its way");
            notices.lock().expect("no panic").send(notice)
        })
    });
    let mut sent = 0;
    while sent < 5 || !notifier.is_finished() {
        let file = Message::binary(large_file());
        socket
            .lock()
            .expect("no panic")
            .send(file)
            .expect("the client is there");
        sent += 1;
    }
    notifier
        .join()
        .expect("it has ended")
        .expect("the client was there");

    let mut socket = socket.lock().expect("no panic");
    socket.close(None).expect("the client is there");
    // The reader's clone keeps the connection open.
    socket
        .get_ref()
        .shutdown(Shutdown::Write)
        .expect("an open socket");
    assert_eq!(client.join().expect("the client has ended"), sent);
    let close_frame = 6;
    assert!(reader.join().expect("the reader has ended") >= close_frame);
}
