//! The stream as `Read` and `Write`.

use super::{Watched, single};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};

impl<S: Read> Read for Watched<S> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.before_read();
        self.stream.read(buffer)
    }

    #[inline]
    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.before_read();
        self.stream.read_vectored(buffers)
    }
}

impl<S: Write> Write for Watched<S> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call(&[IoSlice::new(bytes)], |stream, pieces| {
            stream.write(single(pieces))
        })
    }

    #[inline]
    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.call(buffers, |stream, pieces| stream.write_vectored(pieces))
    }

    // Sends nothing by itself on any socket that two handles could share.
    #[inline]
    fn flush(&mut self) -> io::Result<()> {
        self.flush_with(|stream| stream.flush(), io::Result::is_ok)
    }
}
