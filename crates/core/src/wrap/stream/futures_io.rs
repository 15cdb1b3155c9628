//! The stream as `AsyncRead` and `AsyncWrite` of the `futures` crates.

use super::{Watched, single};
use ::futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.before_read();
        Pin::new(&mut this.stream).poll_read(context, buffer)
    }

    #[inline]
    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.before_read();
        Pin::new(&mut this.stream).poll_read_vectored(context, buffers)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    #[inline]
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.waits_with_rest(context) {
            return Poll::Pending;
        }
        this.call(&[IoSlice::new(bytes)], |stream, pieces| {
            Pin::new(stream).poll_write(context, single(pieces))
        })
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if this.waits_with_rest(context) {
            return Poll::Pending;
        }
        this.call(buffers, |stream, pieces| {
            Pin::new(stream).poll_write_vectored(context, pieces)
        })
    }

    // Sends nothing by itself on any socket that two handles could share.
    #[inline]
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let is_done = |result: &Poll<io::Result<()>>| matches!(result, Poll::Ready(Ok(())));
        self.get_mut()
            .flush_with(|stream| Pin::new(stream).poll_flush(context), is_done)
    }

    #[inline]
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_close(context)
    }
}
