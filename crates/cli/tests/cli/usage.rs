//! Help, and command lines that are wrong.

use crate::run::run;

#[test]
fn help_and_version_are_printed_and_are_not_errors() {
    let help = run(["--help"]).with_code(0);
    for word in [
        "redhanded serve DIR",
        "redhanded show FILE|DIR",
        "redhanded check DIR",
        "redhanded verify FILE",
        "--suppressions FILE",
        "66",
    ] {
        assert!(help.stdout.contains(word), "{word}");
    }
    assert_eq!(run(["check", "-h"]).with_code(0).stdout, help.stdout);
    assert_eq!(
        run(["--version"]).with_code(0).stdout,
        format!("redhanded {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_command_line_that_is_wrong_is_one_line_and_code_2() {
    for (arguments, names) in [
        (&[][..], "a command is missing"),
        (&["look"][..], "\"look\""),
        (&["show"][..], "show: "),
        (
            &["show", "a", "--format", "pdf\n\u{1b}[31m"][..],
            "--format: ",
        ),
        (&["check", "a", "--colour"][..], "--colour"),
        (&["serve", "a", "--bind"][..], "--bind"),
        (&["verify"][..], "verify: the file of a report is missing"),
        (&["verify", "a", "--runs", "0"][..], "--runs: "),
        (
            &["serve", "."][..2],
            "--bind 192.0.2.1:80: 192.0.2.1:80 is not a loopback address",
        ),
    ] {
        let more = if names.contains("192.0.2.1") {
            &["--bind", "192.0.2.1:80"][..]
        } else {
            &[]
        };
        let ran = run(arguments.iter().chain(more)).with_code(2);
        assert!(ran.only_complaint().contains(names), "{ran:#?}");
        assert!(
            ran.stdout.is_empty() && !ran.stderr.contains('\u{1b}'),
            "{ran:#?}"
        );
    }
}

#[test]
fn a_file_or_directory_that_is_not_there_is_named() {
    for command in ["serve", "show", "check", "verify"] {
        let ran = run([command, "/nothing/here"]).with_code(2);
        assert!(
            ran.stderr
                .starts_with("redhanded: /nothing/here: cannot be read: "),
            "{ran:#?}"
        );
        assert_eq!(ran.stdout, "");
    }
}
