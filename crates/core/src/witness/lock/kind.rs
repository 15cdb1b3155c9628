//! The sorts of locks that are watched, and what differs between them.

use crate::witness::Act;

/// How a lock is held: by one holder alone, or by several readers at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// No other holder beside it.
    Exclusive,
    /// To read. Other readers may hold it too.
    Shared,
}

/// What a holder does, and what a waiter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Acts {
    holding: Act,
    waiting: Act,
}

/// A sort of lock, with what differs between the sorts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LockKind {
    name: &'static str,
    exclusive: Acts,
    /// `None` of a lock that has one holder at a time.
    shared: Option<Acts>,
    /// Its guard cannot be sent: the thread that took the lock is the one that releases it.
    pub(crate) stays_with_thread: bool,
}

impl LockKind {
    pub(crate) const MUTEX: LockKind = LockKind {
        name: "Mutex",
        exclusive: Acts {
            holding: Act::HoldMutex,
            waiting: Act::WaitForMutex,
        },
        shared: None,
        stays_with_thread: true,
    };

    pub(crate) const RWLOCK: LockKind = LockKind {
        name: "RwLock",
        exclusive: Acts {
            holding: Act::HoldRwLockToWrite,
            waiting: Act::WaitToWriteRwLock,
        },
        shared: Some(Acts {
            holding: Act::HoldRwLockToRead,
            waiting: Act::WaitToReadRwLock,
        }),
        stays_with_thread: true,
    };

    #[cfg(feature = "tokio")]
    pub(crate) const TOKIO_MUTEX: LockKind = LockKind {
        name: "tokio Mutex",
        exclusive: Acts {
            holding: Act::HoldTokioMutex,
            waiting: Act::WaitForTokioMutex,
        },
        shared: None,
        stays_with_thread: false,
    };

    #[cfg(feature = "tokio")]
    pub(crate) const TOKIO_RWLOCK: LockKind = LockKind {
        name: "tokio RwLock",
        exclusive: Acts {
            holding: Act::HoldTokioRwLockToWrite,
            waiting: Act::WaitToWriteTokioRwLock,
        },
        shared: Some(Acts {
            holding: Act::HoldTokioRwLockToRead,
            waiting: Act::WaitToReadTokioRwLock,
        }),
        stays_with_thread: false,
    };

    #[cfg(feature = "parking_lot")]
    pub(crate) const PARKING_LOT_MUTEX: LockKind = LockKind {
        name: "parking_lot Mutex",
        exclusive: Acts {
            holding: Act::HoldParkingLotMutex,
            waiting: Act::WaitForParkingLotMutex,
        },
        shared: None,
        stays_with_thread: true,
    };

    #[cfg(feature = "parking_lot")]
    pub(crate) const PARKING_LOT_RWLOCK: LockKind = LockKind {
        name: "parking_lot RwLock",
        exclusive: Acts {
            holding: Act::HoldParkingLotRwLockToWrite,
            waiting: Act::WaitToWriteParkingLotRwLock,
        },
        shared: Some(Acts {
            holding: Act::HoldParkingLotRwLockToRead,
            waiting: Act::WaitToReadParkingLotRwLock,
        }),
        stays_with_thread: true,
    };

    pub(crate) const EXCLUSIVE: LockKind = LockKind {
        name: "Exclusive",
        exclusive: Acts {
            holding: Act::UseExclusive,
            waiting: Act::UseExclusive,
        },
        shared: None,
        stays_with_thread: false,
    };

    /// The name in reports.
    pub(crate) fn name(self) -> &'static str {
        self.name
    }

    /// Whether several readers may hold it.
    pub(crate) fn has_readers(self) -> bool {
        self.shared.is_some()
    }

    /// Whether a wait that is not told may have a limit.
    pub(crate) fn has_timed_waits(self) -> bool {
        self.name.starts_with("parking_lot")
    }

    /// What its holder does.
    pub(crate) fn holding(self, access: Access) -> Act {
        self.acts(access).holding
    }

    /// What its waiter does.
    pub(crate) fn waiting(self, access: Access) -> Act {
        self.acts(access).waiting
    }

    fn acts(self, access: Access) -> Acts {
        match access {
            Access::Exclusive => self.exclusive,
            Access::Shared => self.shared.unwrap_or(self.exclusive),
        }
    }
}
