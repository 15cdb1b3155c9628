//! The tap as `AsyncRead` and `AsyncWrite`.

use super::{KnownStreams, TapWith};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

impl<S: AsyncRead + Unpin, K: KnownStreams> AsyncRead for TapWith<S, K> {
    #[inline]
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let result = Pin::new(&mut this.inner.stream).poll_read(context, buffer);
        this.note_read::<Poll<io::Result<usize>>>(
            buffer.filled().get(before..).unwrap_or_default(),
        );
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
    fn is_write_vectored(&self) -> bool {
        self.inner.stream.is_write_vectored()
    }

    #[inline]
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner.stream).poll_flush(context)
    }

    #[inline]
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner.stream).poll_shutdown(context)
    }
}
