//! Programs in processes of their own, and what each of them measures and finds.
//!
//! One process a run: what redhanded has learned of a pair of call sites in one run must not help the next one.

mod launch;
mod measured;
mod noted;
mod sockets;
mod table;

use launch::{Job, run_all};
use measured::Measured;
pub(crate) use noted::{note_deadline, note_send, note_site, sent};
pub(crate) use sockets::{
    between, drain, every, message, ms, open, random_start, reading_messages, tcp, time_of_a_run,
};
use std::time::Duration;
pub(crate) use table::{assert_found, assert_unharmed, picked, print_found, print_noticed};

/// A program of this binary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) run: fn(),
}

/// Makes a call that writes, and notes its line as one of the two that race. The call must be on the line of the macro.
macro_rules! writes {
    ($call:expr) => {{
        let result = $call;
        $crate::harness::note_site(file!(), line!());
        result
    }};
}
pub(crate) use writes;

/// In a process that the harness has started: runs the program that it names, and prints what was found and measured.
/// Elsewhere this does nothing.
pub(crate) fn run_wanted(programs: &[&[Program]]) {
    let Some(wanted) = launch::wanted() else {
        return;
    };
    let program = programs
        .iter()
        .flat_map(|programs| programs.iter())
        .find(|program| program.name == wanted)
        .unwrap_or_else(|| panic!("there is no program {wanted}"));
    let began = std::time::Instant::now();
    (program.run)();
    println!("{}", noted::told(began.elapsed()));
}

/// What `REDHANDED_PROVOKE` is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Off,
    Light,
    Full,
}

impl Mode {
    pub(crate) const ALL: [Mode; 3] = [Mode::Off, Mode::Light, Mode::Full];

    pub(crate) fn value(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Light => "light",
            Mode::Full => "full",
        }
    }

    pub(crate) fn longest_hold(self) -> Duration {
        match self {
            Mode::Off => Duration::ZERO,
            Mode::Light => ms(10),
            Mode::Full => ms(100),
        }
    }
}

/// How often each program is run: `REDHANDED_TEST_RUNS`, or this many times.
pub(crate) fn runs(default: usize) -> usize {
    std::env::var("REDHANDED_TEST_RUNS").map_or(default, |runs| runs.parse().expect("a number"))
}
