//! What cargo's own arguments say of the workspace, the target and the profile. They are read, and handed on one to one.

use super::arguments::{Invocation, halves};
use super::subcommand::Subcommand;
use std::ffi::OsString;
use std::path::PathBuf;

/// The options of cargo that bear on where the workspace is and what is built.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub manifest_path: Option<OsString>,
    pub config: Vec<OsString>,
    pub directory: Option<PathBuf>,
    pub target_dir: Option<PathBuf>,
    pub targets: Vec<OsString>,
    pub unstable: Vec<OsString>,
    /// `None` is the subcommand's own.
    pub profile: Option<String>,
    pub packages: Vec<String>,
    pub is_locked: bool,
    pub is_offline: bool,
    /// The arguments without `--target-dir`, which the command sets itself.
    pub handed_on: Vec<OsString>,
    /// Where among those further options may stand.
    pub end_of_options: usize,
}

/// Options of cargo's subcommands whose value is the next argument. What stands behind `cargo run`'s first word without
/// a dash is the program's, so these must be known.
const WITH_VALUE: &[&str] = &[
    "-p",
    "--package",
    "--exclude",
    "--bin",
    "--example",
    "--test",
    "--bench",
    "-F",
    "--features",
    "-j",
    "--jobs",
    "--profile",
    "--target",
    "--target-dir",
    "--manifest-path",
    "--message-format",
    "--color",
    "--config",
    "-Z",
    "-C",
    "--lockfile-path",
    "--artifact-dir",
];

/// Reads the arguments before and behind the subcommand.
pub(super) fn read(invocation: &Invocation, subcommand: Subcommand) -> Options {
    let mut options = Options::default();
    options.walk(&invocation.global, false);
    let mut rest = Options::default();
    rest.walk(&invocation.arguments, subcommand.has_program_arguments());
    options.add(rest)
}

impl Options {
    fn add(mut self, later: Options) -> Options {
        self.config.extend(later.config);
        self.targets.extend(later.targets);
        self.unstable.extend(later.unstable);
        Options {
            manifest_path: later.manifest_path.or(self.manifest_path),
            directory: later.directory.or(self.directory),
            target_dir: later.target_dir.or(self.target_dir),
            profile: later.profile.or(self.profile),
            is_locked: later.is_locked || self.is_locked,
            is_offline: later.is_offline || self.is_offline,
            config: self.config,
            targets: self.targets,
            unstable: self.unstable,
            ..later
        }
    }

    /// Reads options until `--`, or until the program's own arguments begin.
    fn walk(&mut self, arguments: &[OsString], has_program_arguments: bool) {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let is_positional = !word.to_string_lossy().starts_with('-');
            if word == "--" || (is_positional && has_program_arguments) {
                self.end_of_options = self.handed_on.len();
                self.handed_on.push(word.clone());
                self.handed_on.extend(words.cloned());
                return;
            }
            let (name, attached) = split(word);
            let value = match attached {
                Some(value) => Some(value),
                None if WITH_VALUE.contains(&&*name) => words.next().cloned(),
                None => None,
            };
            if name != "--target-dir" {
                self.handed_on.push(word.clone());
                let is_next = value.is_some() && *word == *name;
                self.handed_on.extend(value.clone().filter(|_| is_next));
            }
            self.note(&name, value);
        }
        self.end_of_options = self.handed_on.len();
    }

    fn note(&mut self, name: &str, value: Option<OsString>) {
        let text = |value: OsString| value.to_string_lossy().into_owned();
        match (name, value) {
            ("--locked", _) => self.is_locked = true,
            ("--offline", _) => self.is_offline = true,
            ("--frozen", _) => (self.is_locked, self.is_offline) = (true, true),
            ("-r" | "--release", _) => self.profile = Some("release".to_owned()),
            (_, None) => {}
            ("--profile", Some(value)) => self.profile = Some(text(value)),
            ("--manifest-path", value) => self.manifest_path = value,
            ("--config", Some(value)) => self.config.push(value),
            ("-Z", Some(value)) => self.unstable.push(value),
            ("-C", value) => self.directory = value.map(PathBuf::from),
            ("--target-dir", value) => self.target_dir = value.map(PathBuf::from),
            ("--target", Some(value)) => self.targets.push(value),
            ("-p" | "--package", Some(value)) => self.packages.push(text(value)),
            _ => {}
        }
    }
}

/// `--name=value`, `-pname` and `--name`, each as a name and perhaps a value.
fn split(word: &OsString) -> (String, Option<OsString>) {
    let (name, value) = halves(word);
    let is_short = name.starts_with('-') && !name.starts_with("--") && name.len() > 2;
    match name
        .get(..2)
        .filter(|short| is_short && WITH_VALUE.contains(short))
    {
        Some(short) => {
            let attached = name[2..].trim_start_matches('=');
            (short.to_owned(), Some(attached.into()))
        }
        None => (name, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    fn options(line: &str) -> Options {
        let mut words = words(line).into_iter();
        let subcommand = words.next().unwrap().into_string().unwrap();
        let invocation = Invocation {
            subcommand: subcommand.clone(),
            arguments: words.collect(),
            ..Invocation::default()
        };
        read(&invocation, Subcommand::named(&subcommand))
    }

    #[test]
    fn what_leads_to_the_workspace_is_read() {
        let read = options(
            "test --manifest-path a/Cargo.toml --config x=1 --config=y=2 -pone -p two --target t --frozen name",
        );
        assert_eq!(read.manifest_path, Some("a/Cargo.toml".into()));
        assert_eq!(read.config, words("x=1 y=2"));
        assert_eq!(read.packages, ["one", "two"]);
        assert_eq!(read.targets, words("t"));
        assert!(read.is_locked && read.is_offline);
    }

    #[test]
    fn the_profile_is_the_last_one_named() {
        for (line, profile) in [
            ("test", None),
            ("test -r", Some("release")),
            ("run --release", Some("release")),
            ("build --profile=fast", Some("fast")),
            ("build --profile fast", Some("fast")),
        ] {
            assert_eq!(options(line).profile.as_deref(), profile, "{line}");
        }
    }

    #[test]
    fn what_is_the_programs_is_not_read() {
        for line in [
            "test -- --release --locked",
            "run --bin a -- --release --locked",
            "run --bin a word --release --locked",
        ] {
            let read = options(line);
            assert_eq!((read.profile, read.is_locked), (None, false), "{line}");
        }
        // A word of `cargo test` is the name of a test, and options may stand behind it.
        assert!(options("test name --locked").is_locked);
    }

    #[test]
    fn everything_but_the_target_dir_is_handed_on_and_more_options_can_stand_before_the_programs() {
        for (line, handed_on, end) in [
            ("run --bin a --target-dir d -- x -y", "--bin a -- x -y", 2),
            ("run --target-dir=d word -y", "word -y", 0),
            ("test --target-dir d -p b c", "-p b c", 3),
            ("test -j2 --features a,b -- c", "-j2 --features a,b -- c", 3),
        ] {
            let read = options(line);
            assert_eq!(
                (read.handed_on, read.end_of_options),
                (words(handed_on), end),
                "{line}"
            );
        }
        assert_eq!(options("test --target-dir d").target_dir, Some("d".into()));
    }

    #[test]
    fn options_before_the_subcommand_count_too() {
        let invocation = Invocation {
            global: words("--offline --config a=1 -C there"),
            arguments: words("--config b=2"),
            ..Invocation::default()
        };
        let read = read(&invocation, Subcommand::named("test"));
        assert!(read.is_offline);
        assert_eq!(read.config, words("a=1 b=2"));
        assert_eq!(read.directory, Some("there".into()));
        assert_eq!(read.handed_on, words("--config b=2"));
    }
}
