//! Stands for a TLS library that is not compiled in. It takes no connector.

use super::{Attempt, Connector};

pub(super) async fn wrap<S>(stream: S, _domain: &str, connector: Option<Connector>) -> Attempt<S> {
    Err((stream, connector))
}

/// IPv6 addresses in URLs stand in brackets.
#[allow(dead_code)] // Only called for rustls; this module also stands for native-tls.
pub(super) fn without_brackets(host: &str) -> &str {
    host
}
