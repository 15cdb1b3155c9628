//! Writes what the fuzzer begins with: streams made by the crate's own generator, into the directory that is named.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let directory: PathBuf = std::env::args_os()
        .nth(1)
        .expect("the directory for the seeds")
        .into();
    std::fs::create_dir_all(&directory)?;
    for (number, seed) in redhanded_core::fuzzing::seeds().into_iter().enumerate() {
        std::fs::write(directory.join(format!("seed-{number:03}")), seed)?;
    }
    Ok(())
}
