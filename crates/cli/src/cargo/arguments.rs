//! The command line: the options of the command stand before cargo's subcommand, and what is behind it is cargo's.

use super::error::CommandError;
use super::push::Target;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Without a subcommand: the command explains itself.
    Explain,
    Help,
    Version,
    Run(Invocation),
}

/// A subcommand of cargo that is to be run, watched.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Invocation {
    /// Settings of the watched processes: the variable and its value.
    pub settings: Vec<(&'static str, OsString)>,
    /// Where the sources of redhanded are.
    pub source: Option<PathBuf>,
    /// Where the reports go at the end.
    pub push: Option<Target>,
    /// `+nightly`, as rustup takes it.
    pub toolchain: Option<OsString>,
    /// Cargo's own options before the subcommand.
    pub global: Vec<OsString>,
    pub subcommand: String,
    /// What is behind the subcommand, one to one.
    pub arguments: Vec<OsString>,
}

impl Invocation {
    /// Whether it only asks for cargo's own help of the subcommand: nothing is built for that.
    pub(super) fn asks_for_help(&self) -> bool {
        self.arguments
            .first()
            .is_some_and(|word| word == "-h" || word == "--help")
    }
}

/// The first option of this command that stands behind the subcommand, where it is cargo's. What is behind `--` is the program's.
pub(super) fn misplaced(arguments: &[OsString]) -> Option<String> {
    let of_cargo = arguments.iter().take_while(|word| *word != "--");
    let is_own = |name: &String| {
        let mut settings = SETTINGS.iter().map(|setting| setting.option);
        ["--push", "--redhanded-source"].contains(&&**name) || settings.any(|own| own == name)
    };
    of_cargo.map(|word| halves(word).0).find(is_own)
}

/// An option that sets a variable of the watched processes.
struct Setting {
    option: &'static str,
    variable: &'static str,
    /// The words that it takes, if it takes only those.
    takes: &'static [&'static str],
}

const fn setting(
    option: &'static str,
    variable: &'static str,
    takes: &'static [&'static str],
) -> Setting {
    Setting {
        option,
        variable,
        takes,
    }
}

/// docs/settings.md says what each of them means.
const SETTINGS: &[Setting] = &[
    setting(
        "--policy",
        "REDHANDED_POLICY",
        &["observe", "error", "panic"],
    ),
    setting(
        "--provoke",
        "REDHANDED_PROVOKE",
        &["off", "light", "full", "full+split"],
    ),
    setting("--stall", "REDHANDED_STALL", &[]),
    setting("--bind", "REDHANDED_BIND", &[]),
    setting("--report-dir", "REDHANDED_REPORT_DIR", &[]),
    setting("--suppressions", "REDHANDED_SUPPRESSIONS", &[]),
    setting(
        "--capture",
        "REDHANDED_CAPTURE",
        &["site", "overlap", "always"],
    ),
    setting("--payload", "REDHANDED_PAYLOAD", &["mask", "show"]),
    setting("--stderr", "REDHANDED_STDERR", &["off", "summary", "full"]),
];

/// Cargo's options before a subcommand that stand alone, and those that take a value.
const ALONE: &[&str] = &[
    "-q",
    "--quiet",
    "--verbose",
    "--locked",
    "--offline",
    "--frozen",
];
const WITH_VALUE: &[&str] = &["--color", "--config", "-Z", "-C"];

/// Splits the arguments behind the program's name. Cargo puts the name of the subcommand in front of them.
pub(super) fn parse(
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Command, CommandError> {
    let mut words = arguments.into_iter().peekable();
    words.next_if(|word| word == "redhanded");
    let mut invocation = Invocation::default();
    while let Some(word) = words.next() {
        let (option, attached) = halves(&word);
        let mut value = || match &attached {
            Some(value) => Ok(value.clone()),
            None => words
                .next()
                .ok_or_else(|| CommandError::NoValue(option.clone())),
        };
        match &*option {
            "-h" | "--help" | "help" => return Ok(Command::Help),
            "-V" | "--version" => return Ok(Command::Version),
            "--push" => invocation.push = Some(target(&value()?)?),
            "--redhanded-source" => invocation.source = Some(value()?.into()),
            name if name.starts_with('+') => invocation.toolchain = Some(word),
            name if ALONE.contains(&name) || is_verbose(name) => invocation.global.push(word),
            name if WITH_VALUE.contains(&name) => {
                let value = value()?;
                invocation.global.extend([OsString::from(name), value]);
            }
            name if name.starts_with('-') => {
                let setting = SETTINGS
                    .iter()
                    .find(|setting| setting.option == name)
                    .ok_or_else(|| CommandError::UnknownOption(option.clone()))?;
                let value = value()?;
                setting.check(&value)?;
                invocation.settings.push((setting.variable, value));
            }
            _ => {
                let subcommand = word.into_string();
                invocation.subcommand = subcommand
                    .map_err(|word| CommandError::UnknownOption(word.to_string_lossy().into()))?;
                invocation.arguments = words.collect();
                return Ok(Command::Run(invocation));
            }
        }
    }
    Ok(Command::Explain)
}

fn target(word: &OsStr) -> Result<Target, CommandError> {
    Target::named(word).ok_or_else(|| CommandError::BadValue {
        option: "--push",
        value: word.to_string_lossy().into_owned(),
        takes: Target::TAKES.to_owned(),
    })
}

impl Setting {
    fn check(&self, value: &OsStr) -> Result<(), CommandError> {
        let is_taken = |word: &&str| value == *word;
        if self.takes.is_empty() || self.takes.iter().any(is_taken) {
            return Ok(());
        }
        Err(CommandError::BadValue {
            option: self.option,
            value: value.to_string_lossy().into_owned(),
            takes: self.takes.join(", "),
        })
    }
}

/// `-v`, `-vv`: each letter asks for more.
fn is_verbose(word: &str) -> bool {
    word.len() > 1
        && word
            .strip_prefix('-')
            .is_some_and(|letters| letters.chars().all(|it| it == 'v'))
}

/// The name of a long option and the value that is attached to it with `=`.
pub(super) fn halves(word: &OsStr) -> (String, Option<OsString>) {
    let text = word.to_string_lossy();
    match text.split_once('=') {
        Some((name, value)) if name.starts_with("--") => {
            (name.to_owned(), Some(OsString::from(value)))
        }
        _ => (text.into_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn run(line: &str) -> Invocation {
        match parse(words(line)) {
            Ok(Command::Run(invocation)) => invocation,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn options_before_the_subcommand_are_the_commands_and_behind_it_cargos() {
        let invocation = run(
            "redhanded --stall 2s --provoke full+split --policy=error --bind off test --policy x -- -h",
        );
        let settings: Vec<_> = [
            ("REDHANDED_STALL", "2s"),
            ("REDHANDED_PROVOKE", "full+split"),
            ("REDHANDED_POLICY", "error"),
            ("REDHANDED_BIND", "off"),
        ]
        .map(|(variable, value)| (variable, OsString::from(value)))
        .into();
        assert_eq!(invocation.settings, settings);
        assert_eq!(invocation.subcommand, "test");
        assert_eq!(invocation.arguments, words("--policy x -- -h"));
    }

    #[test]
    fn cargos_own_options_before_the_subcommand_are_cargos() {
        let invocation =
            run("redhanded +nightly -vv --offline --config a=1 -C dir --redhanded-source s run");
        assert_eq!(invocation.push, None);
        assert_eq!(invocation.toolchain, Some("+nightly".into()));
        assert_eq!(
            invocation.global,
            words("-vv --offline --config a=1 -C dir")
        );
        assert_eq!(invocation.source, Some("s".into()));
    }

    #[test]
    fn without_a_subcommand_it_explains_itself() {
        for (line, command) in [
            ("", Command::Explain),
            ("redhanded", Command::Explain),
            ("redhanded --bind off", Command::Explain),
            ("redhanded help", Command::Help),
            ("redhanded --help", Command::Help),
            ("redhanded -h test", Command::Help),
            ("redhanded --version", Command::Version),
        ] {
            assert_eq!(parse(words(line)).expect(line), command, "{line}");
        }
    }

    #[test]
    fn help_directly_behind_the_subcommand_is_cargos_and_elsewhere_the_programs() {
        for (line, asks) in [
            ("test --help", true),
            ("run -h", true),
            ("nextest --help", true),
            ("run -- --help", false),
            ("run server --help", false),
            ("test", false),
        ] {
            assert_eq!(run(line).asks_for_help(), asks, "{line}");
        }
    }

    #[test]
    fn an_option_of_the_command_behind_the_subcommand_is_misplaced() {
        for (line, expected) in [
            ("run --provoke full", Some("--provoke")),
            ("run --release --policy=error", Some("--policy")),
            ("test --push x", Some("--push")),
            ("--provoke full run --release", None),
            ("run -- --provoke full", None),
            ("run --bin provoke", None),
        ] {
            let misplaced = misplaced(&run(line).arguments);
            assert_eq!(misplaced.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn every_error_is_one_line_and_names_the_word() {
        for (line, names) in [
            ("--stal 2s test", "--stal"),
            ("--stall", "--stall: a value is missing"),
            (
                "--policy eror test",
                "--policy: \"eror\" is not understood: it takes observe, error, panic",
            ),
            (
                "--provoke fully test",
                "--provoke: \"fully\" is not understood: it takes off, light, full, full+split",
            ),
            (
                "--push jaeger test",
                "--push: \"jaeger\" is not understood: it takes ",
            ),
            ("-x test", "-x"),
        ] {
            let error = parse(words(line)).expect_err(line).to_string();
            assert!(
                error.contains(names) && !error.contains('\n'),
                "{line}: {error}"
            );
        }
    }
}
