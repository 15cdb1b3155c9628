//! Delivers one item: posts it, waits where the engine asks for it, and tries again where that may help.

use super::endpoint::Endpoint;
use super::http::{Http, NoReply, Reply};
use super::limits::{Limits, pause};
use std::thread;
use std::time::{Duration, Instant};

/// How often an item is posted that gets no answer, or one that may be different the next time.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// How many items in a row get no answer before the others are left for the next time.
const FAILURES_IN_A_ROW: u32 = 3;

/// Posts items one after the other.
pub(super) struct Sender<'h> {
    http: &'h Http,
    limits: Limits,
    /// How long it may wait in all.
    wait: Duration,
    waited: Duration,
    failures: u32,
}

/// What became of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sent {
    Taken,
    /// The engine does not take this item. Others it may take.
    Refused(String),
    /// The engine takes no item at the moment.
    Stopped(String),
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Taken,
    /// It takes nothing for a time, and then this.
    Later,
    /// It may be different the next time.
    Again,
    Refused,
    Stopped,
}

impl<'h> Sender<'h> {
    /// Waits so long in all, and no longer.
    pub(super) fn new(http: &'h Http, wait: Duration) -> Self {
        Sender {
            http,
            limits: Limits::default(),
            wait,
            waited: Duration::ZERO,
            failures: 0,
        }
    }

    /// Begins a new push, with all of its time.
    pub(super) fn begin(&mut self) {
        (self.waited, self.failures) = (Duration::ZERO, 0);
    }

    /// Posts these bytes until it is known what becomes of them.
    pub(super) fn send(&mut self, endpoint: &Endpoint, body: &[u8]) -> Sent {
        let mut attempt = 1;
        loop {
            let left = self.limits.left(Instant::now());
            if !left.is_zero() && !self.pause(left) {
                return Sent::Stopped(format!(
                    "it asks for a pause of {} s",
                    left.as_secs_f64().ceil()
                ));
            }
            let (why, is_reached) = match self.http.post(endpoint, body) {
                Ok(reply) => match self.judge(&reply) {
                    Verdict::Taken => {
                        self.failures = 0;
                        return Sent::Taken;
                    }
                    Verdict::Later => continue,
                    Verdict::Again => (answered(reply.status), true),
                    Verdict::Refused => return Sent::Refused(answered(reply.status)),
                    Verdict::Stopped => return Sent::Stopped(stopped(reply.status)),
                },
                Err(error) => (error.to_string(), matches!(error, NoReply::NotAnswered(_))),
            };
            let pause = FIRST_PAUSE * 2_u32.pow(attempt - 1);
            if attempt == ATTEMPTS || !self.pause(pause) {
                return self.give_up(why, is_reached);
            }
            attempt += 1;
        }
    }

    /// Notes what the answer asks for, and says what it means.
    fn judge(&mut self, reply: &Reply) -> Verdict {
        let rate_limits = reply.rate_limits.as_deref();
        if let Some(pause) = pause(reply.status, rate_limits, reply.retry_after.as_deref()) {
            self.limits.note(Instant::now(), pause);
        }
        verdict(reply.status, &reply.body)
    }

    /// One item that cannot be delivered must not keep the others back. An engine that is down takes none.
    fn give_up(&mut self, why: String, is_reached: bool) -> Sent {
        self.failures += 1;
        if is_reached && self.failures < FAILURES_IN_A_ROW {
            Sent::Refused(why)
        } else {
            Sent::Stopped(why)
        }
    }

    /// Waits, unless that is longer than it may.
    fn pause(&mut self, time: Duration) -> bool {
        let waited = self.waited.saturating_add(time);
        if waited > self.wait {
            return false;
        }
        self.waited = waited;
        thread::sleep(time);
        true
    }
}

fn stopped(status: u16) -> String {
    match status {
        200..=299 => "it answered with a page, as no engine does".to_owned(),
        _ => answered(status),
    }
}

fn answered(status: u16) -> String {
    let code = ureq::http::StatusCode::from_u16(status).ok();
    let words = code.and_then(|code| code.canonical_reason());
    match (status, words) {
        (200..=299, _) => "it did not take all of it".to_owned(),
        (_, Some(words)) => format!("it answered {status} {words}"),
        (_, None) => format!("it answered {status}"),
    }
}

fn verdict(status: u16, body: &[u8]) -> Verdict {
    match status {
        200..=299 if is_partly_rejected(body) => Verdict::Refused,
        // Of a proxy, or of a network that asks for a login. No event has arrived.
        200..=299 if is_page(body) => Verdict::Stopped,
        200..=299 => Verdict::Taken,
        // What bugsink says of an event that it has.
        400 if says_already_there(body) => Verdict::Taken,
        429 => Verdict::Later,
        408 | 500 | 502 | 503 | 504 => Verdict::Again,
        // Of all events alike: the key, the project or the address is wrong.
        300..=399 | 401 | 402 | 403 | 404 | 405 | 407 => Verdict::Stopped,
        _ => Verdict::Refused,
    }
}

/// An engine answers with JSON, or with nothing.
fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"<")
}

fn says_already_there(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("Event already exists")
}

/// A collector of OpenTelemetry may answer 200 and say that it rejected records.
fn is_partly_rejected(body: &[u8]) -> bool {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = &body["partialSuccess"];
    ["rejectedLogRecords", "rejectedDataPoints"]
        .iter()
        .any(|field| {
            let number = &partial[*field];
            // In JSON of protobuf, 64 bits are text.
            let is_text = number
                .as_str()
                .is_some_and(|text| text != "0" && !text.is_empty());
            is_text || number.as_u64().is_some_and(|number| number > 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_one_meaning() {
        for (status, body, expected) in [
            (200, "", Verdict::Taken),
            (200, r#"{"id":"1"}"#, Verdict::Taken),
            (202, "not JSON", Verdict::Taken),
            (200, "\n<!DOCTYPE html><title>Log in", Verdict::Stopped),
            (200, r#"{"partialSuccess":{}}"#, Verdict::Taken),
            (
                200,
                r#"{"partialSuccess":{"rejectedLogRecords":"0"}}"#,
                Verdict::Taken,
            ),
            (
                200,
                r#"{"partialSuccess":{"rejectedLogRecords":"1"}}"#,
                Verdict::Refused,
            ),
            (
                200,
                r#"{"partialSuccess":{"rejectedDataPoints":1}}"#,
                Verdict::Refused,
            ),
            (
                400,
                r#"{"message": "['Event already exists']"}"#,
                Verdict::Taken,
            ),
            (400, "", Verdict::Refused),
            (413, "", Verdict::Refused),
            (429, "", Verdict::Later),
            (503, "", Verdict::Again),
            (500, "Event already exists", Verdict::Again),
            (302, "", Verdict::Stopped),
            (403, "", Verdict::Stopped),
            (404, "", Verdict::Stopped),
        ] {
            assert_eq!(
                verdict(status, body.as_bytes()),
                expected,
                "{status} {body}"
            );
        }
    }
}
