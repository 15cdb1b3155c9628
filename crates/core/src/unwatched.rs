//! The scopes of tests when the crate is off. They have the same methods, and see nothing.

use redhanded_report::Report;

/// A scope for tests. Off, it sees nothing.
#[derive(Debug)]
#[must_use = "ask it for its findings"]
pub struct Watch(());

impl Watch {
    /// Off, always empty.
    pub fn findings(&self) -> Vec<Report> {
        Vec::new()
    }

    /// Off, always passes.
    pub fn assert_clean(&self) {}

    /// The scope, for other threads and tasks to enter.
    pub fn scope(&self) -> Scope {
        Scope(())
    }
}

/// The scope of a [`Watch`]. Off, nothing belongs to it.
#[derive(Debug, Clone)]
pub struct Scope(());

impl Scope {
    /// Off, does nothing.
    pub fn enter(&self) -> Entered {
        Entered(())
    }
}

/// While this lives, the thread or task that entered is in the scope. Off, nothing is.
#[derive(Debug)]
#[must_use = "it leaves the scope when this is dropped"]
pub struct Entered(());

/// Begins a scope for tests. Off, it sees nothing.
pub fn watch() -> Watch {
    Watch(())
}
