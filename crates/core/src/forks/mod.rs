//! Forks: what a process has one of, a forked child has anew.
//!
//! A child has a copy of the parent's memory, and one thread. A lock that another thread held at the fork is held in the child
//! for ever, and what was being written under it may be half there. So the child takes no lock of its parent. Each process in a
//! line of forks has a number, its [`generation`]. A static is a `PerProcess`, which has a value of its own for each
//! generation.
//!
//! `posix_spawn`, which starts most commands, has no child that runs our code. A child of the bare system call (`clone` without
//! libc) is not noticed.
//!
//! Without the feature `detect` only the number is here, for the client.

#[cfg(all(unix, feature = "detect"))]
mod descriptors;
#[cfg(not(all(unix, feature = "detect")))]
#[path = "no_descriptors.rs"]
mod descriptors;
mod handler;
#[cfg(feature = "detect")]
mod inherited;
#[cfg(feature = "detect")]
mod per_process;

#[cfg(feature = "dashboard")]
pub(crate) use descriptors::PAGE;
#[cfg(all(unix, feature = "detect"))]
pub(crate) use descriptors::STANDARD_ERROR;
pub use handler::{generation, notice};
#[cfg(feature = "detect")]
pub(crate) use inherited::{inherited, inherited_in_use, inherited_shared};
#[cfg(feature = "detect")]
pub(crate) use per_process::PerProcess;
