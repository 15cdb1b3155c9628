//! What a process has one of: the place where the parts that do not know each other are put together.

#[cfg(feature = "dashboard")]
pub(crate) mod page;
#[cfg(not(feature = "dashboard"))]
#[path = "no_page.rs"]
pub(crate) mod page;
#[cfg(feature = "dashboard")]
mod source;
