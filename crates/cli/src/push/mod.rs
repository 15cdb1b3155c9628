//! `redhanded push`: saved reports go to Sentry, to what speaks its protocol, or to OpenTelemetry.
//!
//! The directory of reports is the queue. What the engine took is noted beside the reports, and the id of an event follows
//! from its content. So pushing again adds nothing, and what was not taken is pushed the next time.

mod deliver;
mod dsn;
mod endpoint;
mod engine;
mod envelope;
mod event;
mod http;
mod identity;
mod limits;
mod notes;
mod options;
mod otlp;
mod outcome;
mod queue;
mod sentry;
mod setting;
mod survey;

#[allow(unused_imports)] // The command `cargo redhanded` has words of its own.
pub(super) use options::parse;
pub(super) use options::{Options, Target};

use crate::say;
use deliver::Sender;
use engine::Engine;
use notes::Notes;
use outcome::Pass;
use std::env;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;
use survey::Survey;

/// Something could not be read, or a setting is wrong.
const FAILED: u8 = 2;
/// `EX_UNAVAILABLE` of sysexits.h: the engine did not take all events. Pushing again may help.
const UNAVAILABLE: u8 = 69;

/// How long a follower waits between two looks at the directories.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The longest time that a follower waits after a failure.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Pushes once, or until the process is ended. The result is the exit code.
pub(super) fn run(options: &Options) -> u8 {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let engine = match Engine::from_settings(&options.to, variable) {
        Ok(engine) => engine,
        Err(error) => {
            say(&format!("push: {error}"));
            return FAILED;
        }
    };
    let http = match http::Http::new(options.timeout, variable("SSL_CERT_FILE").as_deref()) {
        Ok(http) => http,
        Err(error) => {
            say(&format!("push: {error}"));
            return FAILED;
        }
    };
    let mut survey = Survey::default();
    let mut sender = Sender::new(&http, options.wait);
    if options.follows {
        follow(options, &engine, &mut survey, &mut sender)
    } else {
        let pass = pass(&options.places, &engine, &mut survey, &mut sender, false);
        pass.sentence(&engine.name())
            .iter()
            .for_each(|line| say(line));
        pass.code()
    }
}

/// Pushes a directory once, at the end of another command. What is wrong is said, and changes no exit code.
#[allow(dead_code)] // The command `cargo redhanded` uses it.
pub(super) fn at_end(directory: &Path, to: &Target) {
    run(&Options::once(vec![directory.to_owned()], to.clone()));
}

/// Looks again and again. The process may be killed at any time: the directories keep what was not taken.
fn follow(options: &Options, engine: &Engine, survey: &mut Survey, sender: &mut Sender) -> u8 {
    let (mut said, mut pause) = (Vec::new(), LOOK_EVERY);
    loop {
        sender.begin();
        let pass = pass(&options.places, engine, survey, sender, true);
        let lines = if pass.is_quiet() {
            Vec::new()
        } else {
            pass.sentence(&engine.name())
        };
        // A failure that lasts is said once.
        lines
            .iter()
            .filter(|line| !said.contains(*line))
            .for_each(|line| say(line));
        if pass.code() == UNAVAILABLE {
            said = lines;
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
        } else {
            said.clear();
            pause = LOOK_EVERY;
        }
        thread::sleep(pause);
    }
}

/// One look at all places. Everything that is due and was not taken before is sent.
fn pass(
    places: &[PathBuf],
    engine: &Engine,
    survey: &mut Survey,
    sender: &mut Sender,
    follows: bool,
) -> Pass {
    let mut pass = Pass::default();
    survey.look(places, follows, &mut pass);
    let due = survey.due();
    if due.is_empty() {
        return pass;
    }
    if let Engine::Files(files) = engine {
        queue::write(&due, files, &mut pass);
        return pass;
    }
    match Notes::open(&due, &engine.key()) {
        Ok(mut notes) => queue::send(&due, engine, &mut notes, sender, &mut pass),
        Err(error) => pass.stop(due.len(), error),
    }
    pass
}
