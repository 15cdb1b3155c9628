//! What one run has found and measured. Most of it is one line of text between the two processes.

use redhanded::report::near_miss::NearMisses;
use std::time::Duration;

/// What one run has found and measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    /// Findings whose two call sites are those that race.
    pub(crate) found: u64,
    /// Findings with other call sites.
    pub(crate) strange: u64,
    pub(crate) wall: Duration,
    pub(crate) sends: u64,
    /// The longest send, without the wait for the program's own locks.
    pub(crate) longest: Duration,
    /// Sends that took longer than the longest hold and 5 ms more.
    pub(crate) slow: u64,
    /// Sends that failed.
    pub(crate) failed: u64,
    /// Deadlines that were missed.
    pub(crate) late: u64,
    /// For how long redhanded has held writers.
    pub(crate) held: Duration,
    /// The longest that redhanded has held the writers of one pair.
    pub(crate) held_pair: Duration,
}

const WORD: &str = "MEASURED";

impl Measured {
    pub(super) fn line(&self) -> String {
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let numbers = [
            self.found,
            self.strange,
            micros(self.wall),
            self.sends,
            micros(self.longest),
            self.slow,
            self.failed,
            self.late,
        ];
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        format!("{WORD} {}", numbers.join(" "))
    }

    /// Adds what the process has written of its holds.
    pub(super) fn add_holds(&mut self, near_misses: &NearMisses) {
        for pair in &near_misses.pairs {
            let held = Duration::from_micros(pair.held_us);
            self.held += held;
            self.held_pair = self.held_pair.max(held);
        }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        // The harness of the tests may have begun the line.
        let line = text.lines().find_map(|line| line.split_once(WORD))?.1;
        let numbers: Option<Vec<u64>> = line.split_whitespace().map(|it| it.parse().ok()).collect();
        let &[found, strange, wall, sends, longest, slow, failed, late] = &numbers?[..] else {
            return None;
        };
        Some(Measured {
            found,
            strange,
            wall: Duration::from_micros(wall),
            sends,
            longest: Duration::from_micros(longest),
            slow,
            failed,
            late,
            ..Measured::default()
        })
    }
}

#[test]
fn what_was_measured_is_read_from_its_line() {
    let micros = Duration::from_micros;
    let measured = Measured {
        found: 1,
        strange: 2,
        wall: micros(3),
        sends: 4,
        longest: micros(5),
        slow: 6,
        failed: 7,
        late: 8,
        ..Measured::default()
    };
    let text = format!("running 1 test\ntest child ... {}\nok\n", measured.line());
    assert_eq!(Measured::read(&text), Some(measured));
    assert_eq!(Measured::read("running 1 test\n"), None);
}
