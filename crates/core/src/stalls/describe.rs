//! Holders and waiters in words.

use crate::witness::{Hold, Runner, Site, thread_name};
use std::sync::Arc;

/// How many readers are named one by one.
const MAX_NAMED: usize = 4;

/// A thread or task: by its task, or else by the name of its thread.
pub(super) fn name_of(runner: Runner) -> String {
    match (runner.task, thread_name(runner.thread)) {
        (Some(task), _) => format!("task {task}"),
        (None, Some(name)) => format!("{name:?}"),
        (None, None) => format!("thread {}", runner.thread),
    }
}

/// The call site between two pieces of text. Empty if it is not known.
pub(super) fn at_site(site: Site, before: &str, after: &str) -> String {
    site.outside_std()
        .map(|site| format!("{before}{site}{after}"))
        .unwrap_or_default()
}

/// The readers that hold a lock beside another one. `None` if there are none.
pub(super) fn others<'h>(holds: impl Iterator<Item = &'h Hold>) -> Option<Arc<str>> {
    let mut names: Vec<String> = holds
        .map(|hold| format!("{}{}", name_of(hold.by), at_site(hold.taken, " at ", "")))
        .collect();
    let count = names.len();
    let readers = match count {
        0 => return None,
        1 => "1 more reader".to_owned(),
        _ => format!("{count} more readers"),
    };
    names.truncate(MAX_NAMED);
    if count > MAX_NAMED {
        names.push("…".to_owned());
    }
    Some(format!(" and {readers}: {}", names.join(", ")).into())
}
