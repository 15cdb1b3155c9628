//! How many bytes a socket has taken since it was made, by the kernel's own count.
//!
//! A blocking `write` of megabytes is one system call: no return value tells what another writer did meanwhile. The
//! kernel's counters do, where there are any: on Linux, for TCP.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
mod system;

pub(crate) use system::{Descriptor, descriptor_of};

/// One reading of the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Bytes taken, on a scale that begins anywhere: only differences mean something.
    pub(crate) bytes: u64,
    /// How much of it is no data: the connection's first packet counts as a byte where this end has sent it.
    pub(crate) before_data: u64,
}
