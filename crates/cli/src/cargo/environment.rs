//! The `REDHANDED_*` variables of the watched programs.

use super::arguments::Invocation;
use super::subcommand::Subcommand;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const BIND: &str = "REDHANDED_BIND";
const PROVOKE: &str = "REDHANDED_PROVOKE";
const REPORT_DIR: &str = "REDHANDED_REPORT_DIR";
const PLAN: &str = redhanded_report::near_miss::PLAN;
const SUPPRESSIONS: &str = "REDHANDED_SUPPRESSIONS";

/// What is set, on top of what is set already.
#[derive(Debug, PartialEq)]
pub(super) struct Environment {
    pub variables: Vec<(&'static str, OsString)>,
    pub report_dir: PathBuf,
    /// The user has named the folder of reports: there may be others in it.
    pub is_named: bool,
}

/// Cargo runs tests in the folder of their package. So paths are made absolute, from the folder in which the command runs.
pub(super) fn of(
    invocation: &Invocation,
    subcommand: Subcommand,
    directory: &Path,
    own_reports: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Environment {
    let mut variables = invocation.settings.clone();
    let given = |name: &str| given(invocation, name, &variable);
    if subcommand.is_test && given(BIND).is_none() {
        variables.push((BIND, "off".into()));
    }
    for name in [SUPPRESSIONS, PLAN] {
        if let Some(file) = given(name) {
            variables.push((name, directory.join(file).into()));
        }
    }
    let named = given(REPORT_DIR).map(|path| directory.join(path));
    let report_dir = named.clone().unwrap_or_else(|| own_reports.to_owned());
    variables.push((REPORT_DIR, report_dir.clone().into()));
    Environment {
        variables,
        report_dir,
        is_named: named.is_some(),
    }
}

/// The value that a variable has in the watched programs: the last option's, or the one that is set already.
fn given(
    invocation: &Invocation,
    name: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<OsString> {
    let option = invocation.settings.iter().rev().find(|(it, _)| *it == name);
    let value = option
        .map(|(_, value)| value.clone())
        .or_else(|| variable(name));
    value.filter(|value| !value.is_empty())
}

/// Whether writers are held as long as they ever are.
pub(super) fn holds_fully(
    invocation: &Invocation,
    variable: impl Fn(&str) -> Option<OsString>,
) -> bool {
    let mode = given(invocation, PROVOKE, variable);
    mode.is_some_and(|mode| mode.to_string_lossy().starts_with("full"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(
        subcommand: &str,
        settings: &[(&'static str, &str)],
        before: &'static [(&str, &str)],
    ) -> Vec<(&'static str, String)> {
        let invocation = Invocation {
            settings: settings
                .iter()
                .map(|(name, value)| (*name, value.into()))
                .collect(),
            ..Invocation::default()
        };
        let variable = |name: &str| {
            let found = before.iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let (here, own) = (Path::new("/here"), Path::new("/own"));
        let set = of(
            &invocation,
            Subcommand::named(subcommand),
            here,
            own,
            variable,
        );
        let text = |value: OsString| value.into_string().unwrap();
        set.variables
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect()
    }

    fn last<'v>(variables: &'v [(&'static str, String)], name: &str) -> Option<&'v str> {
        let found = variables.iter().rev().find(|(it, _)| *it == name);
        found.map(|(_, value)| &**value)
    }

    #[test]
    fn tests_have_no_page_unless_one_is_asked_for() {
        for (subcommand, settings, before, bind) in [
            ("test", &[][..], &[][..], Some("off")),
            ("nextest", &[], &[], Some("off")),
            ("run", &[], &[], None),
            ("test", &[(BIND, "127.0.0.1:0")], &[], Some("127.0.0.1:0")),
            ("test", &[], &[(BIND, "127.0.0.1:0")], None),
        ] {
            assert_eq!(
                last(&set(subcommand, settings, before), BIND),
                bind,
                "{subcommand}"
            );
        }
    }

    #[test]
    fn paths_are_absolute_and_options_come_before_the_environment() {
        for (settings, before, reports) in [
            (&[][..], &[][..], "/own"),
            (
                &[(REPORT_DIR, "mine")],
                &[(REPORT_DIR, "other")],
                "/here/mine",
            ),
            (&[], &[(REPORT_DIR, "other")], "/here/other"),
            (&[], &[(REPORT_DIR, "/abs")], "/abs"),
        ] {
            assert_eq!(
                last(&set("run", settings, before), REPORT_DIR),
                Some(reports)
            );
        }
        let set = set(
            "run",
            &[(SUPPRESSIONS, "known.txt")],
            &[(PLAN, "plan.json")],
        );
        assert_eq!(last(&set, SUPPRESSIONS), Some("/here/known.txt"));
        assert_eq!(last(&set, PLAN), Some("/here/plan.json"));
    }

    #[test]
    fn the_option_says_whether_writers_are_held_before_the_variable_does() {
        for (option, variable, expected) in [
            (None, None, false),
            (None, Some("full"), true),
            (Some("light"), Some("full"), false),
            (Some("full+split"), None, true),
        ] {
            let settings = option.map(|mode| (PROVOKE, mode.into()));
            let invocation = Invocation {
                settings: settings.into_iter().collect(),
                ..Invocation::default()
            };
            let holds_fully = holds_fully(&invocation, |_| variable.map(OsString::from));
            assert_eq!(holds_fully, expected, "{option:?} {variable:?}");
        }
    }
}
