//! Which run of which program this is.

use super::host;
use redhanded_report::Process;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{SystemTime, UNIX_EPOCH};

/// This process, with a run of its own: the numbers of processes are not unique where several have one directory of reports.
pub(super) fn begin(release: Option<String>) -> Process {
    let now = SystemTime::now();
    Process {
        run: Some(random_id(now)),
        host: host::name(),
        started: Some(humantime::format_rfc3339_micros(now).to_string()),
        release: release.or_else(version_of_package),
        ..Process::this()
    }
}

/// The version of the package whose program or test cargo runs. Cargo says it in the environment, and only there: this crate
/// cannot know at compile time in whose program it will be.
fn version_of_package() -> Option<String> {
    let version = std::env::var("CARGO_PKG_VERSION").ok();
    version.filter(|version| !version.is_empty())
}

/// Sixteen random hex digits.
fn random_id(now: SystemTime) -> String {
    // A forked child goes on with the random keys of its parent.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(
        now.duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos(),
    );
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_what_the_settings_say_and_else_the_version_of_the_package() {
        let said = begin(Some("2f1c9e0".to_owned()));
        assert_eq!(said.release.as_deref(), Some("2f1c9e0"));
        // Cargo runs this test.
        let package = begin(None).release;
        assert_eq!(
            package.as_deref(),
            std::env::var("CARGO_PKG_VERSION").ok().as_deref()
        );
    }

    #[test]
    fn two_runs_of_one_process_number_have_two_names() {
        let (one, other) = (begin(None), begin(None));
        assert_eq!((&one.name, one.pid), (&other.name, other.pid));
        let run = one.run.expect("it has one");
        assert_ne!(Some(&run), other.run.as_ref());
        assert_eq!(run.len(), 16);
        assert!(run.chars().all(|c| c.is_ascii_hexdigit()), "{run}");
    }
}
