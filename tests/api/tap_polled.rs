//! The tap as `AsyncRead` and `AsyncWrite`: the same traits and polls in both states.

use crate::mock::quiet;
use crate::traits::has;
use redhanded::Tap;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

#[test]
fn a_tap_has_the_traits_that_its_stream_has() {
    fn reads<S: AsyncRead + Unpin>() -> impl Sized {
        <Tap<S> as AsyncRead>::poll_read
    }
    fn writes<S: AsyncWrite + Unpin>() -> impl Sized {
        <Tap<S> as AsyncWrite>::poll_write
    }
    let _ = (reads::<io::Cursor<Vec<u8>>>(), writes::<Vec<u8>>());
    let _ = (reads::<&mut TcpStream>(), writes::<DuplexStream>());
    assert!(has!(
        Tap<TcpStream>,
        AsyncRead + AsyncWrite + Send + Sync + Unpin
    ));
    assert!(!has!(Tap<std::net::TcpStream>, AsyncRead));
    assert!(!has!(Tap<std::net::TcpStream>, AsyncWrite));
}

/// A stream that distinguishes the calls. The first call of each kind is pending.
#[derive(Debug, Default)]
struct Polls {
    calls: Vec<String>,
    is_vectored: bool,
}

impl Polls {
    fn called<T>(&mut self, call: String, answer: io::Result<T>) -> Poll<io::Result<T>> {
        let is_first = !self.calls.contains(&call);
        self.calls.push(call);
        if is_first {
            Poll::Pending
        } else {
            Poll::Ready(answer)
        }
    }
}

impl AsyncRead for Polls {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_mut()
            .called(format!("read {}", buffer.remaining()), Ok(()))
    }
}

impl AsyncWrite for Polls {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().called(format!("write {bytes:?}"), Ok(1))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let buffers: Vec<_> = buffers.iter().map(|buffer| buffer.to_vec()).collect();
        self.get_mut()
            .called(format!("write_vectored {buffers:?}"), Ok(2))
    }

    fn is_write_vectored(&self) -> bool {
        self.is_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .called("flush".to_owned(), Err(ErrorKind::TimedOut.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut()
            .called("shutdown".to_owned(), Err(ErrorKind::BrokenPipe.into()))
    }
}

#[test]
fn every_poll_reaches_the_stream_as_it_was_made() {
    quiet();
    let mut tap = Tap::new(Polls::default());
    let mut polled = pin!(&mut tap);
    let context = &mut Context::from_waker(Waker::noop());
    let mut answers = Vec::new();
    for _ in 0..2 {
        let read = polled
            .as_mut()
            .poll_read(context, &mut ReadBuf::new(&mut [0; 3]));
        answers.push(read.map_ok(|()| 0).map_err(|error| error.kind()));
        // A frame: watched from here on.
        let write = polled.as_mut().poll_write(context, &[0x81, 1, 7]);
        answers.push(write.map_err(|error| error.kind()));
        let write = polled
            .as_mut()
            .poll_write_vectored(context, &[IoSlice::new(&[1]), IoSlice::new(&[7])]);
        answers.push(write.map_err(|error| error.kind()));
        let flush = polled.as_mut().poll_flush(context);
        answers.push(flush.map_ok(|()| 0).map_err(|error| error.kind()));
        let shutdown = polled.as_mut().poll_shutdown(context);
        answers.push(shutdown.map_ok(|()| 0).map_err(|error| error.kind()));
    }
    let (ready, failed) = (|size| Poll::Ready(Ok(size)), |kind| Poll::Ready(Err(kind)));
    let second = [
        ready(0),
        ready(1),
        ready(2),
        failed(ErrorKind::TimedOut),
        failed(ErrorKind::BrokenPipe),
    ];
    assert_eq!(answers, [&[Poll::Pending; 5][..], &second].concat());
    let round = [
        "read 3",
        "write [129, 1, 7]",
        "write_vectored [[1], [7]]",
        "flush",
        "shutdown",
    ];
    assert_eq!(tap.into_inner().calls, [round, round].concat());
}

#[test]
fn a_tap_takes_vectored_writes_exactly_when_its_stream_does() {
    for is_vectored in [false, true] {
        let tap = Tap::new(Polls {
            is_vectored,
            ..Polls::default()
        });
        assert_eq!(tap.is_write_vectored(), is_vectored);
    }
}
