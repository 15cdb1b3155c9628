//! Taps on clones of one socket that write a frame in pieces, and a message in fragments, in turn.
//!
//! Each tap was given only a part of the frame. So only the bytes of the other show that they continue it. This is tested
//! over a socket that counts its bytes, and over one that does not.

use crate::common::connection;
use crate::never_accused;
use redhanded::Tap;
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::io::Write;
use std::os::unix::net::UnixStream;

const SMALL: &[u8] = b"\x81\x02hi";

/// A frame in two pieces. No frame could begin with the second piece, or none that is allowed there.
fn in_pieces(one: &mut impl Write, other: &mut impl Write, byte: u8) {
    one.write_all(&[0x82, 16, byte, byte, byte, byte, byte, byte, byte, byte])
        .unwrap();
    other.write_all(&[byte; 8]).unwrap();
    one.write_all(SMALL).unwrap();
    other.write_all(SMALL).unwrap();
}

fn in_fragments(one: &mut impl Write, other: &mut impl Write) {
    one.write_all(b"\x01\x03one").unwrap();
    other.write_all(b"\x80\x03two").unwrap();
    one.write_all(SMALL).unwrap();
}

fn program() {
    for byte in [7, 0] {
        let (socket, peer) = connection();
        let [mut one, mut other] = [(); 2].map(|()| Tap::new(socket.try_clone().unwrap()));
        in_pieces(&mut one, &mut other, byte);
        in_pieces(&mut other, &mut one, byte);
        one.write_all(b"\x88\x00").unwrap();
        let expected = [
            Message::binary(vec![byte; 16]),
            Message::text("hi"),
            Message::text("hi"),
        ];
        let messages = peer.takes_messages(Role::Client);
        assert!(
            messages.iter().eq(expected
                .iter()
                .cycle()
                .take(6)
                .chain([&Message::Close(None)])),
            "{messages:?}"
        );

        let (socket, _peer) = UnixStream::pair().unwrap();
        let [mut one, mut other] = [(); 2].map(|()| Tap::new(socket.try_clone().unwrap()));
        in_pieces(&mut one, &mut other, byte);
    }
    let (socket, _peer) = UnixStream::pair().unwrap();
    let [mut one, mut other] = [(); 2].map(|()| Tap::new(socket.try_clone().unwrap()));
    in_fragments(&mut one, &mut other);
    in_fragments(&mut other, &mut one);
}

#[test]
fn frames_and_messages_handed_on_from_tap_to_tap_are_not_accused() {
    never_accused(program);
}
