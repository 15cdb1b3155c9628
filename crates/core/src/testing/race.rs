//! A race: threads do the same thing at the same time, round by round.

use super::Outcome;
use super::gate::Gate;
use super::jitter::{jitter, spin};
use super::scope::watch;
use super::seed;
use std::panic::resume_unwind;
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

/// A race with its seed and its bounds. [`race`](super::race) runs one with the defaults.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// use redhanded::testing::Race;
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// let calls = AtomicU64::new(0);
/// let outcome = Race::of(4).seed(7).rounds(10).run(|_| drop(calls.fetch_add(1, Ordering::Relaxed)));
/// outcome.assert_clean();
/// assert_eq!((outcome.seed(), outcome.rounds(), calls.into_inner()), (7, 10, 40));
/// ```
#[derive(Debug, Clone)]
#[must_use = "a race begins with `run`"]
pub struct Race {
    racers: usize,
    seed: Option<u64>,
    rounds: u64,
    time: Duration,
}

impl Race {
    /// How many rounds a race has by default.
    pub const DEFAULT_ROUNDS: u64 = 256;

    /// How long a race takes by default.
    pub const DEFAULT_TIME: Duration = Duration::from_secs(5);

    /// A race of so many threads.
    pub fn of(racers: usize) -> Race {
        Race {
            racers,
            seed: None,
            rounds: Race::DEFAULT_ROUNDS,
            time: Race::DEFAULT_TIME,
        }
    }

    /// Uses this seed, and not that of the environment.
    pub fn seed(mut self, seed: u64) -> Race {
        self.seed = Some(seed);
        self
    }

    /// Ends after so many rounds. There is at least one.
    pub fn rounds(mut self, rounds: u64) -> Race {
        self.rounds = rounds;
        self
    }

    /// Begins no more rounds after this time. A round that has begun goes on to its end.
    pub fn time(mut self, time: Duration) -> Race {
        self.time = time;
        self
    }

    /// Runs the race until there is a finding or a bound is reached. The threads of a round have the names `racer 0`,
    /// `racer 1` and so on. They are in a [scope](crate::Watch) of the race, and end before the next round begins. `body`
    /// may borrow.
    ///
    /// # Panics
    /// As [`race`](super::race).
    pub fn run(&self, body: impl Fn(usize) + Sync) -> Outcome {
        let seed = self.seed.unwrap_or_else(seed::of_environment);
        // By the macro: the test harness shows it with the output of a failed test.
        eprintln!(
            "redhanded: {} threads race with the seed {seed:#x} (REDHANDED_SEED repeats it)",
            self.racers
        );
        let (watch, began) = (watch(), Instant::now());
        let scope = watch.scope();
        let body = |racer| {
            let _entered = scope.enter();
            body(racer);
        };
        let mut rounds = 0;
        loop {
            self.round(seed, rounds, &body);
            rounds += 1;
            let findings = watch.findings();
            if !findings.is_empty() || rounds >= self.rounds || began.elapsed() >= self.time {
                return Outcome {
                    findings,
                    seed,
                    rounds,
                };
            }
        }
    }

    fn round(&self, seed: u64, round: u64, body: &(impl Fn(usize) + Sync)) {
        let gate = Gate::default();
        let run = |racer| {
            if gate.pass() {
                spin(jitter(seed, round, racer));
                body(racer);
            }
        };
        let panicked = thread::scope(|scope| {
            let mut racers = Vec::with_capacity(self.racers);
            for racer in 0..self.racers {
                match Builder::new()
                    .name(format!("racer {racer}"))
                    .spawn_scoped(scope, move || run(racer))
                {
                    Ok(thread) => racers.push(thread),
                    Err(error) => {
                        gate.cancel();
                        panic!("no thread for racer {racer}: {error}");
                    }
                }
            }
            gate.open_for(self.racers);
            let ended = racers
                .into_iter()
                .map(thread::ScopedJoinHandle::join)
                .enumerate();
            // Collected, so that all threads are joined.
            let panicked: Vec<_> = ended
                .filter_map(|(racer, end)| Some((racer, end.err()?)))
                .collect();
            panicked.into_iter().next()
        });
        if let Some((racer, panic)) = panicked {
            eprintln!(
                "redhanded: racer {racer} has panicked in round {} with the seed {seed:#x}",
                round + 1
            );
            resume_unwind(panic);
        }
    }
}
