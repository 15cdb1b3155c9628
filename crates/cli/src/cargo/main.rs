//! The command `cargo redhanded`: runs cargo on any project, with every known WebSocket library of its tree watched, and
//! changes no file of the project.

mod alias;
mod arguments;
mod build_lock;
mod environment;
mod error;
mod exit;
mod folders;
mod lockfile;
#[allow(dead_code)] // The command `redhanded` uses all of it.
#[path = "../merge.rs"]
mod merge;
mod options;
mod place;
mod prepare;
mod process;
mod profile;
#[cfg(feature = "push")]
#[path = "../push/mod.rs"]
mod push;
#[cfg(not(feature = "push"))]
#[path = "../push/absent.rs"]
mod push;
#[allow(dead_code)] // The command `redhanded` uses all of it.
#[path = "../read.rs"]
mod read;
mod records;
mod run;
mod shims;
#[cfg(unix)]
#[path = "../signals.rs"]
mod signals;
mod source;
mod subcommand;
mod summary;
mod toolchain;
mod tree;

use arguments::{Command, Invocation};
use environment::Environment;
use error::CommandError;
use exit::{Ended, FAILED};
use folders::Alone;
use lockfile::{Kept, Restored};
use place::{Place, say_changed};
use prepare::{Given, Prepared, prepare};
use records::Before;
use redhanded_report::{one_line, without_command};
use run::{Runner, Steps};
use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use subcommand::{Class, Subcommand};
use summary::Facts;

fn main() -> ExitCode {
    let code = match arguments::parse(env::args_os().skip(1)) {
        Ok(Command::Explain) => {
            let _ = put_right();
            print(include_str!("explain.txt"))
        }
        Ok(Command::Help) => print(include_str!("help.txt")),
        Ok(Command::Version) => print(concat!("redhanded ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Command::Run(invocation)) => run(&invocation).unwrap_or_else(failed),
        Err(error) => failed(error),
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

fn failed(error: CommandError) -> u8 {
    say(&error.to_string());
    match error {
        CommandError::Cargo(code) => code,
        _ => FAILED,
    }
}

/// A reader that leaves early is not an error.
fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => FAILED,
        _ => 0,
    }
}

/// Without a subcommand there is nothing to run, but what a killed command has left is put right all the same.
fn put_right() -> Result<(), CommandError> {
    let here = env::current_dir().map_err(CommandError::file("found", Path::new(".")))?;
    // Elsewhere cargo would complain.
    if !here
        .ancestors()
        .any(|folder| folder.join("Cargo.toml").is_file())
    {
        return Ok(());
    }
    let (invocation, subcommand) = (Invocation::default(), Subcommand::named("build"));
    let place = Place::find(&invocation, subcommand)?;
    if place.folders.kept.exists() {
        place.alone().map(drop)
    } else {
        Ok(())
    }
}

fn run(invocation: &Invocation) -> Result<u8, CommandError> {
    let here = env::current_dir().map_err(CommandError::file("found", Path::new(".")))?;
    let invocation = &alias::written_out(invocation, &here);
    let subcommand = Subcommand::named(&invocation.subcommand);
    if subcommand.class == Class::Changes {
        let name = invocation.subcommand.clone();
        return Err(CommandError::ChangesTheProject(name));
    }
    if invocation.asks_for_help() {
        return toolchain::Cargo::help(invocation);
    }
    let runner = Runner::new().map_err(CommandError::NoCargo)?;
    let place = Place::find(invocation, subcommand)?;
    let alone = place.alone()?;
    let workspace = place.members.workspace_root.as_std_path();
    let mut kept = Kept::look(workspace, &place.folders.kept)?;
    let given = Given {
        cargo: &place.cargo,
        options: &place.options,
        profile: &place.profile(invocation, subcommand),
        members: &place.members,
        folders: &place.folders,
        source: invocation.source.as_deref(),
        directory: &place.directory,
    };
    let prepared = prepare(given, &mut kept);
    if let Some(signal) = runner.signal() {
        return Ok(exit::code(Ended::Signal(signal), false));
    }
    let prepared = prepared?;
    kept.place(&prepared.lock)?;
    let steps = Running {
        kept,
        alone: Some(alone),
        workspace,
    };
    run_prepared(invocation, subcommand, &place, &prepared, &runner, steps)
}

/// Runs cargo, and then says what its programs have left.
fn run_prepared(
    invocation: &Invocation,
    subcommand: Subcommand,
    place: &Place,
    prepared: &Prepared,
    runner: &Runner,
    mut steps: Running,
) -> Result<u8, CommandError> {
    let own_reports = place.folders.reports_of_run();
    let here = env::current_dir().unwrap_or_default();
    let variable = |name: &str| env::var_os(name);
    let environment = environment::of(invocation, subcommand, &here, &own_reports, variable);
    let before = match environment.is_named {
        true => Before::look(&environment.report_dir),
        false => Before::default(),
    };
    let command = command(place, invocation, prepared, &environment);
    let build = subcommand
        .resolves_before_it_builds()
        .then_some(&*place.folders.build);
    let ended = runner.run(command, build, &mut steps)?;
    steps.end();

    let left = records::read(&environment.report_dir, &before);
    if ended != Ended::Code(0) && left.records.is_empty() {
        say_misplaced(invocation);
    }
    let facts = Facts {
        subcommand: &invocation.subcommand,
        kind: subcommand,
        left: &left,
        report_dir: &environment.report_dir,
        workspace: place.members.workspace_root.as_std_path(),
        watched: &prepared.watched,
        unwatched: &prepared.unwatched,
        moved: &prepared.moved,
        holds_fully: environment::holds_fully(invocation, variable),
    };
    let _ = io::stderr().write_all(summary::text(&facts).as_bytes());
    if let Some(to) = invocation
        .push
        .as_ref()
        .filter(|_| !left.reports.is_empty())
    {
        push::at_end(&environment.report_dir, to);
    }
    Ok(exit::code(ended, left.has_reports()))
}

/// Cargo has failed, perhaps because it does not know an option of this command.
fn say_misplaced(invocation: &Invocation) {
    if let Some(option) = arguments::misplaced(&invocation.arguments) {
        say(&format!(
            "{option} is an option of cargo redhanded: it stands before the subcommand, as in cargo redhanded {option} … {}",
            invocation.subcommand
        ));
    }
}

/// Cargo, with the user's own arguments and the configuration of the watched build.
fn command(
    place: &Place,
    invocation: &Invocation,
    prepared: &Prepared,
    environment: &Environment,
) -> std::process::Command {
    let mut command = place.cargo.command();
    let (before, after) = place
        .options
        .handed_on
        .split_at(place.options.end_of_options);
    command
        .args(&invocation.global)
        .arg(&invocation.subcommand)
        .args(before);
    command.arg("--config").arg(&prepared.config).args(after);
    // Of all variables only this one comes before the configuration.
    if env::var_os("CARGO_TARGET_DIR").is_some() {
        command.env("CARGO_TARGET_DIR", &place.folders.build);
    }
    command.envs(
        environment
            .variables
            .iter()
            .map(|(name, value)| (name, value)),
    );
    command
}

/// What is held while cargo may read Cargo.lock, and let go as it comes along.
struct Running<'w> {
    kept: Kept,
    alone: Option<Alone>,
    workspace: &'w Path,
}

impl Steps for Running<'_> {
    fn on_resolved(&mut self) {
        let restored = self.kept.restore();
        self.tell(restored);
    }

    fn on_built(&mut self) {
        self.alone = None;
    }
}

impl Running<'_> {
    fn end(mut self) {
        let restored = self.kept.look_again();
        self.tell(restored);
    }

    fn tell(&self, restored: Result<Restored, CommandError>) {
        match restored {
            Ok(restored) => say_changed(&self.workspace.join("Cargo.lock"), &restored),
            Err(error) => say(&format!("{error}; the next cargo redhanded tries again")),
        }
    }
}
