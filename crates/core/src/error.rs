//! Every error of this crate, and what its receiver can do about it.

pub use crate::report::{ReportFileError, SuppressionsError};
pub use redhanded_dashboard::ServeError;

use crate::report::{CallSite, Kind};
use std::error::Error;
use std::fmt;
use std::io;

/// Another writer has the connection: what the second writer gets under the policy `error`.
///
/// It arrives as the source of an [`io::Error`] of kind `Other`, which tungstenite hands on as `Error::Io`. Nothing of
/// a refused `send` or `close` is on the wire or queued. What a refused `write`, `flush` or automatic reply had queued
/// stays queued in its own object, as after any other error of the stream.
///
/// What to do: see that both call sites take turns, as the guide shows. Retrying only hides the fault.
///
/// ```
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
    /// The other one.
    pub other: Party,
}

/// One of the two writers of a [`ConcurrentWrite`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// What it did, such as `send Binary 2 MiB`.
    pub operation: String,
    /// The line of the application that called; `None` where a trait stands between, such as `Sink`.
    pub call_site: Option<CallSite>,
}

impl Party {
    #[allow(dead_code)] // Only the watched half of the crate meets second writers.
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
    /// Where the guide explains the fault and how to put it right.
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

/// Another one uses what only one may use at a time: what [`Exclusive::enter`](crate::sync::Exclusive::enter) gives under
/// the policy `error`, and under every policy where waiting would never end.
///
/// What to do: see that both call sites take turns, or that one of them lets go before it calls what leads to the other.
// Boxed, because every `enter` returns whether it was refused, and hardly any is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrentUse(Box<Users>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Users {
    this: Party,
    other: Party,
    created: Option<CallSite>,
}

impl ConcurrentUse {
    #[allow(dead_code)] // Only the watched half of the crate meets second users.
    pub(crate) fn new(this: Party, other: Party, created: Option<CallSite>) -> Self {
        ConcurrentUse(Box::new(Users {
            this,
            other,
            created,
        }))
    }

    /// The one that was refused, or that panics.
    pub fn this(&self) -> &Party {
        &self.0.this
    }

    /// The other one.
    pub fn other(&self) -> &Party {
        &self.0.other
    }

    /// Where the `Exclusive` was made.
    pub fn created(&self) -> Option<&CallSite> {
        self.0.created.as_ref()
    }

    /// Where the guide explains the fault and how to put it right.
    pub fn guide(&self) -> String {
        Kind::Overlap.guide_url()
    }

    /// The same, as the other one sees it.
    #[allow(dead_code)] // Only the watched half of the crate meets second users.
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

/// A setting has a value that it does not take. The setting is left at its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingError {
    /// The environment variable.
    pub variable: &'static str,
    /// What it was set to.
    pub value: String,
    /// What it takes.
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

/// [`configure`](crate::configure) came too late: settings are read when the first connection is watched.
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
