//! Where in the application's source an operation was asked for.

use crate::report::CallSite;
use std::panic::Location;

/// The line that called in, or none where a trait stands between the application and this crate (`Sink`, `AsyncWrite`):
/// whoever calls a trait's method is a library. The place is then the application's innermost frame of the backtrace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(Option<&'static Location<'static>>);

impl Site {
    /// The line that called the calling function.
    #[inline]
    #[track_caller]
    pub const fn caller() -> Site {
        Site(Some(Location::caller()))
    }

    /// To be found in the backtrace.
    pub const IN_BACKTRACE: Site = Site(None);

    /// Whether it is the very same call in the program, for the price of two pointers: equal lines of equal files are not
    /// looked for.
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
