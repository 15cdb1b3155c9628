//! Any bytes, cut anywhere: the cursor must say what its model says, and come to an end.
//!
//! ```text
//! RUSTFLAGS="--cfg fuzzing" cargo run --manifest-path fuzz/Cargo.toml --bin seeds -- fuzz/corpus/cursor
//! cargo +nightly fuzz run cursor -- -max_total_time=600
//! ```
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| redhanded_core::fuzzing::cursor(input));
