//! How long an engine asks its clients to wait, and until when they do.

use std::time::{Duration, Instant};

/// The shortest pause after a 429. An engine that asks for none would be asked again without end.
const SHORTEST: Duration = Duration::from_secs(1);
/// A longer pause counts as this one. No push waits so long.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// What Sentry asks of a client whose limit has no time: see <https://develop.sentry.dev/sdk/expected-features/rate-limiting/>.
const WITHOUT_A_TIME: Duration = Duration::from_secs(60);

/// The pause that an answer asks for. `X-Sentry-Rate-Limits` comes before `Retry-After`.
pub(super) fn pause(
    status: u16,
    rate_limits: Option<&str>,
    retry_after: Option<&str>,
) -> Option<Duration> {
    let limited = rate_limits.and_then(of_errors);
    let is_busy = matches!(status, 429 | 503);
    let pause = limited
        .or_else(|| retry_after.filter(|_| is_busy).and_then(seconds))
        .or_else(|| (status == 429).then_some(WITHOUT_A_TIME))?;
    Some(if status == 429 {
        pause.max(SHORTEST)
    } else {
        pause
    })
}

/// `60:error;transaction:key, 2700:default:organization`: the longest limit of what a finding is, an error. A limit without
/// categories is one of all of them.
fn of_errors(header: &str) -> Option<Duration> {
    let limit = |limit: &str| {
        let mut fields = limit.trim().split(':');
        let time = seconds(fields.next()?)?;
        let categories = fields.next().unwrap_or("");
        let is_ours = categories.is_empty() || categories.split(';').any(|it| it.trim() == "error");
        is_ours.then_some(time)
    };
    header.split(',').filter_map(limit).max()
}

/// A number of seconds. `Retry-After` may also be a date, which counts as a limit without a time.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    let is_number = !seconds.is_nan();
    is_number.then(|| Duration::from_secs_f64(seconds.clamp(0.0, LONGEST.as_secs_f64())))
}

/// Until when nothing may be sent.
#[derive(Debug, Default)]
pub(super) struct Limits {
    until: Option<Instant>,
}

impl Limits {
    /// Notes a pause that begins now. A limit is never made shorter.
    pub(super) fn note(&mut self, now: Instant, pause: Duration) {
        let until = now.checked_add(pause);
        self.until = self.until.max(until);
    }

    /// How long nothing may be sent from now on.
    pub(super) fn left(&self, now: Instant) -> Duration {
        self.until
            .map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_to_wait() {
        for (status, limits, after, expected) in [
            (200, None, None, None),
            // What bugsink says with each answer.
            (200, Some("86400:transaction;span:organization"), None, None),
            (
                429,
                Some("60::key, 86400:transaction;span:organization"),
                None,
                Some(60.0),
            ),
            (429, None, None, Some(60.0)),
            (429, None, Some("3"), Some(3.0)),
            (429, None, Some("0.5"), Some(1.0)),
            (429, None, Some("0"), Some(1.0)),
            (429, None, Some("nan"), Some(60.0)),
            (429, None, Some("1e19"), Some(LONGEST.as_secs_f64())),
            (429, None, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(60.0)),
            (429, Some("5:error:key"), Some("3"), Some(5.0)),
            (429, Some("5:transaction:key"), Some("3"), Some(3.0)),
            (
                200,
                Some("7:default;error:key:reason, 9:error:key"),
                None,
                Some(9.0),
            ),
            (200, Some("nonsense"), None, None),
            (429, Some("-1::key"), None, Some(1.0)),
            (
                429,
                Some("1e300::key, inf::key, nan::key"),
                Some("2"),
                Some(LONGEST.as_secs_f64()),
            ),
            (503, None, Some("4"), Some(4.0)),
            (503, None, None, None),
            (200, None, Some("4"), None),
        ] {
            assert_eq!(
                pause(status, limits, after),
                expected.map(Duration::from_secs_f64),
                "{status} {limits:?} {after:?}"
            );
        }
    }

    #[test]
    fn a_limit_ends_by_itself_and_is_not_made_shorter() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let mut limits = Limits::default();
        assert_eq!(limits.left(now), Duration::ZERO);
        limits.note(now, second * 5);
        limits.note(now, second);
        assert_eq!(limits.left(now + second), second * 4);
        assert_eq!(limits.left(now + second * 6), Duration::ZERO);
    }
}
