//! Reports as plain data, and their formats: text, JSON, Markdown, SARIF and annotations of GitHub. Beside them, the records
//! of what was watched.
//!
//! Nothing here detects anything. A [`Report`] is schema 2 of `report.json`, field by field. Schema 1 is read, too. Later
//! versions may add fields. They never rename one.

mod bytes;
#[cfg(feature = "formats")]
mod clean;
mod drawing;
mod error;
mod file_in_workspace;
mod fingerprint;
mod frame;
#[cfg(feature = "formats")]
mod github;
mod group;
mod implementation;
#[cfg(feature = "formats")]
mod json;
mod kind;
#[cfg(feature = "formats")]
mod left_files;
mod lock;
#[cfg(feature = "formats")]
mod markdown;
#[cfg(feature = "formats")]
pub mod near_miss;
mod process;
#[cfg(feature = "formats")]
pub mod record;
mod same_file;
#[cfg(feature = "samples")]
#[doc(hidden)]
pub mod samples;
#[cfg(feature = "formats")]
mod sarif;
mod size;
pub mod suppressions;
mod tear;
#[cfg(feature = "formats")]
mod terminal;
mod text;
#[cfg(feature = "formats")]
mod workspace;

pub use bytes::{Bytes, FarEnd, FrameHeader, Range, Span};
#[cfg(feature = "formats")]
pub use clean::{one_line, without_command, without_command_in_json};
pub use error::{ReportFileError, SuppressionsError};
pub use fingerprint::fingerprint;
pub use frame::{Frame, Origin};
pub use group::group;
#[cfg(feature = "formats")]
pub use kind::kinds_json;
pub use kind::{Harm, Kind};
pub use lock::{HeldLock, Lock};
#[cfg(feature = "formats")]
pub use markdown::{MAX_MARKDOWN, to_markdown};
pub use process::Process;
#[cfg(feature = "formats")]
pub use sarif::to_sarif;
pub use size::Size;
pub use tear::{RangeText, TearText};
#[cfg(feature = "formats")]
pub use workspace::Workspace;

/// The version of the report format, the value of [`Report::schema`].
pub const SCHEMA: u32 = 2;

/// Findings with the same fingerprint: their count, and of the first one both writers, with backtraces and times.
///
/// ```
/// use redhanded_report::Report;
///
/// fn print(reports: &[Report]) {
///     for report in reports {
///         println!("{} x {}", report.count, report.summary);
///         println!("{report}"); // the whole report as plain text
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// The version of this format: [`SCHEMA`].
    pub schema: u32,
    /// The fingerprint. It is the report's name in URLs of the page.
    pub id: String,
    /// Sixteen hex digits, made of the kind and of the operation class and call site of both writers, in any order.
    pub fingerprint: String,
    /// Sixteen hex digits, as [`group()`] makes them: of the kind, and of the operation class, function and file of both writers.
    /// Lines do not count, so that an edit above a call site does not make another fault of it. `None` while the names of
    /// functions are not known.
    #[cfg_attr(feature = "formats", serde(default))]
    pub group: Option<String>,
    /// What part of the contract was broken.
    pub kind: Kind,
    /// One sentence that names both writers.
    pub summary: String,
    /// The connection.
    pub wire: Wire,
    /// How many findings have this fingerprint. At least one, which may still be open.
    pub count: u64,
    /// When the first finding was made, as RFC 3339 in UTC.
    pub first_seen: String,
    /// When the last finding was made, as RFC 3339 in UTC.
    pub last_seen: String,
    /// The process in which it happened.
    pub process: Process,
    /// Whether the call of one of the writers has not come back yet. Its backtrace and its end are then missing.
    #[cfg_attr(feature = "formats", serde(default))]
    pub open: bool,
    /// The first and the second writer of the first finding, in this order. A stall of queued bytes has only the first.
    pub writers: Vec<Writer>,
    /// The bytes round the tear, if something was torn.
    #[cfg_attr(feature = "formats", serde(default))]
    pub bytes: Option<Bytes>,
    /// Of an overlap, what is known of the bytes: that they are not torn, or `may be torn: …` with the reason why that is
    /// not certain. Of a stall, that it is a deadlock, if it is one.
    #[cfg_attr(feature = "formats", serde(default))]
    pub note: Option<String>,
    /// The lock that the report is about, if it is about a lock. [`wire`](Self::wire) then has the number 0.
    #[cfg_attr(feature = "formats", serde(default))]
    pub lock: Option<Lock>,
    /// What follows from the locks that both writers held: that they are two locks, which together protect nothing, or that
    /// it is one lock, which was released inside a frame or message.
    #[cfg_attr(feature = "formats", serde(default))]
    pub lock_note: Option<String>,
    /// A few further findings with the same fingerprint, in full.
    #[cfg_attr(feature = "formats", serde(default))]
    pub samples: Vec<Sample>,
    /// What was counted and not kept.
    pub dropped: Dropped,
    /// Where the guide explains this kind of report and how to put it right.
    #[cfg_attr(feature = "formats", serde(default))]
    pub guide: String,
}

/// One finding in full, beside the one in [`Report::writers`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Sample {
    /// The connection of this finding.
    pub wire: Wire,
    /// When it was made, as RFC 3339 in UTC.
    pub seen: String,
    /// As [`Report::writers`].
    pub writers: Vec<Writer>,
    /// The bytes round the tear, if something was torn.
    #[cfg_attr(feature = "formats", serde(default))]
    pub bytes: Option<Bytes>,
    /// As [`Report::note`].
    #[cfg_attr(feature = "formats", serde(default))]
    pub note: Option<String>,
    /// As [`Report::lock`].
    #[cfg_attr(feature = "formats", serde(default))]
    pub lock: Option<Lock>,
    /// As [`Report::lock_note`].
    #[cfg_attr(feature = "formats", serde(default))]
    pub lock_note: Option<String>,
}

/// One live socket, however many objects write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Wire {
    /// The wire's number in its process, counted from 1.
    pub id: u64,
    /// The local address, where the socket has one.
    pub local: Option<String>,
    /// The peer's address, where the socket has one.
    pub peer: Option<String>,
}

/// One of the two sides of a finding.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Writer {
    /// Which of the two came first.
    pub role: Role,
    /// The thread that wrote.
    pub thread: Thread,
    /// The number of the async task that wrote, if a task wrote.
    pub task: Option<String>,
    /// The names of the `tracing` spans in which it wrote, outermost first (feature `tracing`).
    #[cfg_attr(feature = "formats", serde(default))]
    pub spans: Vec<String>,
    /// The number of the handle that wrote, counted from 1 in its process. 0 for one that holds or awaits a lock.
    pub handle: u64,
    /// The object that wrote, with where it was made. `None` at a lock.
    #[cfg_attr(feature = "formats", serde(default))]
    pub made: Option<Made>,
    /// Its operation, such as `send Binary 2 MiB` or `automatic pong`.
    pub operation: String,
    /// Of the holder of a lock, what it was doing on a watched connection when it was last looked at, for how long by then:
    /// `send Binary 2 MiB to 192.0.2.7:443, for 3.0 s`. `None` if that is not known.
    #[cfg_attr(feature = "formats", serde(default))]
    pub doing: Option<String>,
    /// The line of the application that called. Where a trait (`Sink`, `Tap`) or a library stands between, the line of the
    /// innermost application frame of the backtrace. If there is none, the line of the library.
    pub call_site: Option<CallSite>,
    /// Whose line [`call_site`](Self::call_site) is. `None` without one, and in reports that were made before this was known.
    #[cfg_attr(feature = "formats", serde(default))]
    pub call_site_origin: Option<Origin>,
    /// When its write began, in microseconds since the beginning of the finding: the earlier of the two began at 0. The times
    /// of a lock's holder, of queued bytes, and of a writer whose object had the connection for itself then, are less exact: up to a
    /// tenth of a second early, and more if the machine is overloaded or names of functions were being loaded. Of the last one, the
    /// [`note`](Report::note) says so.
    pub began_us: f64,
    /// When its write came back, on the same scale. `None` if it has not.
    pub ended_us: Option<f64>,
    /// How long redhanded held it before its first byte, in microseconds, so that another writer may meet it. Its write took that
    /// much less than the time from [`began_us`](Self::began_us) to [`ended_us`](Self::ended_us). `None` if it was not held.
    #[cfg_attr(
        feature = "formats",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub held_us: Option<f64>,
    /// How it came back, `None` if it has not. A write: `returned`, `unfinished` (a part of its frame is on the wire),
    /// `pending` (a poll that is to be tried again), `failed`, `refused` or `panicked`. At a lock: `released`, `acquired`,
    /// `gave up`, `refused` or `panicked`. Queued bytes: `flushed` or `dropped`.
    pub outcome: Option<String>,
    /// The stack, innermost frame first.
    pub backtrace: Vec<Frame>,
    /// Why [`backtrace`](Self::backtrace) is empty, or what is missing in it.
    #[cfg_attr(feature = "formats", serde(default))]
    pub backtrace_missing: Option<String>,
    /// The stack that dropped the handle inside a frame, if one did. Innermost frame first.
    #[cfg_attr(feature = "formats", serde(default))]
    pub dropped_at: Vec<Frame>,
    /// The locks of the module `sync` that it held, in the order in which they were made. Known if there is a backtrace.
    #[cfg_attr(feature = "formats", serde(default))]
    pub locks: Vec<HeldLock>,
}

/// An object that writes, and where the application made it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Made {
    /// Its type, such as `WebSocket`, `WebSocketStream` or `Tap`.
    pub kind: String,
    /// The line that made it. `None` where a library called the wrapper.
    pub at: Option<CallSite>,
}

impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.kind)?;
        self.at
            .as_ref()
            .map_or(Ok(()), |at| write!(f, " made at {at}"))
    }
}

/// Which of the two writers of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "formats", serde(rename_all = "lowercase"))]
pub enum Role {
    /// The writer that was there.
    First,
    /// The writer that came while the first one was there.
    Second,
}

impl Role {
    /// The writer as a heading: `First writer`.
    pub fn title(self) -> &'static str {
        match self {
            Role::First => "First writer",
            Role::Second => "Second writer",
        }
    }

    /// The writer in a sentence: `first writer`.
    pub fn label(self) -> &'static str {
        match self {
            Role::First => "first writer",
            Role::Second => "second writer",
        }
    }

    /// The role of the other writer.
    pub fn other(self) -> Role {
        match self {
            Role::First => Role::Second,
            Role::Second => Role::First,
        }
    }
}

/// A thread as reports show it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Thread {
    /// Its number. No other thread of its process ever has it. Zero for a thread that was already ending.
    pub id: u64,
    /// The name that the program gave the thread.
    pub name: Option<String>,
}

/// A line of source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct CallSite {
    /// The file, as the compiler names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted from 1.
    pub column: u32,
}

impl std::fmt::Display for CallSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Thread {
    /// Its name for people: `"reader"`, or `thread 7` if it has no name.
    pub fn label(&self) -> String {
        match &self.name {
            // A name may have any characters. Escaped, they neither break the line nor drive a terminal.
            Some(name) => format!("{name:?}"),
            None => format!("thread {}", self.id),
        }
    }
}

impl Writer {
    /// The frame of the application that called, if the backtrace has one: see [`Frame::calling`].
    pub fn top_application_frame(&self) -> Option<&Frame> {
        Frame::calling(self.backtrace.iter())
    }

    /// Whether [`call_site`](Self::call_site) is no line of the application. Then a task of a library wrote by itself, or
    /// the backtrace that would tell the application's line is missing.
    pub fn is_called_by_library(&self) -> bool {
        self.call_site_origin
            .is_some_and(|origin| origin != Origin::App)
    }

    /// Says for how long redhanded held it, if it did: `redhanded held this writer for 8.2 ms`.
    pub fn held(&self) -> Option<String> {
        let ms = self.held_us? / 1000.0;
        Some(format!("redhanded held this writer for {ms:.1} ms"))
    }

    /// Its name for people: its task, or else its thread.
    pub fn label(&self) -> String {
        self.task
            .as_ref()
            .map_or_else(|| self.thread_label(), |task| format!("task {task}"))
    }

    /// What to call it as a heading: `First writer`, or `First` at a lock.
    pub fn title(&self) -> &'static str {
        match (self.role, self.is_at_lock()) {
            (role, false) => role.title(),
            (Role::First, true) => "First",
            (Role::Second, true) => "Second",
        }
    }

    /// Whether it holds or awaits a lock, and writes nothing.
    pub fn is_at_lock(&self) -> bool {
        self.handle == 0
    }

    /// The name of its thread for people: `"reader"`, or `thread 7` if the thread has no name.
    pub fn thread_label(&self) -> String {
        self.thread.label()
    }
}

/// What was counted and not kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Dropped {
    /// Findings of this fingerprint that were counted and not kept in full.
    pub samples: u64,
}
