//! Any bytes from the peer, cut anywhere: the client must make the same of them however they are cut, and come to an end.
//!
//! ```text
//! cargo +nightly fuzz run peer -- -max_total_time=600
//! ```
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| redhanded_client::fuzzing::peer(input));
