//! The fault: a framer written by hand, whose lock is taken for each fragment and not for each message.

use std::net::TcpStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{Frame, FrameSocket};
use tungstenite_0_29::connection;

type Frames = Arc<Mutex<FrameSocket<TcpStream>>>;

const CHUNKS: u8 = 10;

/// Sends a file chunk by chunk, as they come from the disk.
fn send_file(frames: Frames, disk: Receiver<u8>) {
    for chunk in disk {
        let opcode = if chunk == 0 {
            Data::Binary
        } else {
            Data::Continue
        };
        let is_final = chunk == CHUNKS - 1;
        let frame = Frame::message(vec![chunk; 100], OpCode::Data(opcode), is_final);
        let mut frames = frames.lock().expect("no panic");
        frames.send(frame).expect("the client is there"); // WRITER
    }
}

/// Hands out the chunks of two files in turn. A chunk is taken when the one before it is sent.
fn read(disks: [SyncSender<u8>; 2]) {
    for chunk in 0..CHUNKS {
        for disk in &disks {
            disk.send(chunk).expect("the sender is there");
        }
    }
}

#[test]
fn two_files_are_sent_in_chunks() {
    let (socket, client) = connection(|_| {});
    let frames = Arc::new(Mutex::new(FrameSocket::new(socket.into_inner())));

    let (first, first_chunks) = sync_channel(0);
    let (second, second_chunks) = sync_channel(0);
    let senders = [first_chunks, second_chunks].map(|chunks| {
        let frames = frames.clone();
        thread::spawn(move || send_file(frames, chunks))
    });
    read([first, second]);
    for sender in senders {
        sender.join().expect("the sender has ended");
    }
    drop(frames);
    assert_eq!(client.join().expect("the client has ended"), 0);
}
