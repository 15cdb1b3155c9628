//! What a race has come to.

use crate::report::Report;

/// What [`race`](super::race) gives: what was found, and how to run it again.
#[derive(Debug, Clone)]
#[must_use = "a race says what it found, and nothing fails by itself"]
pub struct Outcome {
    pub(super) findings: Vec<Report>,
    pub(super) seed: u64,
    pub(super) rounds: u64,
}

impl Outcome {
    /// The reports of what was found while the threads raced, as [`Watch::findings`](crate::Watch::findings) gives them.
    /// Off, always empty.
    pub fn findings(&self) -> &[Report] {
        &self.findings
    }

    /// The seed: the racers wait the same again with it in `REDHANDED_SEED`, or given to
    /// [`Race::seed`](super::Race::seed).
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many times every racer made its call.
    pub fn rounds(&self) -> u64 {
        self.rounds
    }

    /// Fails the test if there were findings.
    ///
    /// # Panics
    /// With every report in full and the seed, if there is one.
    #[track_caller]
    pub fn assert_clean(&self) {
        if !self.findings.is_empty() {
            let reports: Vec<String> = self.findings.iter().map(Report::to_string).collect();
            panic!(
                "{} report(s) of writers caught together in round {} of a race with the seed {:#x}:\n\n{}",
                reports.len(),
                self.rounds,
                self.seed,
                reports.join("\n")
            );
        }
    }
}
