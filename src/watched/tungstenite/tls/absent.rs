//! Stands for a TLS library that is not compiled in. It takes no connector.

use super::{Attempt, Connector};

pub(super) const AVAILABLE: bool = false;

pub(super) fn wrap<S: std::io::Read + std::io::Write>(
    stream: S,
    _domain: &str,
    connector: Option<Connector>,
) -> Attempt<S> {
    Err((stream, connector))
}
