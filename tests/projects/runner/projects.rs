//! Ordinary projects under `cargo redhanded`: each is watched through the library that it uses, in the version that its lock
//! file names. A right one is clean, a wrong one is caught with both its lines, and no file of any of them changes.
//!
//! The projects are beside this folder. They are not members of this workspace, have nothing of redhanded in them, and have
//! lock files of their own, which agree on what they share. All are built in one target folder.

mod command;
mod files;
mod left;

use command::{Ended, Redhanded};
use left::Left;
use std::path::{Path, PathBuf};

/// One run of the command, and what is to come of it.
struct Case {
    /// The folder beside this one.
    project: &'static str,
    /// The words behind `cargo redhanded`.
    words: &'static [&'static str],
    /// The libraries whose connections are watched, each in its version.
    libraries: &'static [(&'static str, &'static str)],
    /// Streams whose socket is not known, as the compiler names their types.
    unknown_streams: &'static [&'static str],
    expected: Expected,
}

enum Expected {
    /// No report.
    Clean,
    /// Reports of these lines, and of no others: those that end with `// WRITER` in this file.
    Caught { source: &'static str },
}

use Expected::{Caught, Clean};

const CASES: &[Case] = &[
    Case {
        project: "tungstenite_0_27",
        words: &["run", "--bin", "wrong"],
        libraries: &[("tungstenite", "0.27.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "src/bin/wrong.rs",
        },
    },
    Case {
        project: "tungstenite_0_27",
        words: &["run", "--bin", "right"],
        libraries: &[("tungstenite", "0.27.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "tungstenite_0_28",
        words: &["test", "--test", "wrong"],
        libraries: &[("tungstenite", "0.28.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "src/lib.rs",
        },
    },
    Case {
        project: "tungstenite_0_28",
        words: &["test", "--test", "right"],
        libraries: &[("tungstenite", "0.28.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "tungstenite_0_29",
        words: &["test", "--test", "wrong"],
        libraries: &[("tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "tests/wrong.rs",
        },
    },
    Case {
        project: "tungstenite_0_29",
        words: &["test", "--test", "fragments"],
        libraries: &[("tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "tests/fragments.rs",
        },
    },
    Case {
        project: "tungstenite_0_29",
        words: &["test", "--test", "right"],
        libraries: &[("tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "two_versions",
        words: &["run", "-p", "gateway"],
        libraries: &[("tungstenite", "0.26.2"), ("tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "two_versions",
        words: &["test", "--workspace"],
        libraries: &[("tungstenite", "0.26.2"), ("tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "tokio_broadcaster",
        words: &["run", "--bin", "wrong"],
        libraries: &[("tokio-tungstenite", "0.28.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "src/bin/wrong.rs",
        },
    },
    Case {
        project: "tokio_broadcaster",
        words: &["run", "--bin", "right"],
        libraries: &[("tokio-tungstenite", "0.28.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "axum_chat",
        words: &["test"],
        libraries: &[("tokio-tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "warp_echo",
        words: &["test"],
        libraries: &[("tokio-tungstenite", "0.29.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "socketioxide_echo",
        words: &["test"],
        libraries: &[("tokio-tungstenite", "0.30.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "poem_chat",
        words: &["run"],
        libraries: &[("tokio-tungstenite", "0.27.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "ezsockets_echo",
        words: &["run"],
        libraries: &[("tokio-tungstenite", "0.26.2")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "reqwest_websocket_client",
        words: &["run"],
        libraries: &[("async-tungstenite", "0.32.1"), ("tungstenite", "0.28.0")],
        unknown_streams: &[],
        expected: Clean,
    },
    Case {
        project: "async_tungstenite_smol",
        words: &["run", "--bin", "wrong"],
        libraries: &[("async-tungstenite", "0.35.0")],
        unknown_streams: &[],
        expected: Caught {
            source: "src/bin/wrong.rs",
        },
    },
    Case {
        project: "async_tungstenite_smol",
        words: &["run", "--bin", "right"],
        libraries: &[("async-tungstenite", "0.35.0")],
        unknown_streams: &[],
        expected: Clean,
    },
];

impl Case {
    fn folder(&self) -> PathBuf {
        let projects = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        projects.expect("a folder above").join(self.project)
    }

    /// What is not as expected, each in a sentence.
    fn faults(&self, redhanded: &Redhanded) -> Vec<String> {
        let folder = self.folder();
        let before = files::read(&folder);
        let ended = redhanded.run(&folder, self.words);
        println!("{}", ended.told());

        let mut faults = files::differences(&before, &files::read(&folder));
        let left = Left::read(&ended.reports);
        faults.extend(self.exit_code(&ended));
        faults.extend(left.unreadable.iter().cloned());
        faults.extend(self.watched(&left));
        faults.extend(match self.expected {
            Clean => left.accusations(),
            Caught { source } => left.misses(&folder, source),
        });
        if !faults.is_empty() {
            println!("{}\n{}", ended.output(), faults.join("\n"));
        }
        faults
    }

    fn exit_code(&self, ended: &Ended) -> Option<String> {
        let expected = match self.expected {
            Clean => 0,
            Caught { .. } => 66,
        };
        let is_expected = ended.code() == Some(expected);
        (!is_expected).then(|| format!("it ended with {:?} and not {expected}", ended.code()))
    }

    fn watched(&self, left: &Left) -> Vec<String> {
        let owned = |(name, version): &(&str, &str)| (name.to_string(), version.to_string());
        let mut faults = left.problems.clone();
        let libraries = self.libraries.iter().map(owned).collect();
        if left.libraries != libraries {
            faults.push(format!(
                "connections of {:?} are watched, and not of {libraries:?}",
                left.libraries
            ));
        }
        let unknown = self.unknown_streams.iter().map(ToString::to_string);
        let unknown = unknown.collect();
        if left.unknown_streams != unknown {
            faults.push(format!(
                "the sockets of {:?} are not known, and not those of {unknown:?}",
                left.unknown_streams
            ));
        }
        faults
    }
}

/// `REDHANDED_TEST_PROJECTS` picks those whose names begin with it.
#[test]
fn ordinary_projects_are_watched_and_not_changed() {
    let picked = std::env::var("REDHANDED_TEST_PROJECTS").unwrap_or_default();
    let cases = CASES
        .iter()
        .filter(|case| case.project.starts_with(&picked));
    let redhanded = Redhanded::build();
    let mut faults = Vec::new();
    for case in cases {
        let name = format!("{}: cargo redhanded {}", case.project, case.words.join(" "));
        println!("\n== {name}");
        let before = command::cpu_seconds();
        let found = case.faults(&redhanded);
        println!("{} s of processor time", command::cpu_seconds() - before);
        faults.extend(found.iter().map(|fault| format!("{name}: {fault}")));
    }
    let together = command::cpu_seconds();
    println!("\nall together: {together} s of processor time");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
