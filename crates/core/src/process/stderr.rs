//! Prints on standard error. It is no error if that is closed.

use redhanded_report::one_line;
use std::fmt;
use std::io::Write;

/// Prints one line, marked as ours. Names and paths in it cannot add lines, and cannot control the terminal.
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
