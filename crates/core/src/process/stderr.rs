//! What is said on standard error. Nobody listening is no error.

use crate::report::one_line;
use std::fmt;
use std::io::Write;

/// Prints one line, marked as ours. Paths and names in it can neither break it nor drive the terminal.
pub(super) fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(
        std::io::stderr(),
        "redhanded: {}",
        one_line(&text.to_string())
    );
}

/// Prints a text of several lines as it is.
pub(super) fn text(text: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
