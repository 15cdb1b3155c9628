//! The page: the collected reports over HTTP, for a browser on the same machine.
//!
//! With the feature `dashboard` the page starts by itself with the first handle; [`serve`] is for those who want one of
//! their own. Reports hold paths, thread names and stacks of the program, so the page is bound to loopback addresses
//! only, answers only to requests that name it by such an address, and loads nothing from anywhere else.

#[doc(inline)]
pub use redhanded_core::serve;
#[doc(inline)]
pub use redhanded_dashboard::{Dashboard, to_html};
