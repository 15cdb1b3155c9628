//! The line of the application that called an operation.

use crate::report::CallSite;
use std::panic::Location;

/// The line that called, or none where a trait stands between the application and this crate (`Sink`, `AsyncWrite`): a
/// library calls the methods of such a trait. The application's innermost frame of the backtrace then tells the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(Option<&'static Location<'static>>);

impl Site {
    /// The line that called the calling function.
    #[inline]
    #[track_caller]
    pub const fn caller() -> Site {
        Site(Some(Location::caller()))
    }

    /// The backtrace tells the line.
    pub const IN_BACKTRACE: Site = Site(None);

    /// Whether it is the same call in the program. Compares two pointers: two copies of one line count as different.
    #[inline]
    pub(crate) fn is(self, other: Site) -> bool {
        match (self.0, other.0) {
            (Some(this), Some(other)) => std::ptr::eq(this, other),
            (None, None) => true,
            _ => false,
        }
    }

    pub(crate) fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// The line, if it is known without a backtrace.
    pub(crate) fn call_site(self) -> Option<CallSite> {
        let location = self.0?;
        Some(CallSite {
            file: location.file().to_owned(),
            line: location.line(),
            column: location.column(),
        })
    }
}
