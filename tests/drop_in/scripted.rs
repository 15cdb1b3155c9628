//! A stream that plays a script and records every call, and the notes that programs add.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::{self, Debug};
use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// A transcript: the calls that reached the stream and the results that reached the program, in their order.
#[derive(Clone, Default)]
pub struct Log {
    lines: Rc<RefCell<Vec<String>>>,
    sent: Rc<RefCell<Vec<u8>>>,
}

impl Log {
    pub fn lines(&self) -> Vec<String> {
        self.lines.take()
    }

    /// Notes what the program saw.
    pub fn note(&self, what: &str, seen: impl Debug) {
        self.lines.borrow_mut().push(format!("{what} = {seen:?}"));
    }

    /// Notes an error, as a value and as users see it.
    pub fn note_error<T>(&self, what: &str, seen: Result<T, impl std::error::Error>) {
        let error = seen.err().expect("an error");
        let source = error.source().map(ToString::to_string);
        self.note(what, (error.to_string(), source, error));
    }

    /// Notes with which message a call panics.
    pub fn note_panic<T>(&self, what: &str, call: impl FnOnce() -> T) {
        let panic = catch_unwind(AssertUnwindSafe(call)).err();
        let message = panic.map(|panic| match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(panic) => panic
                .downcast::<&str>()
                .map(|message| message.to_string())
                .unwrap_or_default(),
        });
        self.note(what, message);
    }

    /// Notes the frames that the stream took, with the random masks of a client taken off.
    pub fn note_frames(&self) {
        let sent = self.sent.take();
        let mut rest = &sent[..];
        while let [first, second, ..] = *rest {
            let (length, header) = match second & 0x7f {
                126 => (usize::from(u16::from_be_bytes([rest[2], rest[3]])), 4),
                127 => (
                    usize::try_from(u64::from_be_bytes(rest[2..10].try_into().unwrap())).unwrap(),
                    10,
                ),
                length => (usize::from(length), 2),
            };
            let (mask, header) = if second & 0x80 == 0 {
                ([0; 4], header)
            } else {
                (rest[header..header + 4].try_into().unwrap(), header + 4)
            };
            let payload: Vec<u8> = rest[header..header + length]
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask)
                .collect();
            self.note("frame", (first, second & 0x80 != 0, payload));
            rest = &rest[header + length..];
        }
    }
}

/// What a read does: gives bytes (none for the end), or fails.
pub type Reading = Result<Vec<u8>, ErrorKind>;

/// What a write does: takes at most this many bytes, or fails.
pub type Writing = Result<usize, ErrorKind>;

/// The stream. Where the script has ended, reads would block, and writes and flushes succeed.
pub struct Scripted {
    log: Log,
    masked: bool,
    reads: VecDeque<Reading>,
    writes: VecDeque<Writing>,
    flushes: VecDeque<Result<(), ErrorKind>>,
}

impl Scripted {
    pub fn new(log: &Log) -> Self {
        Scripted {
            log: log.clone(),
            masked: false,
            reads: VecDeque::new(),
            writes: VecDeque::new(),
            flushes: VecDeque::new(),
        }
    }

    /// What is written is masked at random, so only lengths are recorded. See [`Log::note_frames`].
    pub fn masked(mut self) -> Self {
        self.masked = true;
        self
    }

    pub fn gives(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.reads.push_back(Ok(bytes.as_ref().to_vec()));
        self
    }

    pub fn ends(self) -> Self {
        self.gives([])
    }

    pub fn fails_to_read(mut self, kind: ErrorKind) -> Self {
        self.reads.push_back(Err(kind));
        self
    }

    pub fn takes(mut self, most: usize) -> Self {
        self.writes.push_back(Ok(most));
        self
    }

    pub fn fails_to_write(mut self, kind: ErrorKind) -> Self {
        self.writes.push_back(Err(kind));
        self
    }

    pub fn flushes(mut self) -> Self {
        self.flushes.push_back(Ok(()));
        self
    }

    pub fn fails_to_flush(mut self, kind: ErrorKind) -> Self {
        self.flushes.push_back(Err(kind));
        self
    }

    /// Adds bytes to the script while the program uses the stream.
    pub fn will_give(&mut self, bytes: impl AsRef<[u8]>) {
        self.reads.push_back(Ok(bytes.as_ref().to_vec()));
    }

    fn down<T>(&self, call: impl fmt::Display, answer: &io::Result<T>)
    where
        T: Debug,
    {
        let answer = answer.as_ref().map_err(io::Error::kind);
        self.log
            .lines
            .borrow_mut()
            .push(format!("{call} -> {answer:?}"));
    }
}

impl Read for Scripted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let answer = match self.reads.pop_front().unwrap_or(Err(ErrorKind::WouldBlock)) {
            Ok(mut bytes) => {
                let size = bytes.len().min(buffer.len());
                buffer[..size].copy_from_slice(&bytes[..size]);
                let rest = bytes.split_off(size);
                if !rest.is_empty() {
                    self.reads.push_front(Ok(rest));
                }
                Ok(size)
            }
            Err(kind) => Err(kind.into()),
        };
        self.down(format_args!("read({})", buffer.len()), &answer);
        answer
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let answer = match self.writes.pop_front().unwrap_or(Ok(usize::MAX)) {
            Ok(most) => {
                let size = most.min(bytes.len());
                self.log.sent.borrow_mut().extend_from_slice(&bytes[..size]);
                Ok(size)
            }
            Err(kind) => Err(kind.into()),
        };
        if self.masked {
            self.down(format_args!("write({} masked)", bytes.len()), &answer);
        } else {
            self.down(format_args!("write({bytes:02x?})"), &answer);
        }
        answer
    }

    fn flush(&mut self) -> io::Result<()> {
        let answer = self
            .flushes
            .pop_front()
            .unwrap_or(Ok(()))
            .map_err(io::Error::from);
        self.down("flush()", &answer);
        answer
    }
}

impl Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Scripted({} reads left, {} writes left)",
            self.reads.len(),
            self.writes.len()
        )
    }
}
