//! Frames and messages that are too long.

use super::super::rules::{FRAME_LIMIT, MESSAGE_LIMIT};
use super::{
    End, Endpoint, MASK, Piece, agrees_with_tungstenite, error, plain, promise, read, read_known,
};
use tungstenite::protocol::WebSocketConfig;

#[test]
fn a_frame_is_too_long_by_its_header() {
    let limit = FRAME_LIMIT;
    let config = WebSocketConfig::default();
    assert_eq!(
        (config.max_frame_size, config.max_message_size),
        (Some(FRAME_LIMIT as usize), Some(MESSAGE_LIMIT as usize))
    );
    for (first, length, close_code) in [
        (0x82, limit + 1, 1009),
        (0x01, u64::MAX, 1009),
        (0xc2, 1 << 63, 1002),
        (0x89, limit + 1, 1002),
    ] {
        let reading = agrees_with_tungstenite(Endpoint::Server, &promise(first, MASK, length));
        let words = format!("Space limit exceeded: Message too long: {length} > 16777216");
        assert_eq!(reading.end, error(&words, close_code, 0));
    }
    let longest = promise(0x82, MASK, limit);
    assert_eq!(
        read_known(Endpoint::Server, &longest).end,
        End::Waits {
            at: 0,
            length: limit,
            missing: limit
        }
    );
    // Something else is wrong with this one, but its length is not.
    assert_eq!(
        read_known(Endpoint::Client, &longest).end,
        error(
            "WebSocket protocol error: Received a masked frame from server",
            1002,
            0
        )
    );
}

#[test]
fn a_message_is_too_long_by_the_header_of_one_of_its_frames() {
    let limit = FRAME_LIMIT;
    let (start, more) = (promise(2, None, limit), promise(0, None, limit));
    let (rest, last) = (Piece::Unknown(limit), plain(0x80, b"a"));
    let (start, more, last) = (
        Piece::Known(&start),
        Piece::Known(&more),
        Piece::Known(&last),
    );
    let stream = [start, rest, more, rest, more, rest, more, rest, last];
    let end = read(Endpoint::Client, None, stream).end;
    let at = 4 * (FRAME_LIMIT as usize + 10);
    assert_eq!(
        end,
        error(
            "Space limit exceeded: Message too long: 67108865 > 67108864",
            1009,
            at
        )
    );
    let end = read(
        Endpoint::Client,
        Some(2),
        [more, rest, more, rest, more, rest, more, rest, last],
    )
    .end;
    assert_eq!(
        end,
        error("Space limit exceeded: Message too long", 1009, at),
        "the length is not known"
    );
    assert_eq!(
        read(Endpoint::Client, None, stream[..8].iter().copied()).end,
        End::BetweenFrames {
            open_message: Some(2)
        }
    );
}
