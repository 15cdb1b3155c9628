//! Cargo.lock: as it was, whatever it was, and whatever cargo is asked for.

use super::alone;
use super::project::Project;
use std::fs;

#[test]
fn without_a_lock_file_there_is_none_afterwards() {
    let _alone = alone();
    let project = Project::without_lock("lockless", "tungstenite = \"0.29\"\n").with_echo();
    let ran = project.run_unchanged(&["test"]).with_code(0);
    ran.says("2 connections watched");
    assert!(!project.path().join("Cargo.lock").exists());
    let ran = project.run_unchanged(&["test", "--locked"]);
    assert_ne!(ran.code, Some(0), "{ran:#?}");
    ran.says("--locked");
}

#[test]
fn locked_means_the_users_own_lock_file() {
    let _alone = alone();
    let project = Project::new("locked").with_echo();
    project
        .run_unchanged(&["test", "--locked"])
        .with_code(0)
        .says("2 connections watched");
    let manifest = project.read("Cargo.toml");
    project.write("Cargo.toml", &format!("{manifest}fastrand = \"2\"\n"));
    let ran = project.run_unchanged(&["test", "--locked"]).with_code(101);
    ran.says("--locked");
    // Without it cargo brings the lock file up to date. That one is watched, and the user's stays.
    project
        .run_unchanged(&["test"])
        .with_code(0)
        .says("2 connections watched");
    project.run_unchanged(&["test", "--locked"]).with_code(101);
}

#[test]
fn a_lock_file_that_is_read_only_works() {
    let _alone = alone();
    let project = Project::new("readonly").with_echo();
    let lock = project.path().join("Cargo.lock");
    let mut permissions = fs::metadata(&lock).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&lock, permissions).unwrap();
    project
        .run_unchanged(&["test"])
        .with_code(0)
        .says("2 connections watched");
}

#[test]
fn what_changes_the_project_is_refused() {
    let project = Project::without_lock("changes", "");
    let ran = project.run_unchanged(&["update"]).with_code(2);
    assert_eq!(
        ran.stderr,
        "redhanded: cargo update changes the project or the machine; run it without redhanded\n"
    );
    project
        .run_unchanged(&["--stal", "2s", "test"])
        .with_code(2)
        .says("--stal is not an option");
    let explained = project.run_unchanged(&[]).with_code(0);
    assert!(explained.stdout.lines().count() <= 10, "{explained:#?}");
}
