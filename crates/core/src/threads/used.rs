//! How much processor time a thread has used, for another one that waits for it: on a busy machine, a thread may work for many
//! seconds before it has anything to show.

use std::fs;
use std::path::PathBuf;

/// A thread of this process.
#[derive(Debug)]
pub(crate) struct UsedTime {
    /// In nanoseconds, the first number of the file.
    schedstat: PathBuf,
}

impl UsedTime {
    /// That of the calling thread.
    pub(crate) fn of_this_thread() -> UsedTime {
        let thread = rustix::thread::gettid().as_raw_nonzero();
        UsedTime {
            schedstat: PathBuf::from(format!("/proc/self/task/{thread}/schedstat")),
        }
    }

    /// How many nanoseconds it has used so far, as exactly as the system counts while it runs. `None` if the system does not say.
    pub(crate) fn nanoseconds(&self) -> Option<u64> {
        let line = fs::read_to_string(&self.schedstat).ok()?;
        line.split_ascii_whitespace().next()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_works_uses_time() {
        let used = UsedTime::of_this_thread();
        let before = used.nanoseconds().expect("the system counts");
        let mut sum = 0_u64;
        while used.nanoseconds() <= Some(before) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
    }
}
