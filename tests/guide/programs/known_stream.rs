// Right: a stream type of your own is made known once, and from then on its sockets are known.
use std::io::{self, Read, Write};
use std::net::TcpStream;

pub struct Counted {
    pub tcp: TcpStream,
    pub written: u64,
}

pub fn make_known() {
    redhanded::know_field!(Counted, tcp);
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.read(buffer)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.tcp.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}
