//! Which library writes to a connection.

/// The library that writes to a connection through a wrapper. The records of a process count connections by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Library {
    /// Its name, as on crates.io: `tokio-tungstenite`.
    pub name: &'static str,
    /// Its version, such as `0.29.0`. Empty if it is not known.
    pub version: &'static str,
}

impl Library {
    /// What a `Tap` says: it does not know which library is above it.
    pub(crate) const TAP: Library = Library {
        name: "Tap",
        version: "",
    };

    /// Of a watcher that was never attached.
    pub(crate) const UNKNOWN: Library = Library {
        name: "unknown",
        version: "",
    };
}
