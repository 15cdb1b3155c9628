//! How long to wait before the next attempt to connect: exponential backoff with full jitter.

use std::time::Duration;

/// How long to wait before the next attempt to connect.
///
/// After the n-th failure in a row, the wait is a random time between zero and `first` x 2^(n-1),
/// at most `limit`. This is "full jitter": many clients do not come back at the same moment when
/// their server does ([Exponential Backoff And
/// Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)).
///
/// ```
/// use redhanded_client::Backoff;
/// use std::time::Duration;
///
/// let patient = Backoff::default().first(Duration::from_secs(1)).limit(Duration::from_secs(60)).attempts(Some(20));
/// # let _ = patient;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    limit: Duration,
    stable_after: Duration,
    attempts: Option<u32>,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff {
            first: Duration::from_millis(100),
            limit: Duration::from_secs(30),
            stable_after: Duration::from_secs(10),
            attempts: None,
        }
    }
}

impl Backoff {
    /// The longest wait after the first failure. By default, this is 100 ms. With zero, there is no
    /// wait.
    #[must_use]
    pub fn first(mut self, first: Duration) -> Self {
        self.first = first;
        self
    }

    /// The longest wait after any failure. By default, this is 30 s.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// How long a connection must have lasted so that its end counts as a first failure again. By
    /// default, this is 10 s.
    #[must_use]
    pub fn stable_after(mut self, stable_after: Duration) -> Self {
        self.stable_after = stable_after;
        self
    }

    /// How many failures in a row end the client. By default, this is `None`: the client never
    /// gives up.
    #[must_use]
    pub fn attempts(mut self, attempts: Option<u32>) -> Self {
        self.attempts = attempts;
        self
    }
}

/// The failures in a row.
#[derive(Debug)]
pub(super) struct Failures {
    backoff: Backoff,
    count: u32,
}

impl Failures {
    pub(super) fn new(backoff: Backoff) -> Self {
        Failures { backoff, count: 0 }
    }

    /// Counts a failure, and gives the wait until the next attempt. `None` if the client is to give
    /// up. If there was a connection, `lasted` says how long.
    pub(super) fn on_failure(&mut self, lasted: Option<Duration>) -> Option<Duration> {
        if lasted.is_some_and(|lasted| lasted >= self.backoff.stable_after) {
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        if self
            .backoff
            .attempts
            .is_some_and(|attempts| self.count >= attempts)
        {
            return None;
        }
        Some(self.longest().mul_f64(fastrand::f64()))
    }

    fn longest(&self) -> Duration {
        let doublings = 1u32.checked_shl(self.count - 1).unwrap_or(u32::MAX);
        self.backoff
            .first
            .saturating_mul(doublings)
            .min(self.backoff.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Failures};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    fn failures() -> Failures {
        Failures::new(
            Backoff::default()
                .first(SECOND)
                .limit(SECOND * 60)
                .stable_after(SECOND * 10),
        )
    }

    #[test]
    fn the_longest_wait_doubles_up_to_the_limit() {
        let mut failures = failures();
        let longest: Vec<u64> = (0..70)
            .map(|_| {
                failures.on_failure(None).unwrap();
                failures.longest().as_secs()
            })
            .collect();
        assert_eq!(longest[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(longest[69], 60);
    }

    #[test]
    fn waits_are_drawn_from_all_of_the_range() {
        let mut failures = failures();
        for _ in 0..6 {
            failures.on_failure(None).unwrap();
        }
        let waits: Vec<f64> = (0..1_000)
            .map(|_| failures.on_failure(None).unwrap().as_secs_f64())
            .collect();
        assert!(waits.iter().all(|wait| (0.0..=60.0).contains(wait)));
        let below = |seconds: f64| waits.iter().filter(|wait| **wait < seconds).count();
        assert!(
            (50..200).contains(&below(6.0)) && (800..950).contains(&below(54.0)),
            "{waits:?}"
        );
    }

    #[test]
    fn only_a_stable_connection_begins_anew() {
        let mut failures = failures();
        for _ in 0..3 {
            failures.on_failure(None).unwrap();
        }
        failures.on_failure(Some(SECOND * 9)).unwrap();
        assert_eq!(failures.longest(), SECOND * 8);
        failures.on_failure(Some(SECOND * 10)).unwrap();
        assert_eq!(failures.longest(), SECOND);
    }

    #[test]
    fn the_last_attempt_is_the_last() {
        let mut failures = Failures::new(Backoff::default().attempts(Some(3)));
        assert!(failures.on_failure(None).is_some());
        assert!(failures.on_failure(None).is_some());
        assert_eq!(failures.on_failure(None), None);
    }
}
