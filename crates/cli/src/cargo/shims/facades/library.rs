//! The library that this shim wraps, as records name it.

use redhanded_core::wrap::Library;

pub(in crate::watched) const LIBRARY: Library = Library {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
};
