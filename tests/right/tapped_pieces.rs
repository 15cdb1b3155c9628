//! A tap on a stream that takes a few bytes at a time, anywhere in a frame. And a tap that is made anew for each frame.

use crate::asynchronous::{on_one_thread, ready};
use crate::common::{Peer, connection, start};
use crate::never_accused;
use futures_util::FutureExt;
use redhanded::Tap;
use redhanded::raw::tungstenite::Message;
use redhanded::raw::tungstenite::protocol::Role;
use std::io::{self, Cursor, IoSlice, Write};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// Takes this many bytes in one poll, and is pending every other time.
struct Little {
    bytes: Vec<u8>,
    most: usize,
    is_ready: bool,
}

impl AsyncWrite for Little {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.is_ready = !this.is_ready;
        if !this.is_ready {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = this.bytes.len();
        this.bytes.extend(
            buffers
                .iter()
                .flat_map(|buffer| buffer.iter())
                .take(this.most),
        );
        Poll::Ready(Ok(this.bytes.len() - before))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Header and payload of each: a message in three fragments with a ping among them, a longer one, an empty one.
fn frames() -> Vec<(Vec<u8>, Vec<u8>)> {
    let medium = vec![7; 300];
    vec![
        (vec![0x01, 3], b"abc".to_vec()),
        (vec![0x00, 0], Vec::new()),
        (vec![0x89, 2], vec![0x82, 0x7e]),
        (vec![0x80, 3], b"def".to_vec()),
        (vec![0x82, 126, 1, 44], medium),
        (vec![0x81, 0], Vec::new()),
        (vec![0x88, 0], Vec::new()),
    ]
}

fn messages() -> Vec<Message> {
    let ping = Message::Ping(vec![0x82, 0x7e].into());
    let others = [
        Message::text("abcdef"),
        Message::binary(vec![7; 300]),
        Message::text(""),
        Message::Close(None),
    ];
    [ping].into_iter().chain(others).collect()
}

async fn whole(tap: &mut Tap<Little>) {
    for (header, payload) in frames() {
        tap.write_all(&[header, payload].concat()).await.unwrap();
    }
}

async fn header_first(tap: &mut Tap<Little>) {
    for (header, payload) in frames() {
        tap.write_all(&header).await.unwrap();
        tap.write_all(&payload).await.unwrap();
    }
}

async fn vectored(tap: &mut Tap<Little>) {
    for (header, payload) in frames() {
        let mut pieces = [IoSlice::new(&header), IoSlice::new(&payload)];
        let mut pieces = &mut pieces[..];
        IoSlice::advance_slices(&mut pieces, 0);
        while !pieces.is_empty() {
            let accepted = tap.write_vectored(pieces).await.unwrap();
            IoSlice::advance_slices(&mut pieces, accepted);
        }
    }
}

async fn all_at_once(tap: &mut Tap<Little>) {
    let bytes: Vec<u8> = frames()
        .into_iter()
        .flat_map(|(header, payload)| [header, payload].concat())
        .collect();
    tap.write_all(&bytes).await.unwrap();
}

/// Gives up every write that is not ready, and offers the same bytes once more, fewer or more of them.
async fn resumed(tap: &mut Tap<Little>) {
    let bytes: Vec<u8> = frames()
        .into_iter()
        .flat_map(|(header, payload)| [header, payload].concat())
        .collect();
    let (mut written, mut attempt) = (0, 0);
    while written < bytes.len() {
        let rest = &bytes[written..];
        attempt += 1;
        let piece = &rest[..rest.len().min(1 + attempt % 7)];
        written += tap.write(piece).now_or_never().map_or(0, Result::unwrap);
    }
}

fn in_pieces() {
    on_one_thread(async {
        for most in (1..=32).chain(290..=320) {
            let mut taps: [_; 5] = std::array::from_fn(|_| {
                Tap::new(Little {
                    bytes: Vec::new(),
                    most,
                    is_ready: false,
                })
            });
            let [one, two, three, four, five] = &mut taps;
            whole(one).await;
            header_first(two).await;
            vectored(three).await;
            all_at_once(four).await;
            resumed(five).await;
            for tap in taps {
                let peer = Peer::new(Cursor::new(tap.into_inner().bytes));
                assert_eq!(peer.takes_messages(Role::Client), messages());
            }
        }
    });
}

#[test]
fn frames_that_go_out_in_pieces_of_any_size_are_not_accused() {
    never_accused(in_pieces);
}

fn made_anew() {
    let (socket, peer) = connection();
    let peer = start("peer", move || peer.takes_messages(Role::Client));
    let frames: Vec<Vec<u8>> = frames()
        .into_iter()
        .map(|(header, payload)| [header, payload].concat())
        .collect();
    let (begin, end) = frames.split_at(4);
    for frame in begin {
        Tap::new(&socket).write_all(frame).unwrap();
    }
    on_one_thread(async {
        let mut socket = ready(&socket).await;
        for frame in end {
            Tap::new(&mut socket).write_all(frame).await.unwrap();
        }
    });
    assert_eq!(peer.result(), messages());
}

#[test]
fn taps_made_anew_for_every_frame_are_not_accused() {
    never_accused(made_anew);
}
