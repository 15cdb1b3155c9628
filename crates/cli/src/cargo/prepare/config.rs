//! The configuration that cargo gets on top of the user's: the patches, the target folder, and line tables.

use super::super::error::CommandError;
use super::super::shims::Patch;
use super::{Given, cache, profile};
use std::path::PathBuf;
use std::{env, fs};
use toml::{Table, Value};

/// The detector is a guest in a debug build. Unoptimized it would cost a multiple. The last two read debug information. The
/// report and the page are not on a writer's path, and take long to optimize.
const OPTIMIZED: [&str; 3] = ["redhanded-core", "blazesym", "gimli"];

/// Writes it, unless it is there already.
pub(super) fn write(
    given: &Given,
    patches: &[Patch],
    manifest: &Table,
) -> Result<PathBuf, CommandError> {
    let path = given.folders.workspace.join("config.toml");
    let build = given.folders.build.to_string_lossy();
    let files = cache::tables(given.directory);
    let manifest = profile::with_configuration(manifest, &files, |name| env::var(name).ok());
    let additions = profile::additions(&manifest, given.profile);
    let has_build_dir = given.members.build_directory.is_some();
    let text = text(patches, &build, has_build_dir, &additions);
    if fs::read_to_string(&path).is_ok_and(|is| is == text) {
        return Ok(path);
    }
    fs::write(&path, text).map_err(CommandError::file("written", &path))?;
    Ok(path)
}

fn text(patches: &[Patch], build: &str, has_build_dir: bool, additions: &[String]) -> String {
    let mut text = String::from("# Made by cargo redhanded.\n");
    for addition in additions {
        text.push_str(addition);
        text.push('\n');
    }
    let mut config = Table::new();
    let mut folders = Table::new();
    folders.insert("target-dir".into(), build.into());
    // Before Rust 1.91 cargo does not know it.
    if has_build_dir {
        folders.insert("build-dir".into(), build.into());
    }
    config.insert("build".into(), folders.into());
    if !patches.is_empty() {
        config.insert(
            "patch".into(),
            table("crates-io", patch_table(patches).into()),
        );
        let packages: Table = OPTIMIZED
            .iter()
            .map(|name| ((*name).to_owned(), table("opt-level", 3.into())))
            .collect();
        let dev = table("dev", table("package", packages.into()));
        config.insert("profile".into(), dev);
    }
    text.push_str(&config.to_string());
    text
}

fn patch_table(patches: &[Patch]) -> Table {
    let entry = |patch: &Patch| {
        let mut entry = Table::new();
        entry.insert("package".into(), patch.package.clone().into());
        let path = patch.path.to_string_lossy().into_owned();
        entry.insert("path".into(), path.into());
        (patch.key.clone(), Value::Table(entry))
    };
    patches.iter().map(entry).collect()
}

fn table(key: &str, value: Value) -> Value {
    let mut table = Table::new();
    table.insert(key.to_owned(), value);
    table.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patches_the_folders_and_the_profile_are_in_one_file() {
        let patch = Patch {
            key: "redhanded-tungstenite-0-29-0".to_owned(),
            package: "tungstenite".to_owned(),
            path: "/a \"b\"/shim".into(),
        };
        let additions = ["profile.release.debug = \"line-tables-only\"".to_owned()];
        let read: Table = text(&[patch], "/t/build", true, &additions)
            .parse()
            .unwrap();
        let expected: Table = r#"
            build = { target-dir = "/t/build", build-dir = "/t/build" }
            [patch.crates-io.redhanded-tungstenite-0-29-0]
            package = "tungstenite"
            path = '/a "b"/shim'
            [profile]
            release.debug = "line-tables-only"
            dev.package.redhanded-core.opt-level = 3
            dev.package.blazesym.opt-level = 3
            dev.package.gimli.opt-level = 3
        "#
        .parse()
        .unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn without_shims_there_is_only_the_folder() {
        let read: Table = text(&[], "b", false, &[]).parse().unwrap();
        let expected: Table = "[build]\ntarget-dir = \"b\"".parse().unwrap();
        assert_eq!(read, expected);
    }
}
