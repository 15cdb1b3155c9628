//! Where `uname` is not known, the environment may have the name of the machine.

/// The name, if it is known.
pub(super) fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}
