//! A stream of the tests' own, as users have them, and the settings of the test process.

use redhanded::{Settings, Stderr};
use std::io::{self, Read, Write};
use std::sync::Once;

/// No page on a public port, and no output. To be called before a test makes its first WebSocket.
pub fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        redhanded::configure(Settings::default().bind(None).stderr(Stderr::Off)).unwrap()
    });
}

/// Reads what it was given and then would block; takes whatever is written.
#[derive(Debug, Default)]
pub struct Mock {
    pub to_read: Vec<u8>,
    pub written: Vec<u8>,
}

impl Mock {
    pub fn with(to_read: &[u8]) -> Self {
        Mock {
            to_read: to_read.to_vec(),
            written: Vec::new(),
        }
    }
}

impl Read for Mock {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.to_read.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let size = self.to_read.len().min(buffer.len());
        buffer[..size].copy_from_slice(&self.to_read[..size]);
        self.to_read.drain(..size);
        Ok(size)
    }
}

impl Write for Mock {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
