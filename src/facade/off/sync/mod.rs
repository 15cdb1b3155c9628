//! The locks when the crate is off: those of std, of tokio and of parking_lot themselves, and a plain `Exclusive`.

mod exclusive;
#[cfg(feature = "parking_lot")]
pub mod parking_lot;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use exclusive::{Entering, Exclusive, ExclusiveGuard};
#[doc(no_inline)]
pub use std::sync::*;
