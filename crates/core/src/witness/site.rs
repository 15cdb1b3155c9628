//! The line of the application that called an operation.

use super::origin::origin_of_file;
use redhanded_report::{CallSite, Origin};
use std::panic::Location;

/// The line of the application that called an operation.
///
/// A wrapper's method with `#[track_caller]` takes [`Site::caller()`](Self::caller). Where a trait stands between the
/// application and the wrapper (`Sink`, `AsyncWrite`), a library calls the method, and it takes
/// [`Site::IN_BACKTRACE`](Self::IN_BACKTRACE). Then the application's innermost frame of the backtrace tells the line. It
/// does so, too, where the caller is a line of a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(Option<&'static Location<'static>>);

impl Site {
    /// The line that called the calling function, which needs `#[track_caller]`.
    #[cfg_attr(not(debug_assertions), inline)]
    #[track_caller]
    pub const fn caller() -> Site {
        Site(Some(Location::caller()))
    }

    /// No call site: the backtrace tells the line.
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

    /// Whether it is a line of the application. A line of a library tells nothing: all of its users share it.
    pub(crate) fn is_of_application(self) -> bool {
        self.origin() == Some(Origin::App)
    }

    /// Whose line it is, if it is known without a backtrace.
    pub(crate) fn origin(self) -> Option<Origin> {
        Some(origin_of_file(self.0?.file()))
    }

    /// Whether it is a line of the standard library, which called for the application: `Arc::default()`, `into()`.
    pub(crate) fn is_in_std(self) -> bool {
        self.origin() == Some(Origin::Runtime)
    }

    /// The line, if it is neither one of the standard library nor one of redhanded.
    pub(crate) fn outside_std_and_redhanded(self) -> Option<CallSite> {
        self.outside_std()
            .filter(|_| self.origin() != Some(Origin::Redhanded))
    }

    /// The line, if it is not one of the standard library.
    pub(crate) fn outside_std(self) -> Option<CallSite> {
        self.call_site().filter(|_| !self.is_in_std())
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
