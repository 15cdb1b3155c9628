//! Wraps a library: what a drop-in is made of.
//!
//! A wrapper gives the library its stream in a [`Watched`], keeps a [`Watcher`] beside the library's object, and begins an
//! operation at the watcher before each of the object's methods that may write. The drop-ins use nothing else of this
//! crate.

mod identify;
mod stream;
mod watcher;

pub use crate::wire::Outcome;
pub use crate::witness::{Act, Operation, Site};
pub use identify::know;
pub(crate) use identify::socket_of;
pub(crate) use stream::Attempt;
pub use stream::Watched;
pub use watcher::{Operating, Watcher};
