//! The name of this machine or container.

/// The name, if there is one.
pub(super) fn name() -> Option<String> {
    let names = rustix::system::uname();
    let name = names.nodename().to_string_lossy();
    (!name.is_empty()).then(|| name.into_owned())
}
