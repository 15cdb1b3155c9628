//! Where the system does not say how much processor time a thread has used.

#[derive(Debug)]
pub(crate) struct UsedTime;

impl UsedTime {
    pub(crate) fn of_this_thread() -> UsedTime {
        UsedTime
    }

    pub(crate) fn nanoseconds(&self) -> Option<u64> {
        None
    }
}
