//! What is known of a writer: what it does, on which thread and in which task, since when, and from where.
//!
//! Everything on a writer's path here is a few loads and stores. What costs more (a backtrace, a name) is only taken
//! when a claim is contested, and symbols are resolved later, on the collector's thread.

mod clock;
mod lock;
mod operation;
mod origin;
mod site;
mod spans;
mod stack;
mod symbolize;
mod task;
mod thread;

pub(crate) use clock::Stamp;
pub(crate) use lock::{HeldLock, Hold, Lock, LockKind, LockRecord, Recorded, Registered, Runner};
pub(crate) use operation::{Act, Operation};
pub(crate) use site::Site;
pub(crate) use stack::Stack;
pub(crate) use symbolize::Symbolizer;
pub(crate) use task::{Task, current_task};
pub(crate) use thread::{ThreadId, current_thread, thread_name};

/// The clock's slow start; and its hand that anybody can read for nothing; to be called on the
/// collector's thread.
pub(crate) use clock::{calibrate, tick};
