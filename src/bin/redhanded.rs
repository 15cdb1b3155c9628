//! The command `redhanded`: see `redhanded --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    redhanded::cli::main()
}
