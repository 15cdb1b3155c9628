//! async-tungstenite over the shim of tungstenite.

use super::Library;
use super::folder::Files;

/// The copy, with the two changes.
pub(super) fn make_known(files: Files, _library: &Library) -> Files {
    files
}
