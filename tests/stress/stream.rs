//! A stream that takes few bytes a call, and notes whose bytes went out in which order.

use crate::random::Random;
use std::cell::Cell;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

thread_local! {
    /// The writer whose frames this thread sends through a tap.
    pub static WRITER: Cell<usize> = const { Cell::new(0) };
}

/// Consecutive bytes of one writer of one object. Without bytes it is where one of its operations began.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The object, and for a tap the writer.
    pub of: (usize, usize),
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
pub struct Log(pub Vec<Piece>);

impl Log {
    /// An operation of this writer begins.
    pub fn note_operation(&mut self, of: (usize, usize)) {
        let bytes = Vec::new();
        self.0.push(Piece { of, bytes });
    }

    /// What each writer has sent before this place of the wire.
    pub fn writers_until(&self, at: usize) -> impl Iterator<Item = Vec<u8>> {
        let mut sent: HashMap<_, Vec<u8>> = HashMap::new();
        let mut left = at;
        for piece in &self.0 {
            let now = left.min(piece.bytes.len());
            sent.entry(piece.of)
                .or_default()
                .extend(&piece.bytes[..now]);
            left -= now;
        }
        sent.into_values()
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|piece| piece.bytes.iter().copied())
            .collect()
    }
}

/// How a stream behaves.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// The most that it takes a call.
    pub most: usize,
    /// How often it says `WouldBlock`, in percent.
    pub blocks: usize,
    /// Whether it yields inside a call.
    pub yields: bool,
}

pub struct Stream {
    pub socket: TcpStream,
    pub object: usize,
    /// The writers of the object frame its bytes themselves.
    pub is_tapped: bool,
    pub log: Arc<Mutex<Log>>,
    pub habits: Habits,
    pub random: Random,
}

impl Stream {
    /// Whose bytes this thread sends through it.
    pub fn writer(&self) -> (usize, usize) {
        let writer = if self.is_tapped { WRITER.get() } else { 0 };
        (self.object, writer)
    }
}

/// To be called before the first object is made.
pub fn make_known() {
    // SAFETY: `Stream` has no lifetime parameters.
    unsafe { redhanded::know::<Stream>(|stream| redhanded::Socket::of_tcp(&stream.socket)) };
}

impl Read for Stream {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.habits.yields && self.random.percent(30) {
            std::thread::yield_now();
        }
        if self.random.percent(self.habits.blocks) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let most = 1 + self.random.below(self.habits.most);
        let count = {
            let mut log = self.log.lock().expect("no panic");
            let count = (&self.socket).write(&bytes[..bytes.len().min(most)])?;
            log.0.push(Piece {
                of: self.writer(),
                bytes: bytes[..count].to_vec(),
            });
            count
        };
        if self.habits.yields && self.random.percent(30) {
            std::thread::yield_now();
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
