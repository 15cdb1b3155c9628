//! The command in a build without the feature `push`.

/// There are none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Options {}

/// Says that the command is missing.
pub(crate) fn parse(_: &mut lexopt::Parser) -> Result<Options, lexopt::Error> {
    Err("this build has no push: build redhanded-cli with its feature `push`".into())
}

/// Never called: there are no options.
pub(crate) fn run(options: &Options) -> u8 {
    match *options {}
}
