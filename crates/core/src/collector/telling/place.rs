//! The place of a writer in the source, by which reports tell writers apart.
//!
//! Nearly always that is the call site, which the claim knows. Where a trait stands between the application and this
//! crate, only the resolved backtrace tells: the place is the application's innermost frame.

use crate::wire::{Finding, PairKey};
use redhanded_report::{CallSite, Frame, Origin, fingerprint};
use std::path::Path;

/// One writer's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    call_site: Option<CallSite>,
    /// The call site comes from a frame of the backtrace.
    is_of_frame: bool,
    /// For the fingerprint: text without addresses.
    text: String,
}

impl Place {
    pub(crate) fn of(call_site: Option<CallSite>, backtrace: &[Frame]) -> Place {
        if let Some(call_site) = call_site {
            let text = call_site.to_string();
            return Place {
                call_site: Some(call_site),
                is_of_frame: false,
                text,
            };
        }
        let of_origin =
            |wanted: fn(Origin) -> bool| backtrace.iter().find(|frame| wanted(frame.origin));
        let Some(frame) = of_origin(|origin| origin == Origin::App) else {
            // A task that forwards a stream into a sink has no frame of the application.
            let library = of_origin(|origin| origin == Origin::Dependency);
            let any = library.or_else(|| of_origin(|origin| origin != Origin::Redhanded));
            let text = any.map_or("unknown", |frame| &frame.function).to_owned();
            return Place {
                call_site: None,
                is_of_frame: false,
                text,
            };
        };
        // Debug information names files by absolute paths, which differ from machine to machine.
        let line = frame
            .line
            .zip(frame.column)
            .map(|(line, column)| format!(":{line}:{column}"))
            .unwrap_or_default();
        Place {
            call_site: frame.call_site(),
            is_of_frame: true,
            text: format!("{}{line}", frame.function),
        }
    }

    /// The line that called. Its file is named as the compiler names the files of call sites.
    pub(crate) fn into_call_site(self) -> Option<CallSite> {
        if self.is_of_frame {
            self.call_site.map(below_working_directory)
        } else {
            self.call_site
        }
    }
}

/// The file relative to the working directory, if it is below it: there a program is built, and often run.
pub(super) fn below_working_directory(mut site: CallSite) -> CallSite {
    let directory = std::env::current_dir().ok();
    let below = directory.and_then(|directory| {
        Some(
            Path::new(&site.file)
                .strip_prefix(directory)
                .ok()?
                .to_path_buf(),
        )
    });
    if let Some(below) = below {
        site.file = below.to_string_lossy().into_owned();
    }
    site
}

/// The fingerprint of all findings of a pair whose two call sites are known.
pub(crate) fn fingerprint_of_key(key: &PairKey) -> String {
    let [one, other] = key
        .sides
        .map(|side| (side.act.name(), Place::of(side.site.call_site(), &[])));
    fingerprint(key.kind, [(one.0, &one.1.text), (other.0, &other.1.text)])
}

/// The fingerprint of a finding whose writers are at these places. A single writer is both sides.
pub(crate) fn fingerprint_at(finding: &Finding, places: &[Place]) -> String {
    let mut sides = finding
        .halves()
        .zip(places)
        .map(|(half, place)| (half.operation.act().name(), place.text.as_str()));
    let first = sides.next().unwrap_or_default();
    let second = sides.next().unwrap_or(first);
    fingerprint(finding.key.kind, [first, second])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, origin: Origin, line: Option<u32>) -> Frame {
        let file = line.map(|_| "src/main.rs".to_owned());
        Frame {
            function: function.to_owned(),
            file,
            line,
            column: Some(5),
            origin,
        }
    }

    #[test]
    fn the_innermost_frame_of_the_application_is_the_place_where_no_call_site_is_known() {
        let backtrace = [
            frame("redhanded::tap::write", Origin::Redhanded, Some(1)),
            frame("fastwebsockets::write_frame", Origin::Dependency, Some(2)),
            frame("app::broadcast::{{closure}}", Origin::App, Some(3)),
            frame("app::main::{{closure}}", Origin::App, Some(4)),
        ];
        let place = Place::of(None, &backtrace);
        assert_eq!(place.text, "app::broadcast::{{closure}}:3:5");
        let site = CallSite {
            file: "src/lib.rs".into(),
            line: 7,
            column: 1,
        };
        assert_eq!(
            Place::of(Some(site.clone()), &backtrace).call_site,
            Some(site)
        );
    }

    #[test]
    fn without_a_frame_of_the_application_the_librarys_function_tells_writers_apart() {
        let runtime = frame("tokio::runtime::task::core::poll", Origin::Runtime, Some(9));
        let library = frame("forwarder::Forward::poll", Origin::Dependency, Some(8));
        let place = Place::of(None, &[runtime.clone(), library]);
        assert_eq!(
            (place.call_site, place.text.as_str()),
            (None, "forwarder::Forward::poll")
        );
        assert_eq!(
            Place::of(None, &[runtime]).text,
            "tokio::runtime::task::core::poll"
        );
        assert_eq!(
            Place::of(None, &[frame("app::main", Origin::App, None)]).text,
            "app::main"
        );
        assert_eq!(Place::of(None, &[]).text, "unknown");
    }
}
