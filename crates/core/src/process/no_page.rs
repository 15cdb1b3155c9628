//! Without the feature `dashboard`, the process has no page.

use crate::settings::Settings;

/// There is no page to serve.
pub(crate) fn open(_settings: &Settings) {}

/// There is no page to end.
pub(crate) fn end() {}

/// There is no page.
pub(crate) fn url() -> Option<String> {
    None
}
