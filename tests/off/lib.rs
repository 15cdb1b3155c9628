//! Nothing: this package only runs `tests/api.rs` with the crate off.
