//! The command `redhanded`: shows saved reports after the program has ended. It detects nothing.

mod arguments;
mod check;
mod merge;
#[cfg(feature = "push")]
mod push;
#[cfg(not(feature = "push"))]
#[path = "push/absent.rs"]
mod push;
mod read;
mod saved;
mod serve;
mod show;
#[cfg(unix)]
mod signals;
mod usage;
mod verify;
mod watched;

use arguments::Command;
use redhanded_report::{one_line, without_command};
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

/// The command is done, `check` has found no report, and `verify` has not found the fault.
const DONE: u8 = 0;
/// Something could not be read, or the command line is wrong.
const FAILED: u8 = 2;
/// `check` has found reports that are not suppressed, or `verify` the fault again. ThreadSanitizer ends programs with the same code.
const FOUND: u8 = 66;

const HELP: &str = include_str!("help.txt");

fn main() -> ExitCode {
    let code = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => print(HELP),
        Ok(Command::Version) => print(concat!("redhanded ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Serve { places, bind, by }) => serve::run(&places, bind.as_deref(), by),
        Ok(Command::Show { places, format }) => show::run(&places, format),
        Ok(Command::Check {
            places,
            suppressions,
            annotates,
            by,
        }) => check::run(&places, suppressions.as_deref(), annotates, by),
        Ok(Command::Verify(options)) => verify::run(&options),
        Ok(Command::Push(options)) => push::run(&options),
        Err(error) => failed(&error),
    };
    ExitCode::from(code)
}

/// Prints one line on standard error.
fn say(text: &str) {
    let _ = writeln!(
        io::stderr(),
        "redhanded: {}",
        without_command(&one_line(text))
    );
}

fn failed(error: &dyn Display) -> u8 {
    say(&error.to_string());
    FAILED
}

/// Prints a text on standard output. A reader that leaves early is not an error.
fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            failed(&format_args!("standard output: {error}"))
        }
        _ => DONE,
    }
}
