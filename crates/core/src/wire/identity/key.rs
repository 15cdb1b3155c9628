//! The system's name for a socket.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod system;

pub(super) use system::*;

/// Equal for the same socket only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// Linux: never given twice while the system runs.
    cookie: Option<u64>,
    /// Unix: device and inode. Inodes of sockets are 32 bits wide and come round again, so that they do not suffice
    /// where there is no cookie.
    inode: Option<(u64, u64)>,
    /// Local and peer address, where there is no cookie.
    // Boxed, because every handle has room for it and hardly any system needs it.
    addresses: Option<Box<(Option<String>, Option<String>)>>,
}

impl Key {
    /// Whether no other socket will ever have it.
    pub(super) fn is_for_ever(&self) -> bool {
        self.cookie.is_some()
    }
}
