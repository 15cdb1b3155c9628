//! SIGINT and SIGTERM. SIGHUP is left as it is: `nohup` has it ignored, which a handler would end.

use crate::signals::{end, listen};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::io::{self, IsTerminal};
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a program has to end by a SIGINT that it may have got, too. A second one would ask it to end without tidying up.
const GRACE: Duration = Duration::from_millis(500);

/// The signals that have come. They end this process no more.
#[derive(Debug)]
pub(in crate::verify) struct Signals(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    came: Option<i32>,
    /// The program that runs.
    child: Option<u32>,
}

impl Signals {
    /// Listens from now on, in a thread of its own.
    ///
    /// # Errors
    /// If the system lets no handler or thread be made.
    pub(in crate::verify) fn listen() -> io::Result<Signals> {
        let state = Arc::new(Mutex::default());
        let noted = Arc::clone(&state);
        listen(&[SIGINT, SIGTERM], move |signal| on_signal(&noted, signal))?;
        Ok(Signals(state))
    }

    /// The exit code that stands for the last signal, as shells have it.
    pub(in crate::verify) fn came(&self) -> Option<u8> {
        let signal = locked(&self.0).came?;
        u8::try_from(128 + signal).ok()
    }

    /// Runs this to its end. A signal that comes meanwhile is sent on.
    ///
    /// # Errors
    /// If it cannot be started.
    pub(in crate::verify) fn run(&self, command: &mut Command) -> io::Result<ExitStatus> {
        let mut child = {
            let mut state = locked(&self.0);
            let child = command.spawn()?;
            state.child = Some(child.id());
            // It came before there was a program to send it to.
            state
                .came
                .iter()
                .for_each(|signal| end(child.id(), *signal));
            child
        };
        let ended = child.wait();
        locked(&self.0).child = None;
        ended
    }
}

fn on_signal(state: &Mutex<State>, signal: i32) {
    let child = {
        let mut state = locked(state);
        state.came = Some(signal);
        state.child
    };
    if signal == SIGINT {
        // A terminal sends Ctrl-C to the program by itself.
        if io::stdin().is_terminal() {
            return;
        }
        thread::sleep(GRACE);
    }
    let state = locked(state);
    if let Some(child) = child.filter(|it| state.child == Some(*it)) {
        end(child, signal);
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
