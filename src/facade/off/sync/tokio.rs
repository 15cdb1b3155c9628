//! The locks of tokio themselves.

#[doc(no_inline)]
pub use ::tokio::sync::*;
