//! The file of messages, in order.

use crate::tungstenite::{Bytes, Message, Utf8Bytes};
use redb::{Database, Error, ReadableTable, TableDefinition};
use std::path::Path;

/// The messages by their numbers, which only grow. The first byte of a value says whether it is
/// text.
const MESSAGES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("messages");

const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// The file.
pub(super) struct Store {
    database: Database,
    next: u64,
}

impl Store {
    /// Opens or makes the file, and reads the messages that an earlier process has left in it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Message>), Error> {
        let database = Database::builder()
            .create_with_file_format_v3(true)
            .create(path)?;
        let transaction = database.begin_write()?;
        let (mut next, mut messages) = (0, Vec::new());
        for entry in transaction.open_table(MESSAGES)?.iter()? {
            let (number, bytes) = entry?;
            next = number.value() + 1;
            messages.extend(decode(bytes.value()));
        }
        transaction.commit()?;
        Ok((Store { database, next }, messages))
    }

    /// Adds messages and takes the oldest out, in one transaction.
    pub(super) fn write<'m>(
        &mut self,
        add: impl Iterator<Item = &'m Message>,
        take_out: usize,
    ) -> Result<(), Error> {
        let transaction = self.database.begin_write()?;
        let mut next = self.next;
        {
            let mut table = transaction.open_table(MESSAGES)?;
            for _ in 0..take_out {
                table.pop_first()?;
            }
            for message in add {
                table.insert(next, &*encode(message))?;
                next += 1;
            }
        }
        transaction.commit()?;
        self.next = next;
        Ok(())
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
