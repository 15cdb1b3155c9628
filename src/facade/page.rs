//! The page: the collected reports over HTTP, for a browser on the same machine.
//!
//! With the feature `dashboard`, the page starts by itself with the first handle. [`serve`] is for a page at an address of
//! your own. Reports have paths, thread names and stacks of the program. So the page is bound to loopback addresses only,
//! answers only requests that name it by such an address, and loads nothing from elsewhere.

#[doc(inline)]
pub use redhanded_core::serve;
#[doc(inline)]
pub use redhanded_dashboard::{Dashboard, to_html};
