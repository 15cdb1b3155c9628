//! The command in a build without the feature `push`.

use std::ffi::OsStr;
use std::path::Path;

/// There are none.
#[derive(Debug, PartialEq, Eq)]
#[allow(dead_code)] // The command `redhanded` uses it.
pub(crate) enum Options {}

/// There is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code)] // The command `cargo redhanded` uses it.
pub(crate) enum Target {}

#[allow(dead_code)] // As the type.
impl Target {
    /// What a target must be, for people.
    pub(crate) const TAKES: &str = "nothing: build redhanded-cli with its feature `push`";

    /// No word names one.
    pub(crate) fn named(_: &OsStr) -> Option<Target> {
        None
    }
}

/// Says that the command is missing.
#[allow(dead_code)] // The command `redhanded` uses it.
pub(crate) fn parse(_: &mut lexopt::Parser) -> Result<Option<Options>, lexopt::Error> {
    Err("this build has no push: build redhanded-cli with its feature `push`".into())
}

/// Never called: there are no options.
#[allow(dead_code)] // The command `redhanded` uses it.
pub(crate) fn run(options: &Options) -> u8 {
    match *options {}
}

/// Never called: there are no targets.
#[allow(dead_code)] // The command `cargo redhanded` uses it.
pub(crate) fn at_end(_: &Path, to: &Target) {
    match *to {}
}
