//! A fence of which one side costs nothing, because the other side has the system fence every thread of the process.
//!
//! [`light`] and [`heavy`] together order as two sequentially consistent fences do. One thread stores, fences lightly, and loads what the
//! other one stores. The other one stores, fences heavily, and loads what the first one stores. Then at least one of the two sees the other's
//! store. Two light fences order nothing. (This is P1202 of the C++ committee. Linux has `membarrier(2)` for it.)
//!
//! Under loom, [`sync`](super::sync) has other functions of these names.
//!
//! A process registers for it once, and a forked child again. Without that, or where the system has no such call or refuses it,
//! [`is_there`] says no.

#[cfg(not(target_os = "linux"))]
#[path = "fence/no_system.rs"]
mod system;
#[cfg(target_os = "linux")]
#[path = "fence/linux.rs"]
mod system;

use crate::fault::{self, Place};
use crate::forks::generation;
use std::io;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicU64, compiler_fence, fence};

/// One more than the generation of the process that has registered; zero for none.
static REGISTERED: AtomicU64 = AtomicU64::new(0);

/// Registers this process. It may take 50 ms where there are several threads, so that no writer does it.
pub(crate) fn prepare() {
    if system::register()
        .and_then(|()| system::fence_all())
        .is_ok()
    {
        REGISTERED.store(generation().wrapping_add(1), Relaxed);
    }
}

/// Whether this process may use the two fences.
#[inline(always)]
pub(crate) fn is_there() -> bool {
    REGISTERED.load(Relaxed) == generation().wrapping_add(1)
}

#[inline(always)]
pub(crate) fn light() {
    compiler_fence(SeqCst);
}

/// # Errors
/// If the system refuses it after all, such as under a filter that was set meanwhile. Then nothing is ordered with any light
/// fence, and none is there from now on.
pub(crate) fn heavy() -> io::Result<()> {
    fence(SeqCst);
    let fenced = if fault::comes_to(Place::Fence) {
        Err(io::ErrorKind::PermissionDenied.into())
    } else {
        system::fence_all()
    };
    if fenced.is_err() {
        REGISTERED.store(0, Relaxed);
    }
    fenced
}
