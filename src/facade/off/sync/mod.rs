//! The locks when the crate is off: those of std and of tokio themselves, and a plain `Exclusive`.

mod exclusive;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use exclusive::{Entering, Exclusive, ExclusiveGuard};
#[doc(no_inline)]
pub use std::sync::*;
