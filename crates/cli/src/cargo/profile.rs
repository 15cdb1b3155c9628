//! The profile of the watched build. Reports name lines, so there must be line tables. Nothing else of it is changed.

use std::collections::BTreeSet;
use toml::{Table, Value};

/// What of a profile decides whether reports can name lines.
#[derive(Debug, Default, Clone, PartialEq)]
struct Lines {
    debug: Option<Value>,
    strip: Option<Value>,
}

/// The settings that this profile of the workspace needs on top of its own, as lines of a cargo configuration.
pub(super) fn additions(manifest: &Table, profile: &str) -> Vec<String> {
    let lines = lines_of(manifest, profile, 0);
    let mut additions = Vec::new();
    if !has_lines(lines.debug.as_ref(), is_like_dev(manifest, profile, 0)) {
        additions.push(format!("profile.{profile}.debug = \"line-tables-only\""));
    }
    let is_kept =
        |strip: &Value| matches!(strip.as_str(), Some("none")) || strip.as_bool() == Some(false);
    if lines.strip.is_some_and(|strip| !is_kept(&strip)) {
        additions.push(format!("profile.{profile}.strip = \"none\""));
    }
    additions
}

/// The manifest with what cargo's configuration says of profiles, which comes before it: variables first, and then the files,
/// of which the first counts most.
pub(super) fn with_configuration(
    manifest: &Table,
    files: &[Table],
    variable: impl Fn(&str) -> Option<String>,
) -> Table {
    let mut all = manifest.clone();
    for file in files.iter().rev() {
        for (profile, settings) in profiles(file) {
            for key in KEYS {
                if let Some(value) = settings.get(key) {
                    set(&mut all, profile, key, value.clone());
                }
            }
        }
    }
    let own = ["dev", "test", "release", "bench"].map(str::to_owned);
    let named: BTreeSet<String> = profiles(&all)
        .map(|(name, _)| name.clone())
        .chain(own)
        .collect();
    for profile in named {
        for key in KEYS {
            let name = format!("CARGO_PROFILE_{profile}_{key}").to_uppercase();
            if let Some(text) = variable(&name.replace('-', "_")) {
                set(&mut all, &profile, key, value(text));
            }
        }
    }
    all
}

/// What of a profile counts here.
const KEYS: [&str; 3] = ["debug", "strip", "inherits"];

fn profiles(table: &Table) -> impl Iterator<Item = (&String, &Table)> {
    let profiles = table.get("profile").and_then(Value::as_table);
    let profiles = profiles.into_iter().flatten();
    profiles.filter_map(|(name, settings)| Some((name, settings.as_table()?)))
}

fn set(manifest: &mut Table, profile: &str, key: &str, value: Value) {
    let mut table = manifest;
    for name in ["profile", profile] {
        let entry = table.entry(name).or_insert_with(|| Table::new().into());
        let Value::Table(inner) = entry else { return };
        table = inner;
    }
    table.insert(key.to_owned(), value);
}

/// The value of a variable. Cargo takes a word, a number, and true or false.
fn value(text: String) -> Value {
    let number = text.parse().map(Value::Integer).ok();
    let flag = text.parse().map(Value::Boolean).ok();
    number.or(flag).unwrap_or(Value::String(text))
}

/// The profiles that others are made of, as cargo knows them, and how deep a chain of others is followed.
const MOST_PARENTS: usize = 16;

fn parent(manifest: &Table, profile: &str) -> Option<String> {
    match profile {
        "dev" | "release" => None,
        "test" => Some("dev".to_owned()),
        "bench" => Some("release".to_owned()),
        other => {
            let inherits = table(manifest, other)?.get("inherits")?;
            inherits.as_str().map(str::to_owned)
        }
    }
}

fn table<'m>(manifest: &'m Table, profile: &str) -> Option<&'m Table> {
    manifest.get("profile")?.get(profile)?.as_table()
}

fn lines_of(manifest: &Table, profile: &str, depth: usize) -> Lines {
    let inherited = parent(manifest, profile)
        .filter(|_| depth < MOST_PARENTS)
        .map(|parent| lines_of(manifest, &parent, depth + 1))
        .unwrap_or_default();
    let own = |key: &str| table(manifest, profile)?.get(key).cloned();
    Lines {
        debug: own("debug").or(inherited.debug),
        strip: own("strip").or(inherited.strip),
    }
}

fn is_like_dev(manifest: &Table, profile: &str, depth: usize) -> bool {
    match parent(manifest, profile) {
        Some(parent) if depth < MOST_PARENTS => is_like_dev(manifest, &parent, depth + 1),
        _ => profile == "dev",
    }
}

fn has_lines(debug: Option<&Value>, is_like_dev: bool) -> bool {
    match debug {
        None => is_like_dev,
        Some(Value::Boolean(has)) => *has,
        Some(Value::Integer(level)) => *level > 0,
        Some(Value::String(level)) => {
            level != "none" && level != "line-directives-only" && level != "0"
        }
        // Cargo refuses it, and says so better.
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_tables_are_added_exactly_where_there_are_none() {
        const DEBUG: &str = "debug = \"line-tables-only\"";
        const STRIP: &str = "strip = \"none\"";
        for (manifest, profile, added) in [
            ("", "dev", &[][..]),
            ("", "test", &[]),
            ("", "release", &[DEBUG]),
            ("", "bench", &[DEBUG]),
            ("[profile.dev]\ndebug = 0", "test", &[DEBUG]),
            ("[profile.dev]\ndebug = \"line-tables-only\"", "dev", &[]),
            (
                "[profile.dev]\ndebug = false\n[profile.test]\ndebug = 1",
                "test",
                &[],
            ),
            ("[profile.release]\ndebug = true", "bench", &[]),
            (
                "[profile.release]\ndebug = true\nstrip = true",
                "release",
                &[STRIP],
            ),
            ("[profile.release]\nstrip = \"none\"", "release", &[DEBUG]),
            (
                "[profile.fast]\ninherits = \"release\"\nstrip = \"symbols\"",
                "fast",
                &[DEBUG, STRIP],
            ),
            ("[profile.slow]\ninherits = \"dev\"", "slow", &[]),
            ("[profile.a]\ninherits = \"a\"", "a", &[DEBUG]),
        ] {
            let manifest_table: Table = manifest.parse().expect(manifest);
            let expected: Vec<_> = added
                .iter()
                .map(|it| format!("profile.{profile}.{it}"))
                .collect();
            assert_eq!(
                additions(&manifest_table, profile),
                expected,
                "{manifest}: {profile}"
            );
        }
    }

    #[test]
    fn files_of_configuration_come_before_the_manifest_and_variables_before_both() {
        const DEBUG: &str = "profile.dev.debug = \"line-tables-only\"";
        const STRIP: &str = "profile.dev.strip = \"none\"";
        for (manifest, near, far, variable, added) in [
            ("", "", "", &[][..], &[][..]),
            ("", "debug = 0", "", &[], &[DEBUG]),
            ("debug = 0", "debug = 1", "debug = 0", &[], &[]),
            ("", "", "strip = true", &[], &[STRIP]),
            ("", "", "", &[("CARGO_PROFILE_DEV_DEBUG", "0")], &[DEBUG]),
            (
                "",
                "",
                "",
                &[("CARGO_PROFILE_DEV_DEBUG", "false")],
                &[DEBUG],
            ),
            (
                "debug = 0",
                "",
                "",
                &[("CARGO_PROFILE_DEV_DEBUG", "line-tables-only")],
                &[],
            ),
            (
                "strip = true",
                "",
                "",
                &[("CARGO_PROFILE_DEV_STRIP", "false")],
                &[],
            ),
        ] {
            let table = |dev: &str| -> Table { format!("[profile.dev]\n{dev}").parse().unwrap() };
            let variable = |name: &str| {
                let found = variable.iter().find(|(it, _)| *it == name);
                found.map(|(_, text)| (*text).to_owned())
            };
            let all = with_configuration(&table(manifest), &[table(near), table(far)], variable);
            assert_eq!(additions(&all, "dev"), added, "{manifest} {near} {far}");
        }
    }
}
