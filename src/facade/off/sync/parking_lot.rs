//! The locks of parking_lot themselves.

#[doc(no_inline)]
pub use ::parking_lot::*;
