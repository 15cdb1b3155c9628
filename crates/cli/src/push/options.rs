//! The command line of `redhanded push`.

use lexopt::prelude::*;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a push waits in all when the engine asks it to. Bugsink asks for five minutes after a thousand events.
const WAIT: Duration = Duration::from_secs(600);

/// What is pushed, where, and for how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(super) places: Vec<PathBuf>,
    pub(super) to: Target,
    pub(super) follows: bool,
    pub(super) wait: Duration,
    pub(super) timeout: Duration,
}

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// What speaks Sentry's protocol, at `SENTRY_DSN`.
    Sentry,
    /// A collector of OpenTelemetry, at `OTEL_EXPORTER_OTLP_ENDPOINT`.
    Otlp,
    /// Files with an envelope of Sentry's protocol each.
    Envelope(PathBuf),
}

impl Target {
    /// What a target must be, for people.
    pub(crate) const TAKES: &str = "sentry, otlp or FILE.envelope";

    /// The target of a word on the command line.
    pub(crate) fn named(word: &OsStr) -> Option<Target> {
        let path = PathBuf::from(word);
        match word.to_str() {
            Some("sentry") => Some(Target::Sentry),
            Some("otlp") => Some(Target::Otlp),
            _ if path.extension() == Some(OsStr::new("envelope")) => Some(Target::Envelope(path)),
            _ => None,
        }
    }
}

impl Options {
    /// One push of these places, with everything else as it is by default.
    pub(super) fn once(places: Vec<PathBuf>, to: Target) -> Options {
        Options {
            places,
            to,
            follows: false,
            wait: WAIT,
            timeout: TIMEOUT,
        }
    }
}

/// Reads what stands behind `push`. `None` if it asks for help.
#[allow(dead_code)] // The command `redhanded` uses it.
pub(crate) fn parse(parser: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut to = None;
    let mut options = Options::once(Vec::new(), Target::Sentry);
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("to") => {
                let word = parser.value()?;
                let target = Target::named(&word).ok_or_else(|| {
                    let word = word.to_string_lossy();
                    format!(
                        "--to: {word:?} is not understood: it takes {}",
                        Target::TAKES
                    )
                })?;
                to = Some(target);
            }
            Long("follow") => options.follows = true,
            Long("wait") => options.wait = time("--wait", parser)?,
            Long("timeout") => options.timeout = time("--timeout", parser)?,
            Value(value) if value.is_empty() => {
                return Err("\"\" is not the path of a file or a directory".into());
            }
            Value(value) => options.places.push(value.into()),
            other => return Err(other.unexpected()),
        }
    }
    options.to = to.ok_or_else(|| format!("push: --to is missing: it takes {}", Target::TAKES))?;
    if options.places.is_empty() {
        return Err("push: a directory of reports is missing".into());
    }
    if options.follows && matches!(options.to, Target::Envelope(_)) {
        return Err("push: --follow is not for files".into());
    }
    Ok(Some(options))
}

fn time(option: &str, parser: &mut lexopt::Parser) -> Result<Duration, lexopt::Error> {
    let word = parser.value()?.to_string_lossy().into_owned();
    humantime::parse_duration(&word).map_err(|_| {
        format!("{option}: {word:?} is not understood: it takes a time such as 30s or 10m").into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        asked(line).map(|options| options.expect("it is no help that is asked for"))
    }

    fn asked(line: &str) -> Result<Option<Options>, String> {
        parse(&mut lexopt::Parser::from_args(line.split_whitespace()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn help_is_asked_for_behind_the_command_too() {
        assert_eq!(asked("--help"), Ok(None));
        assert_eq!(asked("a -h"), Ok(None));
    }

    #[test]
    fn every_option_is_read() {
        let once = Options::once(vec!["a".into(), "b".into()], Target::Sentry);
        assert_eq!(parsed("a --to sentry b"), Ok(once));
        let all = Options {
            places: vec!["a".into()],
            to: Target::Otlp,
            follows: true,
            wait: Duration::from_secs(120),
            timeout: Duration::from_millis(500),
        };
        assert_eq!(
            parsed("--follow --wait 2m --timeout=500ms a --to=otlp"),
            Ok(all)
        );
        let file = Target::Envelope("x/out.envelope".into());
        assert_eq!(parsed("a --to x/out.envelope").map(|it| it.to), Ok(file));
    }

    #[test]
    fn every_error_names_what_it_is_about() {
        for (line, names) in [
            (
                "a",
                "--to is missing: it takes sentry, otlp or FILE.envelope",
            ),
            ("--to sentry", "a directory of reports is missing"),
            ("a --to jaeger", "--to: \"jaeger\" is not understood"),
            (
                "a --to sentry --wait soon",
                "--wait: \"soon\" is not understood",
            ),
            ("a --to x.envelope --follow", "--follow is not for files"),
            ("a --to sentry --dsn x", "--dsn"),
        ] {
            let error = parsed(line).expect_err(line);
            assert!(error.contains(names), "{line}: {error}");
        }
    }
}
