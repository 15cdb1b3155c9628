//! The counter of the processor, on x86-64.
//!
//! Both instructions that are used here are `unsafe` because a processor may not have them. All x86-64 processors have `cpuid` and
//! `rdtsc`. They read registers and touch no memory. A system may forbid `rdtsc` to a process (`prctl(PR_SET_TSC)`), which then
//! could not use the system's clock without a call to the kernel either; no system does this unless the process asks for it.
#![allow(unsafe_code)] // Argued above.

use std::arch::x86_64::{__cpuid, _rdtsc};

/// The leaf of `cpuid` that says which leaves there are beyond it, and the leaf on the counter.
const EXTENDED: u32 = 0x8000_0000;
const COUNTER: u32 = 0x8000_0007;

/// The counter has one speed, in every state of the processor.
const IS_INVARIANT: u32 = 1 << 8;

/// Whether the counter can be used as a clock.
#[allow(unused_unsafe)] // From some version of Rust on, `__cpuid` is safe.
pub(super) fn is_steady() -> bool {
    // SAFETY: see the head of this file.
    let leaf = |leaf| unsafe { __cpuid(leaf) };
    leaf(EXTENDED).eax >= COUNTER && leaf(COUNTER).edx & IS_INVARIANT != 0
}

#[inline(always)]
pub(super) fn read() -> u64 {
    // SAFETY: see the head of this file.
    unsafe { _rdtsc() }
}
