//! Without the features `tokio` and `stream` there is no asynchronous stream to make known.

pub(super) fn make_known() {}
