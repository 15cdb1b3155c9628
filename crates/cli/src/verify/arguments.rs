//! The command line of `redhanded verify`. What stands behind `--` is the command that is run.

use crate::usage::UsageError;
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// How often the command is run where nothing is said.
const RUNS: u32 = 20;

/// What is to be verified, and how.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The file of the report.
    pub report: PathBuf,
    pub limits: Limits,
    pub command: Words,
}

/// How long the command is run again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// `None` for as many runs as begin in the time.
    pub runs: Option<u32>,
    /// No run begins after this. One that has begun is not ended.
    pub time: Option<Duration>,
}

/// The command that is run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// `cargo redhanded test` with these arguments.
    Test(Vec<OsString>),
    /// A program with its arguments.
    Program(OsString, Vec<OsString>),
}

/// Parses what stands behind the word `verify`. `None` if help is asked for.
pub(crate) fn parse(
    words: impl IntoIterator<Item = OsString>,
) -> Result<Option<Options>, UsageError> {
    let mut words = words.into_iter();
    let own: Vec<OsString> = words.by_ref().take_while(|word| word != "--").collect();
    let mut parser = lexopt::Parser::from_args(own);
    let (mut report, mut runs, mut time) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("runs") => {
                runs = Some(value(
                    "--runs",
                    parser.value()?,
                    "a number from 1 on",
                    runs_of,
                )?)
            }
            Long("time") => {
                time = Some(value(
                    "--time",
                    parser.value()?,
                    "a time such as 60s or 5m",
                    time_of,
                )?)
            }
            Value(value) if value.is_empty() => return Err(UsageError::EmptyPlace),
            Value(value) if report.is_none() => report = Some(PathBuf::from(value)),
            Value(_) => return Err(UsageError::SeveralReports),
            other => return Err(other.unexpected().into()),
        }
    }
    let limits = match (runs, time) {
        (None, None) => Limits {
            runs: Some(RUNS),
            time,
        },
        _ => Limits { runs, time },
    };
    Ok(Some(Options {
        report: report.ok_or(UsageError::NoPlace("verify"))?,
        limits,
        command: command(words.collect()),
    }))
}

/// No program has a name that begins with a dash: then they are arguments of `cargo redhanded test`.
fn command(words: Vec<OsString>) -> Words {
    let is_program = |word: &OsString| !word.as_encoded_bytes().starts_with(b"-");
    let mut words = words.into_iter().peekable();
    match words.next_if(is_program) {
        Some(program) => Words::Program(program, words.collect()),
        None => Words::Test(words.collect()),
    }
}

fn value<T>(
    option: &'static str,
    value: OsString,
    takes: &'static str,
    read: fn(&str) -> Option<T>,
) -> Result<T, UsageError> {
    let value = value.to_string_lossy().into_owned();
    read(&value).ok_or(UsageError::UnknownValue {
        option,
        value,
        takes,
    })
}

fn runs_of(value: &str) -> Option<u32> {
    value.parse().ok().filter(|runs| *runs > 0)
}

fn time_of(value: &str) -> Option<Duration> {
    let time = humantime::parse_duration(value).ok();
    time.filter(|time| !time.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Option<Options>, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())
    }

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn the_command_stands_behind_two_dashes_and_is_cargos_test_where_no_program_is_named() {
        for (line, command) in [
            ("r.json", Words::Test(vec![])),
            ("r.json --", Words::Test(vec![])),
            (
                "r.json -- --test chat -- --nocapture",
                Words::Test(words("--test chat -- --nocapture")),
            ),
            (
                "r.json -- target/debug/chat --runs 3 -- x",
                Words::Program("target/debug/chat".into(), words("--runs 3 -- x")),
            ),
        ] {
            let options = parsed(line).expect(line).expect("no help");
            assert_eq!(options.command, command, "{line}");
            assert_eq!(options.report, PathBuf::from("r.json"));
        }
        assert_eq!(parsed("r.json -h"), Ok(None));
    }

    #[test]
    fn there_are_twenty_runs_unless_something_else_is_said() {
        let minute = Some(Duration::from_secs(60));
        for (line, runs, time) in [
            ("r", Some(20), None),
            ("r --runs 3", Some(3), None),
            ("--time 60s r", None, minute),
            ("r --time=1m --runs=5", Some(5), minute),
        ] {
            let options = parsed(line).expect(line).expect("no help");
            assert_eq!(options.limits, Limits { runs, time }, "{line}");
        }
    }

    #[test]
    fn every_error_names_what_it_is_about() {
        for (line, names) in [
            ("", "verify: the file of a report is missing"),
            ("a b", "verify takes one report"),
            (
                "a --runs 0",
                "--runs: \"0\" is not understood: it takes a number from 1 on",
            ),
            ("a --runs x", "--runs: \"x\""),
            (
                "a --time 0s",
                "--time: \"0s\" is not understood: it takes a time such as 60s or 5m",
            ),
            ("a --time 60", "--time: \"60\""),
            ("a --bind x", "--bind"),
            ("a --time", "--time"),
        ] {
            let error = parsed(line).expect_err(line);
            assert!(
                error.contains(names) && !error.contains('\n'),
                "{line}: {error}"
            );
        }
    }
}
