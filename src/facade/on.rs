//! The crate's functions when it is on. The list is the same as in `off.rs`; `tests/api.rs` is run in both states.

#[cfg(feature = "tokio")]
#[doc(inline)]
pub use crate::watched::tokio_tungstenite;
#[doc(inline)]
pub use crate::watched::{
    Entered, Scope, Socket, Tap, Watch, configure, know, reports, statistics, sync, tungstenite,
    url, watch,
};
