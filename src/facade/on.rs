//! The crate's functions when it is on. The list is the same as in `off.rs`; `tests/api.rs` is run in both states.

pub use crate::watched::{Socket, Statistics, Watch, configure, know, reports, statistics, tungstenite, url, watch};
