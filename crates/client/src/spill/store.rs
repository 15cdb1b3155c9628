//! The file of messages, in order.
//!
//! redb asserts that it reads what it wrote. So a file that is cut short or damaged makes it panic, and its panics
//! are caught here. In a program that aborts on panics, such a file aborts the program.

use crate::tungstenite::{Bytes, Message, Utf8Bytes};
use redb::{Database, Error, ReadableTable, TableDefinition};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

/// The messages by their numbers, which only grow. The first byte of a value says whether it is
/// text.
const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");

const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// The file.
pub(super) struct Store {
    path: PathBuf,
    /// `None` after a failed write: a database that has failed once refuses everything until it is
    /// opened anew.
    database: Option<Database>,
    next: u64,
}

impl Store {
    /// Opens or makes the file, and reads the messages that an earlier process has left in it.
    ///
    /// Nothing in the file is deleted.
    pub(super) fn open(path: PathBuf) -> Result<(Self, Vec<Message>), StoreError> {
        let (database, next, messages) = guarded(|| {
            let database = open(&path)?;
            let transaction = database.begin_write()?;
            let (mut next, mut messages) = (0, Vec::new());
            for entry in transaction.open_table(MESSAGES)?.iter()? {
                let (number, bytes) = entry?;
                next = number.value() + 1;
                messages.extend(decode(bytes.value()));
            }
            transaction.commit()?;
            Ok((database, next, messages))
        })?;
        let store = Store {
            path,
            database: Some(database),
            next,
        };
        Ok((store, messages))
    }

    /// Adds messages and takes the oldest out, in one transaction.
    ///
    /// After an error, nothing of it is in the file when the next write succeeds.
    pub(super) fn write<'m>(
        &mut self,
        add: impl Iterator<Item = &'m Message>,
        take_out: usize,
    ) -> Result<(), StoreError> {
        let (path, next) = (&self.path, self.next);
        let opened = self.database.take();
        let (database, next) = guarded(|| {
            let is_anew = opened.is_none();
            let database = opened.map_or_else(|| open(path), Ok)?;
            let mut next = next;
            let transaction = database.begin_write()?;
            {
                let mut table = transaction.open_table(MESSAGES)?;
                if is_anew {
                    // A commit that failed late may be on disk. Its messages were refused.
                    table.retain_in(next.., |_, _| false)?;
                }
                for _ in 0..take_out {
                    table.pop_first()?;
                }
                for message in add {
                    table.insert(next, &*encode(message))?;
                    next += 1;
                }
            }
            transaction.commit()?;
            Ok((database, next))
        })?;
        (self.database, self.next) = (Some(database), next);
        Ok(())
    }
}

fn open(path: &Path) -> Result<Database, Error> {
    let database = Database::builder()
        .create_with_file_format_v3(true)
        .create(path)?;
    Ok(database)
}

/// Why the file cannot be used.
#[derive(Debug)]
pub(super) enum StoreError {
    /// What redb said.
    Database(Error),
    /// redb met bytes that it never wrote. It says so by a panic.
    Damaged,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Database(error) => error.fmt(f),
            StoreError::Damaged => f.write_str(
                "the file is damaged or cut short; move it away to start with an empty one",
            ),
        }
    }
}

impl std::error::Error for StoreError {}

/// Turns a panic of redb into an error. What the work held is dropped, and not used again.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, StoreError> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(StoreError::Database),
        Err(_) => Err(StoreError::Damaged),
    }
}

fn encode(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.len());
    bytes.push(if message.is_text() { TEXT } else { BINARY });
    bytes.extend_from_slice(&message.clone().into_data());
    bytes
}

/// `None` if the bytes are not what `encode` makes.
fn decode(bytes: &[u8]) -> Option<Message> {
    match bytes.split_first()? {
        (&TEXT, payload) => Some(Message::Text(Utf8Bytes::try_from(payload.to_vec()).ok()?)),
        (&BINARY, payload) => Some(Message::Binary(Bytes::copy_from_slice(payload))),
        _ => None,
    }
}
