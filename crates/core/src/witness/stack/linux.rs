//! The walk up a stack, by the unwinder that the standard library has linked to the program.
//!
//! The `backtrace` crate calls the same two functions. It also resolves names, which takes four crates that Linux does not
//! need here, and it walks under a process-wide lock.
//!
//! Both functions are of the Itanium C++ ABI, and have the same signature on every platform for which this file is compiled.
//! Rust's panics unwind by the same library, so it is there in every program that has the standard library. ARM is left out:
//! its ABI has no function that gives the address.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::marker::{PhantomData, PhantomPinned};

/// The unwinder's own record of a frame. Only pointers to it are handled.
#[repr(C)]
struct Context {
    opaque: [u8; 0],
    neither_moved_nor_shared: PhantomData<(*mut u8, PhantomPinned)>,
}

const GO_ON: c_int = 0;
/// `_URC_END_OF_STACK`. Everything but [`GO_ON`] ends the walk.
const END: c_int = 5;

type OnFrame = extern "C" fn(*mut Context, *mut c_void) -> c_int;

unsafe extern "C" {
    fn _Unwind_Backtrace(on_frame: OnFrame, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
}

struct Walk<'a> {
    room: std::slice::IterMut<'a, usize>,
    count: usize,
}

/// Fills in the return addresses of the calling thread's stack, innermost first, as many as there is room for. Gives their
/// number.
pub(super) fn walk(addresses: &mut [usize]) -> usize {
    let mut walk = Walk {
        room: addresses.iter_mut(),
        count: 0,
    };
    // SAFETY: on_frame takes a pointer to a Walk, and this is one. It outlives the call, and nothing else uses it meanwhile.
    unsafe { _Unwind_Backtrace(on_frame, (&raw mut walk).cast()) };
    walk.count
}

/// Must not panic: the unwinder is in the middle of its walk.
extern "C" fn on_frame(context: *mut Context, walk: *mut c_void) -> c_int {
    // SAFETY: the unwinder hands on the pointer that `walk` gave it, to a Walk that nothing else uses during the call.
    let walk = unsafe { &mut *walk.cast::<Walk<'_>>() };
    // SAFETY: the pointer is the unwinder's own, and valid during the call.
    let address = unsafe { _Unwind_GetIP(context) };
    if address == 0 {
        return GO_ON;
    }
    let Some(place) = walk.room.next() else {
        return END;
    };
    *place = address;
    walk.count = walk.count.saturating_add(1);
    GO_ON
}

#[cfg(test)]
mod tests {
    use super::walk;

    #[inline(never)]
    fn deep(levels: usize, addresses: &mut [usize]) -> usize {
        if levels == 0 {
            return walk(addresses);
        }
        std::hint::black_box(deep(levels - 1, addresses))
    }

    #[test]
    fn a_walk_ends_at_the_end_of_the_stack_or_of_the_room() {
        let mut addresses = [0; 512];
        let count = deep(3, &mut addresses);
        assert!((4..512).contains(&count), "{count}");
        assert!(addresses[..count].iter().all(|address| *address != 0));
        assert!(addresses[count..].iter().all(|address| *address == 0));

        let mut few = [0; 64];
        assert_eq!(deep(200, &mut few), few.len());
        assert_eq!(walk(&mut []), 0);
    }

    #[test]
    fn it_is_the_stack_that_the_backtrace_crate_finds() {
        let mut addresses = [0; 512];
        let count = walk(&mut addresses);
        let mut others = Vec::new();
        backtrace::trace(|frame| {
            others.push(frame.ip() as usize);
            true
        });
        others.retain(|address| *address != 0);
        // Below this function they are in other calls.
        let same = addresses[..count]
            .iter()
            .rev()
            .zip(others.iter().rev())
            .take_while(|(one, other)| one == other);
        let same = same.count();
        assert!(same >= 4 && same + 2 >= count, "{same} of {count}");
    }
}
