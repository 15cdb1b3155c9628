//! Aliases of cargo's subcommands. They are written out, because what they stand for decides how cargo is run, and an alias
//! that ends with `--` would hand further options to the program.

use super::arguments::Invocation;
use super::options;
use super::prepare::configuration;
use super::subcommand::Subcommand;
use std::env;
use std::ffi::OsString;
use std::path::Path;
use toml::{Table, Value};

/// Cargo's own subcommands, which no alias overrides. Its one-letter aliases can be overridden.
const OWN: &[&str] = &[
    "add",
    "bench",
    "build",
    "check",
    "clean",
    "config",
    "doc",
    "fetch",
    "fix",
    "generate-lockfile",
    "help",
    "info",
    "init",
    "install",
    "locate-project",
    "login",
    "logout",
    "metadata",
    "new",
    "owner",
    "package",
    "pkgid",
    "publish",
    "read-manifest",
    "remove",
    "report",
    "run",
    "rustc",
    "rustdoc",
    "search",
    "test",
    "tree",
    "uninstall",
    "update",
    "vendor",
    "verify-project",
    "version",
    "yank",
];

/// How deep aliases of aliases are followed. Cargo refuses one that comes back to itself, and says so better.
const MOST: usize = 16;

/// The same with the user's alias written out, if the subcommand is one.
pub(super) fn written_out(invocation: &Invocation, directory: &Path) -> Invocation {
    let named = Subcommand::named(&invocation.subcommand);
    let below = options::read(invocation, named).directory;
    let directory = below.map_or_else(|| directory.to_owned(), |it| directory.join(it));
    let tables = configuration(&directory);
    expand(invocation, |name| {
        of_environment(name).or_else(|| tables.iter().find_map(|table| of_table(table, name)))
    })
}

/// `CARGO_ALIAS_XT` comes before the files.
fn of_environment(name: &str) -> Option<Vec<String>> {
    let variable = format!("CARGO_ALIAS_{}", name.to_uppercase().replace('-', "_"));
    Some(words(&env::var(variable).ok()?))
}

fn of_table(table: &Table, name: &str) -> Option<Vec<String>> {
    match table.get("alias")?.get(name)? {
        Value::String(text) => Some(words(text)),
        Value::Array(array) => {
            let texts = array.iter().map(|it| it.as_str().map(str::to_owned));
            texts.collect()
        }
        _ => None,
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn expand(invocation: &Invocation, alias: impl Fn(&str) -> Option<Vec<String>>) -> Invocation {
    let mut expanded = invocation.clone();
    for _ in 0..MOST {
        if OWN.contains(&&*expanded.subcommand) {
            return expanded;
        }
        let words = alias(&expanded.subcommand);
        // Options before its subcommand are left to cargo.
        let Some(words) = words.filter(|it| it.first().is_some_and(|it| !it.starts_with('-')))
        else {
            return expanded;
        };
        let mut words = words.into_iter();
        expanded.subcommand = words.next().unwrap_or_default();
        let behind = expanded.arguments;
        expanded.arguments = words.map(OsString::from).chain(behind).collect();
    }
    invocation.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_written_out_and_what_is_none_stays() {
        let table: Table = r#"[alias]
            xt = "run -q --package xtask --"
            tt = ["nextest", "run"]
            t = "tt --release"
            run = "build"
            back = "forth"
            forth = "back"
            quiet = "-q test"
            odd = 3
        "#
        .parse()
        .unwrap();
        for (line, expected) in [
            (
                "xt word --release",
                "run -q --package xtask -- word --release",
            ),
            ("tt -p a", "nextest run -p a"),
            ("t -p a", "nextest run --release -p a"),
            ("run a", "run a"),
            ("test a", "test a"),
            ("back a", "back a"),
            ("quiet a", "quiet a"),
            ("odd", "odd"),
        ] {
            let mut words = line.split_whitespace();
            let invocation = Invocation {
                subcommand: words.next().unwrap().to_owned(),
                arguments: words.map(OsString::from).collect(),
                ..Invocation::default()
            };
            let expanded = expand(&invocation, |name| of_table(&table, name));
            let arguments = expanded.arguments.iter().map(|it| it.to_str().unwrap());
            let words: Vec<&str> = [&*expanded.subcommand]
                .into_iter()
                .chain(arguments)
                .collect();
            assert_eq!(words.join(" "), expected, "{line}");
        }
    }
}
