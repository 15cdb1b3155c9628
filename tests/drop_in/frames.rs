//! `FrameSocket`: frames one by one.

use crate::one_to_one;
use crate::scripted::Scripted;
use crate::steps::{FINAL, PING, TEXT, from_client, from_server};
use redhanded::tungstenite::protocol::frame::{Frame, coding};
use std::io::ErrorKind;

fn text(payload: &'static str) -> Frame {
    Frame::message(payload, coding::OpCode::Data(coding::Data::Text), true)
}

#[test]
fn frames_are_sent_written_and_flushed_with_the_same_calls() {
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).takes(2).fails_to_write(ErrorKind::WouldBlock).takes(1).takes(0);
        let mut socket = lib::protocol::frame::FrameSocket::new(stream.fails_to_flush(ErrorKind::WouldBlock));
        log.note("send", socket.send(text("one")));
        log.note("flush", socket.flush());
        log.note("write", socket.write(Frame::ping("two")));
        log.note("flush", socket.flush());
        log.note("send", socket.send(Frame::close(None)));
        log.note("into_inner", socket.into_inner());
        log.note_frames();
    });
}

#[test]
fn frames_are_read_as_they_come_and_what_is_left_is_given_back() {
    let frames = [
        from_client(FINAL | TEXT, b"one"),
        from_server(FINAL | PING, b"two"),
    ]
    .concat();
    one_to_one!(lib, log => {
        let stream = Scripted::new(&log).gives(&frames[4..]).fails_to_read(ErrorKind::Interrupted).gives([0x81, 9, 1]);
        let mut socket = lib::protocol::frame::FrameSocket::from_partially_read(stream, frames[..4].to_vec());
        for _ in 0..4 {
            log.note("read", socket.read(Some(5)));
        }
        log.note("get_ref", socket.get_ref());
        socket.get_mut().will_give([2, 3]);
        log.note("read", socket.read(None));
        log.note("into_inner", socket.into_inner());
    });
}

#[test]
fn a_reader_alone_or_a_writer_alone_is_enough() {
    one_to_one!(lib, log => {
        let mut reader = lib::protocol::frame::FrameSocket::new(&[0x81, 1, b'a'][..]);
        log.note("read", reader.read(None));
        log.note("read", reader.read(None));
        let mut writer = lib::protocol::frame::FrameSocket::new(Vec::new());
        log.note("send", writer.send(text("to a vector")));
        log.note("into_inner", writer.into_inner());
    });
}
