//! The page of this process, if there is one: served when the first connection is watched.

use super::printer;
use crate::dashboard::{self, Dashboard, Reach};
use crate::settings::Settings;
use std::sync::OnceLock;

static PAGE: OnceLock<Dashboard> = OnceLock::new();

/// Serves the page that the settings ask for, and says where.
pub(super) fn open(settings: &Settings) {
    let Some(address) = settings.bind else { return };
    let reach = if settings.is_exposed {
        Reach::Anybody
    } else {
        Reach::Loopback
    };
    match dashboard::serve_or_next_free(address, reach) {
        Ok(page) => {
            let page = PAGE.get_or_init(|| page);
            if let Some(url) = page.url() {
                printer::line(format_args!("watching; the reports are on {url}"));
            }
            if let Some(address) = page.address().filter(|address| !address.ip().is_loopback()) {
                printer::line(format_args!(
                    "WARNING: the page is EXPOSED on {address}: there is no password, and whoever reaches that address \
                     over any network reads thread names, source lines and backtraces of this program"
                ));
            }
        }
        Err(error) => printer::line(format_args!(
            "REDHANDED_BIND: {error}; going on without the page"
        )),
    }
}

/// Tells whoever has the page open that the process ends.
pub(super) fn end() {
    dashboard::end_all();
}

/// Where the page is.
pub(super) fn url() -> Option<String> {
    PAGE.get().and_then(Dashboard::url)
}
