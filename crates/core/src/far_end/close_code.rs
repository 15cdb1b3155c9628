//! Close codes (RFC 6455, section 7.4).

/// A frame breaks the protocol.
pub(super) const PROTOCOL_ERROR: u16 = 1002;

/// A payload is not of the type of its message, such as a text that is not UTF-8.
pub(super) const INVALID_PAYLOAD: u16 = 1007;

/// A message is larger than the peer takes.
pub(super) const TOO_BIG: u16 = 1009;

/// Whether a close frame may have this code.
pub(super) fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1013 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tungstenite::protocol::frame::coding::CloseCode;

    #[test]
    fn tungstenite_allows_the_same_codes() {
        for code in 0..=u16::MAX {
            assert_eq!(
                may_be_sent(code),
                CloseCode::from(code).is_allowed(),
                "{code}"
            );
        }
    }
}
