//! Nothing: this package only runs `tests/call_sites.rs` with line tables for debug information.
