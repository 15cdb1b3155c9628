//! Whether another process runs.

#[cfg(unix)]
pub(super) fn is_alive(pid: u32) -> bool {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    // One of another user's may not be signalled, and runs.
    pid.is_some_and(|pid| !matches!(test_kill_process(pid), Err(Errno::SRCH)))
}

/// It is not known.
#[cfg(not(unix))]
pub(super) fn is_alive(_pid: u32) -> bool {
    false
}
