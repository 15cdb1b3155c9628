//! No such call is known on this system.

use std::io;

pub(super) fn register() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) fn fence_all() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
