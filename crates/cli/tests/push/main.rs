//! `redhanded push`, against an engine that answers as a test wants it to: nothing is lost, nothing comes twice, and one line and an
//! exit code say what became of it.

#[allow(dead_code)] // Other tests need more of it.
#[path = "../cli/run.rs"]
mod run;
#[allow(dead_code)] // Other tests need more of it.
#[path = "../cli/saved.rs"]
mod saved;

mod engine;
mod followed;
mod otlp;
mod pushed;
mod settings;
mod trouble;
