//! The errors of this crate, and what to do about each.

pub use redhanded_dashboard::ServeError;
pub use redhanded_report::{ReportFileError, SuppressionsError};

use redhanded_report::{CallSite, Kind};
use std::error::Error;
use std::fmt;
use std::io;

/// Another writer has the connection. Under the policy `error` the second writer gets this.
///
/// It is inside an [`io::Error`] of kind `Other`, where [`get_ref`](io::Error::get_ref) finds it, and which tungstenite gives as `Error::Io`. Nothing of a refused
/// `send` or `close` is on the wire or queued, unless the `send` may have found no room in a bounded buffer. What a refused `write`, `flush` or automatic reply had queued stays queued
/// in its object, as after every other error of the stream. A `Sink` whose flush is refused does not keep the message if
/// it was the only one and no poll of its flush was pending, because its `send` is `feed` and `flush`. The library above a [`Tap`](crate::Tap) keeps what was
/// refused.
///
/// What to do: let both call sites take turns, as the guide shows. A retry only hides the fault.
///
/// ```
/// # mod redhanded { pub use redhanded_core::*; pub use ::tungstenite; }
/// use redhanded::error::ConcurrentWrite;
/// use redhanded::tungstenite;
///
/// fn is_concurrent_write(error: &tungstenite::Error) -> bool {
///     match error {
///         tungstenite::Error::Io(error) => error.get_ref().is_some_and(|source| source.is::<ConcurrentWrite>()),
///         _ => false,
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentWrite {
    /// The writer that was refused, or that panics.
    pub this: Party,
    /// The other writer.
    pub other: Party,
}

/// One of the two writers of a [`ConcurrentWrite`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its operation, such as `send Binary 2 MiB`.
    pub operation: String,
    /// The line of the application that called. `None` where a trait such as `Sink` stands between.
    pub call_site: Option<CallSite>,
}

impl Party {
    #[cfg(feature = "detect")]
    pub(crate) fn new(operation: impl fmt::Display, call_site: Option<CallSite>) -> Self {
        Party {
            operation: operation.to_string(),
            call_site,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.operation)?;
        self.call_site
            .as_ref()
            .map_or(Ok(()), |site| write!(f, " at {site}"))
    }
}

impl ConcurrentWrite {
    /// Where the guide explains the fault, and how to put it right.
    pub fn guide(&self) -> String {
        Kind::Overlap.guide_url()
    }
}

impl fmt::Display for ConcurrentWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (this, other) = (&self.this, &self.other);
        write!(
            f,
            "concurrent write to one WebSocket connection: {this} and {other} at the same time; see {}",
            self.guide()
        )
    }
}

impl Error for ConcurrentWrite {}

impl From<ConcurrentWrite> for io::Error {
    fn from(refusal: ConcurrentWrite) -> Self {
        Box::new(refusal).into()
    }
}

impl From<Box<ConcurrentWrite>> for io::Error {
    fn from(refusal: Box<ConcurrentWrite>) -> Self {
        let refusal: Box<dyn Error + Send + Sync> = refusal;
        io::Error::other(refusal)
    }
}

/// An `Exclusive` is in use already. [`Exclusive::enter`](crate::sync::Exclusive::enter) gives this under the policy
/// `error`, and under every policy where waiting would never end.
///
/// What to do: let both call sites take turns, or let one of them end its use before it calls what leads to the other.
// Boxed: every `enter` returns a `Result`, and hardly any is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentUse(Box<Users>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Users {
    this: Party,
    other: Party,
    created: Option<CallSite>,
}

impl ConcurrentUse {
    #[cfg(feature = "detect")]
    pub(crate) fn new(this: Party, other: Party, created: Option<CallSite>) -> Self {
        ConcurrentUse(Box::new(Users {
            this,
            other,
            created,
        }))
    }

    /// The user that was refused, or that panics.
    pub fn this(&self) -> &Party {
        &self.0.this
    }

    /// The other user.
    pub fn other(&self) -> &Party {
        &self.0.other
    }

    /// Where the `Exclusive` was made.
    pub fn created(&self) -> Option<&CallSite> {
        self.0.created.as_ref()
    }

    /// Where the guide explains the fault, and how to put it right.
    pub fn guide(&self) -> String {
        Kind::Overlap.guide_url()
    }

    /// The same error for the other user.
    #[cfg(feature = "detect")]
    pub(crate) fn turned(self) -> Self {
        let Users {
            this,
            other,
            created,
        } = *self.0;
        ConcurrentUse::new(other, this, created)
    }
}

impl fmt::Display for ConcurrentUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (this, other) = (self.this(), self.other());
        let created = self
            .created()
            .map(|site| format!(" made at {site}"))
            .unwrap_or_default();
        let guide = self.guide();
        write!(
            f,
            "concurrent use of an Exclusive{created}: {this} and {other} at the same time; see {guide}"
        )
    }
}

impl Error for ConcurrentUse {}

/// A setting has a value that it does not take. The setting keeps its default.
///
/// What to do: give one of the values that [`takes`](Self::takes) names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The environment variable.
    pub variable: &'static str,
    /// Its value.
    pub value: String,
    /// The values that it takes.
    pub takes: &'static str,
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}={:?} is not understood: it takes {}",
            self.variable, self.value, self.takes
        )
    }
}

impl Error for SettingError {}

/// [`configure`](crate::configure) was called too late. Settings are read when the first connection is watched.
///
/// What to do: call it earlier, at the top of `main`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlreadyWatching;

impl fmt::Display for AlreadyWatching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redhanded is already watching: configure it before the first connection, or the first call to it")
    }
}

impl Error for AlreadyWatching {}
