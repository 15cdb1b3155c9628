//! The close codes that a strict reader uses (RFC 6455, section 7.4.1), and which may be sent at all (section 7.4.2).

/// A breach of the protocol.
pub(super) const PROTOCOL: u16 = 1002;
/// Data that its message may not hold, such as a text that is no UTF-8.
pub(super) const INVALID: u16 = 1007;
/// A message that is too big.
pub(super) const SIZE: u16 = 1009;

/// Whether a close frame may have this code. 1004 to 1006 and 1015 are reserved, and so is what the standard gives no
/// meaning. 1014 was registered later, and tungstenite does not take it either.
pub(super) fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1013 | 3000..=4999)
}
