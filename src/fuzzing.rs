//! What the fuzzer in `fuzz/` calls. Only there with `--cfg fuzzing`.

#[cfg(feature = "client")]
pub use crate::client::fuzzing::peer;
pub use redhanded_core::fuzzing::{cursor, seeds};
