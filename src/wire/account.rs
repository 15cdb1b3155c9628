//! How often one pair of writers was found, and how many of those findings are worth keeping in full.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The counters behind one fingerprint. A storm of overlaps costs one addition each.
#[derive(Debug)]
pub(crate) struct Account {
    count: AtomicU64,
    last_seen: AtomicU64,
    kept: AtomicU32,
    most: u32,
    is_provisional: bool,
    /// Only of a provisional account.
    has_kept: AtomicBool,
}

impl Account {
    /// An account that keeps the first `most` findings in full.
    pub(crate) fn new(most: u32) -> Self {
        Account {
            count: AtomicU64::new(0),
            last_seen: AtomicU64::new(0),
            kept: AtomicU32::new(0),
            most,
            is_provisional: false,
            has_kept: AtomicBool::new(false),
        }
    }

    /// An account of findings whose reports only their backtraces tell: up to `most` at a time are kept in full, until
    /// whoever resolves them has given each its own account. What comes beyond is counted here, and stays here.
    pub(crate) fn provisional(most: u32) -> Self {
        Account { is_provisional: true, ..Account::new(most) }
    }

    pub(crate) fn is_provisional(&self) -> bool {
        self.is_provisional
    }

    /// Whether the next finding is to be kept in full. A `true` is a promise to keep it or to give it back.
    pub(crate) fn reserve(&self) -> bool {
        // Looked at before it is written to, so that a storm only shares the cache line and does not fight over it.
        !self.is_full()
            && self
                .kept
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |kept| (kept < self.most).then(|| kept + 1))
                .is_ok()
    }

    /// Whether no further finding is to be kept in full.
    pub(crate) fn is_full(&self) -> bool {
        self.kept.load(Ordering::Relaxed) >= self.most
    }

    /// Whether no finding is kept in full yet, nor was one that has been given to its own account since.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.load(Ordering::Relaxed) == 0 && !self.has_kept.load(Ordering::Relaxed)
    }

    /// Whether it is the one for what belongs to no report.
    pub(crate) fn keeps_nothing(&self) -> bool {
        self.most == 0
    }

    /// A finding of a provisional account has got an account of its own.
    pub(crate) fn hand_on(&self) {
        self.has_kept.store(true, Ordering::Relaxed);
        self.give_back();
    }

    /// Gives a reservation back that came to nothing.
    pub(crate) fn give_back(&self) {
        self.kept.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts findings made now.
    pub(crate) fn add(&self, findings: u64) {
        self.add_seen(findings, SystemTime::now());
    }

    /// Counts findings made at that moment.
    pub(crate) fn add_seen(&self, findings: u64, seen: SystemTime) {
        let seen = seen.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.last_seen.fetch_max(seen.as_micros() as u64, Ordering::Relaxed);
        self.count.fetch_add(findings, Ordering::Relaxed);
    }

    /// How many findings were counted.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// When the last one was counted, in microseconds since the Unix epoch; zero for never.
    pub(crate) fn last_seen_micros(&self) -> u64 {
        self.last_seen.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provisional_account_that_has_handed_on_what_it_kept_has_room_and_is_not_new_any_more() {
        let account = Account::provisional(1);
        assert!(account.is_empty() && account.reserve() && account.is_full());
        account.hand_on();
        assert!(!account.is_full() && !account.is_empty());
    }

    #[test]
    fn what_was_given_back_was_never_kept() {
        for account in [Account::new(1), Account::provisional(1)] {
            assert!(account.reserve());
            account.give_back();
            assert!(account.is_empty() && account.count() == 0);
        }
    }
}
