//! What a live process is doing on its wires, as the page shows it.

use serde::Serialize;

/// How much is watched now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Watching {
    /// Wires with at least one handle.
    pub wires: u64,
    /// Handles of all wires together.
    pub handles: u64,
}

/// Some of the wires that are watched.
#[derive(Debug, Default)]
pub struct Wires {
    /// How many there are, of which these are some.
    pub total: usize,
    /// Those that were asked for.
    pub wires: Vec<Wire>,
}

/// One live socket.
#[derive(Debug, Serialize)]
pub struct Wire {
    /// Its number in the process.
    pub id: u64,
    /// The address of its own end.
    pub local: Option<String>,
    /// The address of the far end.
    pub peer: Option<String>,
    /// Whether its bytes are encrypted on their way.
    pub encrypted: bool,
    /// How many handles there are; not all of them may be in `handles`.
    pub handle_count: usize,
    /// The objects that write to it.
    pub handles: Vec<Handle>,
    /// Those of the handles' writers that have the wire now.
    pub writing: Vec<Writer>,
    /// The threads of all writers, each of them once.
    pub threads: Vec<Thread>,
    /// Findings made on this wire, open ones aside.
    pub findings: u64,
}

/// One object that writes to a wire.
#[derive(Debug, Serialize)]
pub struct Handle {
    /// Its number in the process.
    pub id: u64,
    /// How many bytes it has written.
    pub bytes: u64,
    /// How many messages it has written.
    pub messages: u64,
    /// What it does now, or wrote last.
    pub operation: Option<String>,
    /// A part of a frame is out, and the rest is not.
    pub inside_frame: bool,
    /// Who has the wire through it now.
    pub writing: Option<Writer>,
}

/// Who has a wire.
#[derive(Debug, Clone, Serialize)]
pub struct Writer {
    /// The number of its handle.
    pub handle: u64,
    /// What it does.
    pub operation: Option<String>,
    /// Its thread, as reports name it.
    pub thread: String,
    /// Its task, if it is one.
    pub task: Option<String>,
    /// The line of the application that called.
    pub site: Option<String>,
    /// For how many microseconds it has had the wire.
    pub since_us: f64,
}

/// A thread that writes to a wire, or wrote last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Thread {
    /// As reports name it.
    pub thread: String,
}
