//! What the locks here and the gate of an `RwLock` are made of: std's atomics and the system's sleeps, or under the model
//! checker loom's atomics and a model of those sleeps.

#[cfg(redhanded_loom)]
mod modelled;

#[cfg(not(redhanded_loom))]
mod chosen {
    pub(in crate::sync) use crate::sync::raw::futex;
    pub(in crate::sync) use crate::sync::raw::until::Until;
    pub(in crate::sync) use std::sync::atomic::{AtomicU32, AtomicU64};

    /// How often a waiter looks before it sleeps, where no other one sleeps: most holds are short.
    pub(in crate::sync) const LOOKS: usize = 100;
}

#[cfg(redhanded_loom)]
mod chosen {
    pub(in crate::sync) use super::modelled::*;

    /// More looks make more orders to try, and find nothing more.
    pub(in crate::sync) const LOOKS: usize = 1;
}

pub(in crate::sync) use chosen::*;
