//! The tap as `AsyncRead` and `AsyncWrite` of the `futures` crates.

use super::{KnownStreams, TapWith};
use ::futures_io::{AsyncRead, AsyncWrite};
use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

impl<S: AsyncRead + Unpin, K: KnownStreams> AsyncRead for TapWith<S, K> {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner.stream).poll_read(context, buffer);
        if let Poll::Ready(Ok(count)) = result {
            this.note_read::<Poll<io::Result<usize>>>(buffer.get(..count).unwrap_or_default());
        }
        result
    }

    #[inline]
    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.inner.stream).poll_read_vectored(context, buffers);
        if let Poll::Ready(Ok(count)) = result {
            this.note_read_into::<Poll<io::Result<usize>>>(buffers, count);
        }
        result
    }
}

impl<S: AsyncWrite + Unpin, K: KnownStreams> AsyncWrite for TapWith<S, K> {
    #[inline]
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().call(&[IoSlice::new(bytes)], |inner| {
            Pin::new(inner).poll_write(context, bytes)
        })
    }

    #[inline]
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().call(buffers, |inner| {
            Pin::new(inner).poll_write_vectored(context, buffers)
        })
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner.stream).poll_flush(context)
    }

    #[inline]
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner.stream).poll_close(context)
    }
}
