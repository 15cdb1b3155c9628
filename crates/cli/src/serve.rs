//! `redhanded serve`: the page over saved reports.

use super::merge::By;
use super::saved::Saved;
use super::{DONE, FAILED, failed, print};
use redhanded_dashboard::{self as dashboard, DEFAULT_PORT, Reach};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

pub(super) fn run(places: &[PathBuf], bind: Option<&str>, by: By) -> u8 {
    let saved = Saved::merged_by(by, places);
    let (_, unread) = saved.look();
    if unread.places > 0 {
        return FAILED;
    }
    let saved = Arc::new(saved);
    let default = SocketAddr::from((Ipv4Addr::LOCALHOST, DEFAULT_PORT));
    let served = match bind {
        Some(address) => dashboard::serve_source(address, saved),
        None => dashboard::serve_source_or_next_free(default, Reach::Loopback, saved),
    };
    let page = match served {
        Ok(page) => page,
        Err(error) => {
            return failed(&format_args!(
                "--bind {}: {error}",
                bind.unwrap_or("127.0.0.1:7667")
            ));
        }
    };
    let url = page.url().unwrap_or_default();
    let printed = print(&format!("redhanded: the saved reports are on {url}\n"));
    if printed != DONE {
        return printed;
    }
    // The page has threads of its own. This one waits for the end of the process.
    loop {
        thread::park();
    }
}
