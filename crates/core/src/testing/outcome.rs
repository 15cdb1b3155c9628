//! The outcome of a race.

use redhanded_report::Report;

/// What [`race`](super::race) gives: the findings, and how to run the race again.
#[derive(Debug, Clone)]
#[must_use = "a race says what it found, and nothing fails by itself"]
pub struct Outcome {
    pub(super) findings: Vec<Report>,
    pub(super) seed: u64,
    pub(super) rounds: u64,
}

impl Outcome {
    /// The reports of the findings of the race, as [`Watch::findings`](crate::Watch::findings) gives them. Always empty if
    /// redhanded is off.
    pub fn findings(&self) -> &[Report] {
        &self.findings
    }

    /// The seed. With it in `REDHANDED_SEED`, or given to [`Race::seed`](super::Race::seed), the racers wait the same times
    /// again.
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
    /// If there is a finding, with the seed and every report in full.
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
