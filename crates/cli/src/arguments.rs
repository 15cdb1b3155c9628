//! Parses the command line.

use super::merge::By;
use super::usage::UsageError;
use super::{push, verify};
use lexopt::prelude::*;
use std::ffi::OsString;
use std::path::PathBuf;

/// A command with its options.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Help,
    Version,
    Serve {
        places: Vec<PathBuf>,
        bind: Option<String>,
        by: By,
    },
    Show {
        places: Vec<PathBuf>,
        format: Format,
    },
    Check {
        places: Vec<PathBuf>,
        suppressions: Option<PathBuf>,
        annotates: Option<bool>,
        by: By,
    },
    Verify(verify::Options),
    Push(push::Options),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Markdown,
    Html,
    Json,
    Sarif,
    Github,
}

/// The options and paths that were given, before it is known whether the command takes them.
#[derive(Default)]
struct Given {
    places: Vec<PathBuf>,
    bind: Option<OsString>,
    format: Option<String>,
    suppressions: Option<PathBuf>,
    by: Option<String>,
}

pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut arguments = arguments.into_iter().peekable();
    if arguments.next_if(|word| word == "verify").is_some() {
        return Ok(verify::parse(arguments)?.map_or(Command::Help, Command::Verify));
    }
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut command = None;
    let mut given = Given::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Short('V') | Long("version") => return Ok(Command::Version),
            Long("bind") => given.bind = Some(parser.value()?),
            Long("format") => given.format = Some(parser.value()?.to_string_lossy().into_owned()),
            Long("by") => given.by = Some(parser.value()?.to_string_lossy().into_owned()),
            Long("suppressions") => given.suppressions = Some(parser.value()?.into()),
            Value(value) if command.is_none() && value == "push" => {
                return Ok(push::parse(&mut parser)?.map_or(Command::Help, Command::Push));
            }
            Value(value) if command.is_none() => command = Some(value),
            Value(value) if value.is_empty() => return Err(UsageError::EmptyPlace),
            Value(value) => given.places.push(value.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    let command = command.ok_or(UsageError::NoCommand)?;
    match command.to_str() {
        Some("serve") => given.serve(),
        Some("show") => given.show(),
        Some("check") => given.check(),
        _ => Err(UsageError::UnknownCommand(
            command.to_string_lossy().into_owned(),
        )),
    }
}

impl Given {
    fn serve(self) -> Result<Command, UsageError> {
        let places = self.places("serve", &["--format", "--suppressions"])?;
        Ok(Command::Serve {
            places,
            by: self.by()?,
            bind: self.bind.map(|bind| bind.to_string_lossy().into_owned()),
        })
    }

    fn show(self) -> Result<Command, UsageError> {
        let places = self.places("show", &["--bind", "--suppressions", "--by"])?;
        let format = match self.format.as_deref() {
            None | Some("text") => Format::Text,
            Some("markdown") => Format::Markdown,
            Some("html") => Format::Html,
            Some("json") => Format::Json,
            Some("sarif") => Format::Sarif,
            Some("github") => Format::Github,
            Some(value) => {
                return Err(unknown_format(
                    value,
                    "text, markdown, html, json, sarif or github",
                ));
            }
        };
        Ok(Command::Show { places, format })
    }

    fn check(self) -> Result<Command, UsageError> {
        let places = self.places("check", &["--bind"])?;
        let annotates = match self.format.as_deref() {
            None => None,
            Some("text") => Some(false),
            Some("github") => Some(true),
            Some(value) => return Err(unknown_format(value, "text or github")),
        };
        Ok(Command::Check {
            places,
            by: self.by()?,
            suppressions: self.suppressions,
            annotates,
        })
    }

    fn by(&self) -> Result<By, UsageError> {
        match self.by.as_deref() {
            None | Some("fingerprint") => Ok(By::Fingerprint),
            Some("group") => Ok(By::Group),
            Some(value) => Err(UsageError::UnknownValue {
                option: "--by",
                value: value.to_owned(),
                takes: "fingerprint or group",
            }),
        }
    }

    fn places(
        &self,
        command: &'static str,
        others: &[&'static str],
    ) -> Result<Vec<PathBuf>, UsageError> {
        let given = [
            ("--bind", self.bind.is_some()),
            ("--format", self.format.is_some()),
            ("--suppressions", self.suppressions.is_some()),
            ("--by", self.by.is_some()),
        ];
        if let Some((option, _)) = given
            .into_iter()
            .find(|(option, is_given)| *is_given && others.contains(option))
        {
            return Err(UsageError::NotFor { command, option });
        }
        if self.places.is_empty() {
            Err(UsageError::NoPlace(command))
        } else {
            Ok(self.places.clone())
        }
    }
}

fn unknown_format(value: &str, takes: &'static str) -> UsageError {
    UsageError::UnknownValue {
        option: "--format",
        value: value.to_owned(),
        takes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(
            line.split(' ')
                .filter(|word| !word.is_empty())
                .map(OsString::from),
        )
        .map_err(|error| error.to_string())
    }

    #[test]
    fn every_command_has_its_places_and_options() {
        let places = vec![PathBuf::from("a"), PathBuf::from("b")];
        let serve = Command::Serve {
            places: places.clone(),
            bind: Some("[::1]:0".into()),
            by: By::Group,
        };
        assert_eq!(parsed("serve a --bind=[::1]:0 b --by group"), Ok(serve));
        assert_eq!(
            parsed("show a b"),
            Ok(Command::Show {
                places: places.clone(),
                format: Format::Text
            })
        );
        let standard_input = Command::Show {
            places: vec!["-".into()],
            format: Format::Sarif,
        };
        assert_eq!(parsed("show --format sarif -"), Ok(standard_input));
        let check = Command::Check {
            places,
            suppressions: Some("known".into()),
            annotates: Some(true),
            by: By::Fingerprint,
        };
        assert_eq!(
            parsed("check --suppressions known --format github --by fingerprint a b"),
            Ok(check)
        );
        let odd = Command::Check {
            places: vec!["--help".into()],
            suppressions: None,
            annotates: None,
            by: By::Fingerprint,
        };
        assert_eq!(parsed("check -- --help"), Ok(odd));
        assert_eq!(parsed("show --help"), Ok(Command::Help));
        assert_eq!(parsed("-V"), Ok(Command::Version));
    }

    #[test]
    fn every_error_names_what_it_is_about() {
        for (line, names) in [
            ("", "a command is missing"),
            ("shoe a", "\"shoe\" is not a command"),
            ("verify", "verify: the file of a report is missing"),
            ("show", "show: a file or a directory of reports is missing"),
            ("check", "check: a directory of reports is missing"),
            (
                "show a --format pdf",
                "--format: \"pdf\" is not understood: it takes text, markdown",
            ),
            ("check a --format sarif", "it takes text or github"),
            (
                "check a --by line",
                "--by: \"line\" is not understood: it takes fingerprint or group",
            ),
            ("show a --by group", "--by is not for the command show"),
            (
                "show a --bind 127.0.0.1:0",
                "--bind is not for the command show",
            ),
            (
                "serve a --suppressions b",
                "--suppressions is not for the command serve",
            ),
            ("show a --formt text", "--formt"),
            ("show a --format", "--format"),
            ("serve -x a", "-x"),
        ] {
            let error = parsed(line).expect_err(line);
            assert!(
                error.contains(names) && !error.contains('\n'),
                "{line}: {error}"
            );
        }
    }
}
