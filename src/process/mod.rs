//! What a process has one of: the place where the parts that do not know each other are put together.

#[cfg(all(
    feature = "dashboard",
    any(debug_assertions, feature = "detect-in-release")
))]
pub(crate) mod page;
#[cfg(not(all(
    feature = "dashboard",
    any(debug_assertions, feature = "detect-in-release")
)))]
#[path = "no_page.rs"]
pub(crate) mod page;
#[cfg(all(
    feature = "dashboard",
    any(debug_assertions, feature = "detect-in-release")
))]
mod source;
