//! The page of this process, if there is one: served when the first connection is watched.

use super::printer;
use crate::dashboard::{self, Dashboard};
use crate::settings::Settings;
use std::sync::OnceLock;

static PAGE: OnceLock<Dashboard> = OnceLock::new();

/// Serves the page that the settings ask for, and says where.
pub(super) fn open(settings: &Settings) {
    let Some(address) = settings.bind else { return };
    match dashboard::serve_or_next_free(address) {
        Ok(page) => {
            if let Some(url) = PAGE.get_or_init(|| page).url() {
                printer::line(format_args!("watching; the reports are on {url}"));
            }
        }
        Err(error) => printer::line(format_args!("REDHANDED_BIND: {error}; going on without the page")),
    }
}

/// Where the page is.
pub(super) fn url() -> Option<String> {
    PAGE.get().and_then(Dashboard::url)
}
