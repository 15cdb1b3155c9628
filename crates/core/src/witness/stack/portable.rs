//! The walk up a stack, by the `backtrace` crate, which takes a process-wide lock for it.

/// Fills in the return addresses of the calling thread's stack, innermost first, as many as there is room for. Gives their
/// number.
pub(super) fn walk(addresses: &mut [usize]) -> usize {
    let mut count = 0;
    backtrace::trace(|frame| {
        let address = frame.ip() as usize;
        if address != 0
            && let Some(place) = addresses.get_mut(count)
        {
            *place = address;
            count += 1;
        }
        count < addresses.len()
    });
    count
}
