//! The command `redhanded`, run as people and CI run it: what it prints, serves and ends with.

mod altered;
mod check;
mod hostile;
mod run;
mod saved;
mod serve;
mod show;
mod usage;
#[cfg(unix)]
mod verify;
