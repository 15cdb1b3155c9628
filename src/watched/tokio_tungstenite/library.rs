//! The library that this drop-in wraps, as records name it.

use redhanded_core::wrap::Library;

/// The line of versions: a dependency's own version cannot be asked for.
pub(in crate::watched) const LIBRARY: Library = Library {
    name: "tokio-tungstenite",
    version: "0.30",
};
