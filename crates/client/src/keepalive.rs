//! When a ping is sent, what its pong confirms, and when the peer is dead. This file knows no
//! socket and no clock.
//!
//! A ping carries the number of its connection and a nonce that only grows, eight bytes each. One
//! ping is outstanding at a time. RFC 6455, 5.5.3 lets a peer answer only the latest of several
//! pings. So a pong also answers all pings before its own. The peer may also send pongs without a
//! ping. These are ignored.

use crate::tungstenite::{Bytes, Message};
use std::time::{Duration, Instant};

/// The pings of one connection.
#[derive(Debug)]
pub(super) struct Keepalive {
    connection: u64,
    every: Option<Duration>,
    timeout: Duration,
    nonce: u64,
    outstanding: Option<Outstanding>,
    /// When the last pong came or the last ping was sent. Before the first ping, when the
    /// connection began.
    last_sign: Instant,
}

#[derive(Debug)]
struct Outstanding {
    nonce: u64,
    /// How many messages of this connection were written before it.
    covers: u64,
    sent: Instant,
    /// Since when the peer has had to answer: its last byte had gone out, or the peer took bytes
    /// later.
    waits_since: Option<Instant>,
    /// Whether the peer could have answered. It cannot while it is in the middle of a message.
    could_answer: bool,
}

/// What a pong proves: the peer's WebSocket layer has read everything that was written before the
/// ping.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answered {
    /// How many messages were written before the ping.
    pub(super) covers: u64,
    pub(super) round_trip: Duration,
}

impl Keepalive {
    pub(super) fn new(
        connection: u64,
        every: Option<Duration>,
        timeout: Duration,
        now: Instant,
    ) -> Self {
        Keepalive {
            connection,
            every,
            timeout,
            nonce: 0,
            outstanding: None,
            last_sign: now,
        }
    }

    /// Whether a ping may be sent to confirm messages. It may not while one is outstanding.
    pub(super) fn may_ping(&self) -> bool {
        self.outstanding.is_none()
    }

    /// Whether a ping is due even without messages to confirm. While this side does not read, it
    /// cannot see answers, and pings are due without them.
    pub(super) fn is_due(&self, now: Instant, reads: bool) -> bool {
        (self.may_ping() || !reads) && self.due_at().is_some_and(|at| at <= now)
    }

    fn due_at(&self) -> Option<Instant> {
        self.every
            .and_then(|every| self.last_sign.checked_add(every))
    }

    /// The next ping, which is written after this many messages.
    pub(super) fn ping(&mut self, covers: u64, now: Instant) -> Message {
        self.nonce += 1;
        self.last_sign = now;
        self.outstanding = Some(Outstanding {
            nonce: self.nonce,
            covers,
            sent: now,
            waits_since: None,
            could_answer: false,
        });
        Message::Ping(Bytes::copy_from_slice(&payload(
            self.connection,
            self.nonce,
        )))
    }

    /// Everything that was written has gone out.
    pub(super) fn on_flushed(&mut self, now: Instant) {
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.waits_since.get_or_insert(now);
        }
    }

    /// The peer has taken bytes, or this side did not read. The peer's time to answer begins again.
    pub(super) fn restart_timeout(&mut self, now: Instant) {
        if let Some(from) = self
            .outstanding
            .as_mut()
            .and_then(|outstanding| outstanding.waits_since.as_mut())
        {
            *from = now;
        }
    }

    /// Bytes have come, but no whole message.
    pub(super) fn on_partial_message(&mut self, now: Instant) {
        if self
            .outstanding
            .as_ref()
            .is_some_and(|outstanding| !outstanding.could_answer)
        {
            self.restart_timeout(now);
        }
    }

    /// A whole message has come.
    pub(super) fn on_message(&mut self) {
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.could_answer = true;
        }
    }

    /// A pong has come. Returns `None` if it does not answer the outstanding ping.
    pub(super) fn on_pong(&mut self, payload: &[u8], now: Instant) -> Option<Answered> {
        let (connection, nonce) = payload.split_at_checked(8)?;
        let nonce = u64::from_be_bytes(nonce.try_into().ok()?);
        let is_ours = connection == self.connection.to_be_bytes() && nonce <= self.nonce;
        let outstanding = self
            .outstanding
            .take_if(|outstanding| is_ours && nonce >= outstanding.nonce)?;
        self.last_sign = now;
        Some(Answered {
            covers: outstanding.covers,
            round_trip: now.saturating_duration_since(outstanding.sent),
        })
    }

    /// How long the peer has not answered, if that is longer than it may take.
    pub(super) fn overdue(&self, now: Instant) -> Option<Duration> {
        let from = self.outstanding.as_ref()?.waits_since?;
        let silent_for = now.saturating_duration_since(from);
        (silent_for >= self.timeout).then_some(silent_for)
    }

    /// When there is something to do next.
    pub(super) fn next_at(&self, reads: bool) -> Option<Instant> {
        match &self.outstanding {
            Some(outstanding) if reads => outstanding.waits_since?.checked_add(self.timeout),
            _ => self.due_at(),
        }
    }
}

fn payload(connection: u64, nonce: u64) -> [u8; 16] {
    let mut payload = [0; 16];
    payload[..8].copy_from_slice(&connection.to_be_bytes());
    payload[8..].copy_from_slice(&nonce.to_be_bytes());
    payload
}

#[cfg(test)]
mod tests {
    use super::{Answered, Keepalive, payload};
    use crate::tungstenite::Message;
    use std::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    fn keepalive(now: Instant) -> Keepalive {
        Keepalive::new(7, Some(SECOND * 30), SECOND * 20, now)
    }

    fn sent(message: &Message) -> &[u8] {
        let Message::Ping(payload) = message else {
            panic!("not a ping: {message:?}")
        };
        payload
    }

    #[test]
    fn a_pong_confirms_what_was_written_before_its_ping() {
        let now = Instant::now();
        let mut keepalive = keepalive(now);
        let ping = keepalive.ping(12, now);
        assert!(!keepalive.may_ping());
        let answered = keepalive.on_pong(sent(&ping), now + SECOND);
        assert_eq!(
            answered,
            Some(Answered {
                covers: 12,
                round_trip: SECOND
            })
        );
        assert!(keepalive.may_ping());
        assert_eq!(keepalive.on_pong(sent(&ping), now + SECOND), None, "again");
    }

    #[test]
    fn pongs_that_answer_no_ping_of_this_connection_confirm_nothing() {
        let now = Instant::now();
        let mut keepalive = keepalive(now);
        let first = keepalive.ping(1, now);
        keepalive.on_pong(sent(&first), now).unwrap();
        let _second = keepalive.ping(2, now);
        let foreign = [
            &[][..],
            b"hello",
            &payload(6, 2),
            &payload(7, 3),
            &payload(7, 1),
            &[0; 17],
            &[0xff; 16],
        ];
        for payload in foreign {
            assert_eq!(keepalive.on_pong(payload, now), None, "{payload:?}");
        }
        assert!(keepalive.on_pong(&payload(7, 2), now).is_some());
    }

    #[test]
    fn a_ping_is_due_only_after_a_time_without_an_answered_one() {
        let now = Instant::now();
        let mut keepalive = keepalive(now);
        assert!(
            !keepalive.is_due(now + SECOND * 29, true) && keepalive.is_due(now + SECOND * 30, true)
        );
        let ping = keepalive.ping(0, now + SECOND * 10);
        assert!(
            !keepalive.is_due(now + SECOND * 50, true),
            "one is outstanding"
        );
        assert!(
            keepalive.is_due(now + SECOND * 40, false),
            "this side does not read the answer"
        );
        keepalive.on_pong(sent(&ping), now + SECOND * 11).unwrap();
        assert!(
            !keepalive.is_due(now + SECOND * 40, true) && keepalive.is_due(now + SECOND * 41, true)
        );
        assert_eq!(keepalive.next_at(true), Some(now + SECOND * 41));
    }

    #[test]
    fn the_peers_time_runs_from_when_the_ping_had_gone_out_and_the_peer_last_took_bytes() {
        let now = Instant::now();
        let mut keepalive = keepalive(now);
        let _ping = keepalive.ping(0, now);
        assert_eq!(
            (
                keepalive.overdue(now + SECOND * 1_000),
                keepalive.next_at(true)
            ),
            (None, None),
            "not gone out"
        );
        keepalive.on_flushed(now + SECOND * 100);
        keepalive.on_flushed(now + SECOND * 110);
        assert_eq!(keepalive.next_at(true), Some(now + SECOND * 120));
        keepalive.restart_timeout(now + SECOND * 115);
        assert_eq!(keepalive.overdue(now + SECOND * 134), None);
        assert_eq!(keepalive.overdue(now + SECOND * 135), Some(SECOND * 20));
    }

    #[test]
    fn a_peer_in_the_middle_of_a_message_has_time_until_its_end() {
        let now = Instant::now();
        let mut keepalive = keepalive(now);
        let _ping = keepalive.ping(0, now);
        keepalive.on_flushed(now);
        keepalive.on_partial_message(now + SECOND * 15);
        keepalive.on_partial_message(now + SECOND * 30);
        assert_eq!(keepalive.overdue(now + SECOND * 49), None);
        keepalive.on_message();
        keepalive.on_partial_message(now + SECOND * 49);
        assert_eq!(
            keepalive.overdue(now + SECOND * 50),
            Some(SECOND * 20),
            "it could have answered before the next"
        );
    }
}
