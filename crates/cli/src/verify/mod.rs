//! `redhanded verify`: runs a program again and again with the two writers of a report held for each other, and says whether
//! they met again.

mod answer;
mod arguments;
mod command;
mod counted;
#[cfg(test)]
mod fixtures;
mod left;
mod planned;
mod signals;

pub(super) use arguments::{Options, parse};

use crate::{FAILED, failed, print, say};
use answer::Outcome;
use arguments::{Limits, Words};
use left::{Found, Left};
use planned::Planned;
use signals::Signals;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(super) fn run(options: &Options) -> u8 {
    let planned = match Planned::read(&options.report) {
        Ok(planned) => planned,
        Err(error) => return failed(&error),
    };
    let signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            return failed(&format_args!(
                "verify: no signal can be waited for: {error}"
            ));
        }
    };
    let folder = match folder_with(&planned) {
        Ok(folder) => folder,
        Err(error) => return failed(&format_args!("verify: no folder for the reports: {error}")),
    };
    let mut runs = Runs::default();
    let is_complete = runs.run_all(options, &planned, folder.path(), &signals);
    if let Some(code) = signals.came().filter(|_| runs.found.is_none()) {
        say("verify: ended by a signal: nothing is known");
        return code;
    }
    // What was found or went wrong is to be looked at.
    if runs.found.is_some() || runs.left.others > 0 || runs.first_failure.is_some() {
        let kept = folder.keep();
        say(&format!(
            "the reports of the runs are in {}",
            kept.display()
        ));
    }
    if let Err(error) = is_complete {
        return failed(&error);
    }
    let answer = runs.outcome(&planned).answer();
    match print(&answer.text) {
        FAILED => FAILED,
        _ => answer.code,
    }
}

/// A folder of our own, with the plan in it.
fn folder_with(planned: &Planned) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new()
        .prefix("redhanded-verify-")
        .tempdir()?;
    fs::write(folder.path().join(PLAN_FILE), planned.plan.to_json())?;
    Ok(folder)
}

const PLAN_FILE: &str = "plan.json";

/// What the runs have left so far.
#[derive(Debug, Default)]
struct Runs {
    count: u32,
    left: Left,
    found: Option<Found>,
    failures: u32,
    first_failure: Option<(u32, String)>,
}

impl Runs {
    /// Runs the command until the fault is found, or the limits are reached. An error is one of the command line.
    fn run_all(
        &mut self,
        options: &Options,
        planned: &Planned,
        folder: &Path,
        signals: &Signals,
    ) -> Result<(), String> {
        let began = Instant::now();
        while self.has_another(options.limits, began.elapsed()) {
            self.count += 1;
            say(&match options.limits.runs {
                Some(runs) => format!("run {} of {runs}", self.count),
                None => format!("run {}", self.count),
            });
            self.run_one(&options.command, planned, folder, signals)?;
            // What fails and watches nothing, such as a build, fails again.
            let is_hopeless = self.failures == 1 && self.count == 1 && self.left.processes == 0;
            if self.found.is_some() || is_hopeless || signals.came().is_some() {
                break;
            }
        }
        Ok(())
    }

    fn has_another(&self, limits: Limits, elapsed: Duration) -> bool {
        let is_in_time = limits.time.is_none_or(|time| elapsed < time);
        let has_runs = limits.runs.is_none_or(|runs| self.count < runs);
        // One run at least: a time of a millisecond is not meant to be none.
        self.count == 0 || (is_in_time && has_runs)
    }

    fn run_one(
        &mut self,
        words: &Words,
        planned: &Planned,
        folder: &Path,
        signals: &Signals,
    ) -> Result<(), String> {
        let reports = folder.join(format!("run-{}", self.count));
        let ended =
            command::run(words, &folder.join(PLAN_FILE), &reports, signals).map_err(|error| {
                let name = match words {
                    Words::Program(program, _) => program.to_string_lossy(),
                    Words::Test(_) => "cargo-redhanded".into(),
                };
                format!("verify: {name} cannot be started: {error}")
            })?;
        let others = self.left.others;
        self.found = self.left.add(&reports, planned);
        let has_reports = self.found.is_some() || self.left.others > others;
        let failure = command::failure(ended, has_reports);
        if failure.is_none() && !has_reports {
            // All of it is counted, and there may be many runs.
            let _ = fs::remove_dir_all(&reports);
        }
        if let Some(how) = failure {
            self.failures += 1;
            self.first_failure.get_or_insert((self.count, how));
        }
        Ok(())
    }

    fn outcome<'r>(&'r self, planned: &'r Planned) -> Outcome<'r> {
        Outcome {
            sides: &planned.sides,
            have_overlapped: planned.have_overlapped,
            runs: self.count,
            left: &self.left,
            pair: self.left.pair.counted(),
            found: self.found.as_ref(),
            failures: self.failures,
            first_failure: self.first_failure.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_run_begins_while_no_limit_is_reached() {
        let minute = Some(Duration::from_secs(60));
        for (runs, time, count, seconds, expected) in [
            (Some(20), None, 0, 0, true),
            (Some(20), None, 19, 9_000, true),
            (Some(20), None, 20, 0, false),
            (None, minute, 500, 59, true),
            (None, minute, 1, 60, false),
            (None, minute, 0, 61, true),
            (Some(2), minute, 2, 1, false),
        ] {
            let so_far = Runs {
                count,
                ..Runs::default()
            };
            let limits = Limits { runs, time };
            let has_another = so_far.has_another(limits, Duration::from_secs(seconds));
            assert_eq!(has_another, expected, "{limits:?} {count} {seconds}");
        }
    }
}
