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
    /// How many wires there are.
    pub total: usize,
    /// The wires that were asked for.
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
    /// The type of its stream, if that is not known, and with it the socket.
    pub unknown_type: Option<String>,
    /// Whether its bytes are encrypted.
    pub encrypted: bool,
    /// How many handles there are. `handles` may have fewer.
    pub handle_count: usize,
    /// The objects that write to it.
    pub handles: Vec<Handle>,
    /// The writers that have the wire now.
    pub writing: Vec<Writer>,
    /// The threads of all writers, each once.
    pub threads: Vec<Thread>,
    /// How many findings of this wire are closed.
    pub findings: u64,
    /// Call sites that came close on it. These are no findings.
    pub near_misses: Vec<NearMiss>,
}

/// Two call sites that came close in time on one wire, and did not meet.
#[derive(Debug, Serialize)]
pub struct NearMiss {
    /// Both call sites.
    pub sides: [Call; 2],
    /// The shortest time between the two, in microseconds.
    pub nearest_us: f64,
    /// How often they came close.
    pub count: u64,
}

/// A call of a program.
#[derive(Debug, Serialize)]
pub struct Call {
    /// Its operation, without a length.
    pub operation: String,
    /// The line that called, if it is known without a backtrace.
    pub site: Option<String>,
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
    /// Its operation now, or its last one.
    pub operation: Option<String>,
    /// Whether it has written a part of a frame, and not the rest.
    pub inside_frame: bool,
    /// The writer that has the wire through it now.
    pub writing: Option<Writer>,
}

/// A writer that has a wire now.
#[derive(Debug, Clone, Serialize)]
pub struct Writer {
    /// The number of its handle.
    pub handle: u64,
    /// Its operation.
    pub operation: Option<String>,
    /// Its thread, as reports name it.
    pub thread: String,
    /// Its task, if it is in one.
    pub task: Option<String>,
    /// The line of the application that called.
    pub site: Option<String>,
    /// For how many microseconds it has had the wire.
    pub since_us: f64,
}

/// A thread that writes to a wire, or has written to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Thread {
    /// As reports name it.
    pub thread: String,
}
