//! Where there are no descriptors, lines go to the program's standard error.

use std::io::{self, Write};

/// There is nothing to open.
pub(super) fn open() {}

/// There is nothing to give up.
pub(super) fn on_tick() {}

/// Writes all of it. It waits while the program holds the lock of standard error.
pub(super) fn write(bytes: &[u8]) -> io::Result<()> {
    io::stderr().write_all(bytes)
}
