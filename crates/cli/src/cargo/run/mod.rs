//! Runs cargo, and gives Cargo.lock back as soon as cargo reads it no more.

mod signals;

use super::build_lock;
use super::error::CommandError;
use super::exit::Ended;
use signals::Forward;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use std::{io, thread};

/// How often the lock of the build directory is looked at while the tree is resolved. When all is built already, cargo holds
/// it for some tens of milliseconds.
const RESOLVING: Duration = Duration::from_millis(4);
/// And while cargo builds.
const BUILDING: Duration = Duration::from_millis(50);
/// How long cargo has to end by a signal that it may have got, too.
const GRACE: Duration = Duration::from_millis(500);

enum Event {
    Ended(io::Result<ExitStatus>),
    Signal(i32),
}

/// Listens to signals from now on.
pub(super) struct Runner {
    events: Receiver<Event>,
    sender: Sender<Event>,
}

/// How far cargo has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It may read Cargo.lock.
    Resolving,
    /// It has the lock of its build directory.
    Building,
    /// It has given it up, and runs what was built.
    Running,
}

/// What is done when cargo has come so far.
pub(super) trait Steps {
    /// Cargo reads Cargo.lock no more. Called once at most.
    fn on_resolved(&mut self);
    /// Cargo builds no more. Called once at most, after `on_resolved`.
    fn on_built(&mut self);
}

impl Runner {
    /// # Errors
    /// If the system does not let signals be caught.
    pub(super) fn new() -> io::Result<Runner> {
        let (sender, events) = mpsc::channel();
        let tell = sender.clone();
        signals::listen(move |signal| {
            let _ = tell.send(Event::Signal(signal));
        })?;
        Ok(Runner { events, sender })
    }

    /// A signal that came while nothing was run yet.
    pub(super) fn signal(&self) -> Option<i32> {
        self.events.try_iter().find_map(|event| match event {
            Event::Signal(signal) => Some(signal),
            Event::Ended(_) => None,
        })
    }

    /// Runs cargo to its end. `target` is the target folder whose lock tells how far it is, if that can be told.
    pub(super) fn run(
        &self,
        mut command: Command,
        target: Option<&Path>,
        steps: &mut dyn Steps,
    ) -> Result<Ended, CommandError> {
        // Another cargo that builds there already would be taken for ours.
        let target = target.filter(|target| !build_lock::is_held(target));
        let child = command.spawn().map_err(CommandError::NoCargo)?;
        let pid = child.id();
        self.wait_for(child);
        let mut phase = Phase::Resolving;
        let mut interrupted: Option<(i32, Instant)> = None;
        loop {
            let wait = interrupted.map_or_else(|| pause(phase, target.is_some()), |_| BUILDING);
            match self.events.recv_timeout(wait) {
                Ok(Event::Ended(status)) => {
                    return status.map(ended).map_err(CommandError::NoCargo);
                }
                Ok(Event::Signal(signal)) => {
                    match signals::forward(signal) {
                        Forward::Now => signals::end(pid, signal),
                        Forward::Later => interrupted = Some((signal, Instant::now() + GRACE)),
                        Forward::Never => {}
                    }
                    to(&mut phase, Phase::Running, steps);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(CommandError::NoCargo(io::ErrorKind::BrokenPipe.into()));
                }
                Err(RecvTimeoutError::Timeout) => {
                    if let Some((signal, _)) = interrupted.take_if(|(_, by)| Instant::now() >= *by)
                    {
                        signals::end(pid, signal);
                    }
                    if let Some(target) = target {
                        let next = next(phase, build_lock::is_held(target));
                        to(&mut phase, next, steps);
                    }
                }
            }
        }
    }

    fn wait_for(&self, mut child: Child) {
        let sender = self.sender.clone();
        thread::spawn(move || {
            let _ = sender.send(Event::Ended(child.wait()));
        });
    }
}

fn pause(phase: Phase, can_be_told: bool) -> Duration {
    match phase {
        Phase::Resolving if can_be_told => RESOLVING,
        Phase::Building => BUILDING,
        _ => Duration::from_secs(3600),
    }
}

fn next(phase: Phase, is_held: bool) -> Phase {
    match (phase, is_held) {
        (Phase::Resolving, true) => Phase::Building,
        (Phase::Building, false) => Phase::Running,
        (phase, _) => phase,
    }
}

fn to(phase: &mut Phase, next: Phase, steps: &mut dyn Steps) {
    if *phase == Phase::Resolving && next != Phase::Resolving {
        steps.on_resolved();
    }
    if *phase != Phase::Running && next == Phase::Running {
        steps.on_built();
    }
    *phase = next;
}

fn ended(status: ExitStatus) -> Ended {
    match signals::of_status(status) {
        Some(signal) => Ended::Signal(signal),
        None => Ended::Code(status.code().unwrap_or(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Counts {
        resolved: u32,
        built: u32,
    }

    impl Steps for Counts {
        fn on_resolved(&mut self) {
            self.resolved += 1;
        }
        fn on_built(&mut self) {
            self.built += 1;
        }
    }

    #[test]
    fn each_step_is_taken_once_however_far_cargo_comes_at_a_time() {
        for looks in [&[false, true, true, false, true][..], &[true, false, false]] {
            let (mut phase, mut counts) = (Phase::Resolving, Counts::default());
            for is_held in looks {
                let next = next(phase, *is_held);
                to(&mut phase, next, &mut counts);
            }
            assert_eq!(
                (phase, counts.resolved, counts.built),
                (Phase::Running, 1, 1)
            );
        }
        let (mut phase, mut counts) = (Phase::Resolving, Counts::default());
        to(&mut phase, Phase::Running, &mut counts);
        assert_eq!((counts.resolved, counts.built), (1, 1));
    }
}
