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

/// An object, and for a tap the writer.
pub type Writer = (usize, usize);

/// Consecutive bytes of one writer of one object. Without bytes it is where one of its operations began or ended.
#[derive(Debug, Clone)]
pub struct Piece {
    pub of: Writer,
    pub bytes: Vec<u8>,
    /// What was offered behind the bytes, the first of it.
    pub rest: Vec<u8>,
    /// How the operation has ended, where one has.
    pub ended: Option<String>,
}

/// How an operation ends that is refused.
pub const REFUSED: &str = "refused";

/// How the last operation of an object ends.
const DROPPED: &str = "dropped";

impl Piece {
    /// Whether its object is dropped here.
    pub fn is_end_of_writer(&self) -> bool {
        self.ended.as_deref() == Some(DROPPED)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Log(pub Vec<Piece>);

impl Log {
    /// An operation of this writer begins.
    pub fn note_operation(&mut self, of: Writer) {
        self.note(of, &[], &[], None);
    }

    /// An operation of this writer has come back.
    pub fn note_end(&mut self, of: Writer, told: &str) {
        self.note(of, &[], &[], Some(told));
    }

    /// The object of this writer was dropped.
    pub fn note_drop(&mut self, of: Writer) {
        self.note_end(of, DROPPED);
    }

    /// So many of the bytes offered were accepted.
    fn note_bytes(&mut self, of: Writer, offered: &[u8], accepted: usize) {
        let (bytes, rest) = offered.split_at(accepted);
        self.note(of, bytes, &rest[..rest.len().min(64)], None);
    }

    fn note(&mut self, of: Writer, bytes: &[u8], rest: &[u8], ended: Option<&str>) {
        let (bytes, rest) = (bytes.to_vec(), rest.to_vec());
        let ended = ended.map(str::to_owned);
        self.0.push(Piece {
            of,
            bytes,
            rest,
            ended,
        });
    }

    /// Whether an operation was refused.
    pub fn has_refusal(&self) -> bool {
        let is_refusal = |told: &String| told.contains(REFUSED);
        self.0
            .iter()
            .any(|piece| piece.ended.as_ref().is_some_and(is_refusal))
    }

    /// What happened about that place on the wire, a line each. Operations that sent nothing are left out.
    pub fn round(&self, place: usize) -> String {
        let mut lines = Vec::new();
        let (mut at, mut middle) = (0, 0);
        for (number, piece) in self.0.iter().enumerate() {
            if at <= place {
                middle = lines.len();
            }
            let Piece {
                of, bytes, ended, ..
            } = piece;
            let own = |piece: &&Piece| piece.of == *of;
            let sent_nothing = |next: Option<&Piece>| next.is_some_and(|it| it.bytes.is_empty());
            match ended {
                None if bytes.is_empty() => {
                    if !sent_nothing(self.0[number + 1..].iter().find(own)) {
                        lines.push(format!("{of:?} asks"));
                    }
                }
                None => {
                    let first = &bytes[..bytes.len().min(24)];
                    lines.push(format!(
                        "{of:?} at {at}: {} bytes {first:02x?}",
                        bytes.len()
                    ));
                }
                Some(told) => {
                    if !sent_nothing(self.0[..number].iter().rev().find(own)) {
                        lines.push(format!("{of:?}: {told}"));
                    }
                }
            }
            at += bytes.len();
        }
        lines[middle.saturating_sub(60)..lines.len().min(middle + 20)].join("\n")
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
    pub fn writer(&self) -> Writer {
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
            log.note_bytes(self.writer(), bytes, count);
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
