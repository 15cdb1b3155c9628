//! The crate's items when it is on. The list is the same as in `off/mod.rs`: `tests/api.rs` runs in both states.

#[cfg(feature = "tokio")]
#[doc(inline)]
pub use crate::watched::tokio_tungstenite;
#[doc(inline)]
pub use crate::watched::{
    Entered, Scope, Socket, Tap, Watch, configure, know, know_field, reports, statistics, sync,
    tungstenite, url, watch,
};
