//! What the fuzzer in `fuzz/` calls. Only there with `--cfg fuzzing`.

use crate::wire::cursor_model as model;

/// Compares the frame cursor with its model. The first byte says how many cuts follow, two bytes each; the rest is the
/// stream that is cut.
///
/// # Panics
/// If the two do not agree.
pub fn cursor(input: &[u8]) {
    model::agree_on(input);
}

/// Streams to begin with, in the form that [`cursor`] takes.
pub fn seeds() -> Vec<Vec<u8>> {
    model::seeds()
}
