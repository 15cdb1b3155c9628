//! The number of a listener's descriptor.

use std::net::TcpListener;
use std::os::fd::AsRawFd;

pub(super) fn of(listener: &TcpListener) -> Option<i32> {
    Some(listener.as_raw_fd())
}
