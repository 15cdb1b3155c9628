//! The traits that the compiler would give to a handshake, if it could see through `Role::Library`.
//!
//! Upstream's `MidHandshake<Role>` has a `Role` and a `HandshakeMachine<Role::InternalStream>`, so that generic programs
//! know its automatic traits from these two types. Ours has an object of the library, whose role is a type that no bound of
//! such a program names. So the same conditions are written out here.
//!
//! # Why `Send` and `Sync` are sound
//!
//! The object of the library has a role of the library and a machine over `Watched<Role::InternalStream>`. `Watched<S>` is
//! `Send` or `Sync` if `S` is. `MidHandshake::new` is the only way to make one, and only `ClientHandshake<S>` and
//! `ServerHandshake<S, C>` call it. Their counterparts in the library hold, beside types that are `Send` and `Sync`, at most
//! an `S`, a `Watched<S>` and a `C`. Our two roles have the marker `PhantomData` of just these, so that a role which is
//! `Send` or `Sync` says the same of its counterpart. A foreign type can be a role, but no handshake of it can be made.
#![allow(unsafe_code)]

use super::{HandshakeRole, MidHandshake};
use std::panic::{RefUnwindSafe, UnwindSafe};

// SAFETY: see above.
unsafe impl<Role: HandshakeRole + Send> Send for MidHandshake<Role> where Role::InternalStream: Send {}

// SAFETY: see above.
unsafe impl<Role: HandshakeRole + Sync> Sync for MidHandshake<Role> where Role::InternalStream: Sync {}

impl<Role: HandshakeRole + Unpin> Unpin for MidHandshake<Role> where Role::InternalStream: Unpin {}

impl<Role: HandshakeRole + UnwindSafe> UnwindSafe for MidHandshake<Role> where
    Role::InternalStream: UnwindSafe
{
}

impl<Role: HandshakeRole + RefUnwindSafe> RefUnwindSafe for MidHandshake<Role> where
    Role::InternalStream: RefUnwindSafe
{
}
