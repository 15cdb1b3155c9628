//! Trees of other shapes: workspaces, patches, other libraries, and programs that use redhanded themselves.

use super::alone;
use super::project::Project;
use std::fs;
use std::path::Path;

/// The checkout that this test is in.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn members_of_a_workspace_are_built_and_watched_one_by_one() {
    let _alone = alone();
    let project = Project::new("root-member").with_echo();
    let manifest = project.read("Cargo.toml");
    let manifest = manifest.replace("[workspace]\n", "[workspace]\nmembers = [\"second\"]\n");
    project.write("Cargo.toml", &manifest);
    project.write(
        "second/Cargo.toml",
        "[package]\nname = \"second-member\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
         [dependencies]\ntungstenite = \"0.29\"\n",
    );
    project.write("second/src/lib.rs", "");
    project.write("second/tests/echo.rs", &project.read("tests/echo.rs"));
    project.lock();
    for (arguments, processes) in [
        (
            &["test", "-p", "second-member"][..],
            "1 process, 2 connections",
        ),
        (&["test", "--workspace"], "2 processes, 4 connections"),
        (
            &["test", "--manifest-path", "second/Cargo.toml"],
            "1 process, 2 connections",
        ),
    ] {
        let ran = project.run_unchanged(arguments).with_code(0);
        assert_eq!(
            ran.counts(),
            format!("redhanded: {processes} watched, 0 reports")
        );
    }
}

#[test]
fn a_library_that_the_user_patches_is_watched_in_its_own_source() {
    let _alone = alone();
    let project = Project::new("patched").with_echo();
    let tree = project
        .cargo(&["metadata", "--format-version", "1"])
        .output()
        .unwrap();
    let tree: serde_json::Value = serde_json::from_slice(&tree.stdout).unwrap();
    let packages = tree["packages"].as_array().unwrap();
    let library = packages
        .iter()
        .find(|it| it["name"] == "tungstenite")
        .unwrap();
    let source = Path::new(library["manifest_path"].as_str().unwrap())
        .parent()
        .unwrap();
    copy(source, &project.path().join("fork"));
    let lib = project.read("fork/src/lib.rs");
    project.write(
        "fork/src/lib.rs",
        &format!("{lib}\n/// Only here.\npub const FORK: u8 = 1;\n"),
    );
    let manifest = project.read("Cargo.toml");
    project.write(
        "Cargo.toml",
        &format!("{manifest}\n[patch.crates-io]\nmine = {{ package = \"tungstenite\", path = \"fork\" }}\n"),
    );
    project.lock();
    let ran = project.run_unchanged(&["test"]).with_code(0);
    ran.says("watched: 2 of tungstenite 0.29.0");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_program_that_uses_redhanded_itself_is_not_watched_twice() {
    let _alone = alone();
    let dependencies = format!(
        "tungstenite = \"0.29\"\nredhanded = {{ path = {CHECKOUT:?}, features = [\"detect\"] }}\n"
    );
    let project = Project::without_lock("twice", &dependencies).with_echo();
    let echo = project.read("tests/echo.rs");
    project.write(
        "tests/own.rs",
        &echo.replace("tungstenite::", "redhanded::tungstenite::"),
    );
    let ran = project.run_unchanged(&["test"]).with_code(0);
    assert_eq!(
        ran.counts(),
        "redhanded: 2 processes, 4 connections watched, 0 reports"
    );
    ran.says("not watched: tungstenite 0.30")
        .says("the package redhanded in the tree watches its own");
}

#[test]
fn a_tree_without_a_known_library_says_so() {
    let _alone = alone();
    let project = Project::without_lock("nothing", "tungstenite = \"0.24\"\n");
    project.write("tests/empty.rs", "#[test]\nfn empty() {}\n");
    let ran = project.run_unchanged(&["test"]).with_code(0);
    assert_eq!(
        ran.counts(),
        "redhanded: 0 processes, 0 connections watched, 0 reports"
    );
    ran.says("nothing was watched: no library that can be watched is in the dependency tree")
        .says("not watched: tungstenite 0.24.0, a version that is not known");
}
