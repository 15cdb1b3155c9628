//! The tap as `Read` and `Write`.

use super::{KnownStreams, TapWith};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};

impl<S: Read, K: KnownStreams> Read for TapWith<S, K> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.stream.read(buffer)?;
        self.note_read::<io::Result<usize>>(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        let count = self.inner.stream.read_vectored(buffers)?;
        self.note_read_into::<io::Result<usize>>(buffers, count);
        Ok(count)
    }
}

impl<S: Write, K: KnownStreams> Write for TapWith<S, K> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call(&[IoSlice::new(bytes)], |inner| inner.write(bytes))
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(buffers, |inner| inner.write_vectored(buffers))
    }

    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.inner.stream.flush()
    }
}
