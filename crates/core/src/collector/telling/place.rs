//! The place of a writer in the source, by which reports tell writers apart.
//!
//! Nearly always that is the call site, which the claim knows. Where a trait or a library stands between the application and
//! this crate, only the resolved backtrace tells: the place is the application's innermost frame, outside of its own streams
//! and sinks, which hand on what they are given. A task of a library has no
//! frame of the application. Then the place is the library's line, and reports say so.

use crate::wire::{Finding, PairKey};
use crate::witness::{Site, from_package};
use redhanded_report::{CallSite, Frame, Origin, fingerprint};
use std::path::Path;

/// One writer's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    call_site: Option<CallSite>,
    /// Whose line the call site is.
    origin: Option<Origin>,
    /// The call site comes from a frame of the backtrace.
    is_of_frame: bool,
    /// For the fingerprint: text without addresses, and without what differs from machine to machine.
    text: String,
}

impl Place {
    /// Of a writer with this call site and this backtrace, which may be empty.
    pub(crate) fn of(site: Site, backtrace: &[Frame]) -> Place {
        Place::at(site.call_site().zip(site.origin()), backtrace)
    }

    fn at(line: Option<(CallSite, Origin)>, backtrace: &[Frame]) -> Place {
        if let Some((line, Origin::App)) = line {
            return Place::of_line(line, Origin::App);
        }
        let named = backtrace.iter().filter(|frame| has_name(frame));
        let of_origin =
            |wanted: fn(Origin) -> bool| named.clone().find(|frame| wanted(frame.origin));
        let line = line.filter(|(_, origin)| *origin != Origin::Redhanded);
        let own = Frame::calling(named.clone()).map(Place::of_own_frame);
        match (own, line) {
            (Some(own), None) => return own,
            (Some(own), Some(_)) if own.call_site.is_some() => return own,
            // Without debug information the frame has no line. Then the library's is better than none.
            (Some(own), Some((line, origin))) => {
                let text = own.text;
                let of_line = Place::of_line(line, origin);
                return Place { text, ..of_line };
            }
            // A task of a library has no frame of the application.
            (None, Some((line, origin))) => return Place::of_line(line, origin),
            (None, None) => {}
        }
        // Neither has one that forwards a stream into a sink.
        let library = of_origin(|origin| origin == Origin::Dependency);
        match library.or_else(|| of_origin(|origin| origin != Origin::Redhanded)) {
            Some(frame) => Place {
                call_site: frame.call_site(),
                origin: frame.call_site().map(|_| frame.origin),
                is_of_frame: true,
                text: frame.function.clone(),
            },
            None => Place {
                call_site: None,
                origin: None,
                is_of_frame: false,
                text: "unknown".to_owned(),
            },
        }
    }

    fn of_line(line: CallSite, origin: Origin) -> Place {
        let text = CallSite {
            file: from_package(&line.file).to_owned(),
            ..line
        };
        Place {
            call_site: Some(line),
            origin: Some(origin),
            is_of_frame: false,
            text: text.to_string(),
        }
    }

    fn of_own_frame(frame: &Frame) -> Place {
        // Debug information names files by absolute paths, which differ from machine to machine.
        let line = frame
            .line
            .zip(frame.column)
            .map(|(line, column)| format!(":{line}:{column}"))
            .unwrap_or_default();
        Place {
            call_site: frame.call_site(),
            origin: frame.call_site().map(|_| Origin::App),
            is_of_frame: true,
            text: format!("{}{line}", frame.function),
        }
    }

    /// The line that called, and whose it is. Its file is named as the compiler names the files of call sites.
    pub(crate) fn into_call_site(self) -> Option<(CallSite, Origin)> {
        let (call_site, origin) = self.call_site.zip(self.origin)?;
        if self.is_of_frame {
            Some((below_working_directory(call_site), origin))
        } else {
            Some((call_site, origin))
        }
    }
}

/// Whether it is more than an address, or a place in a file, such as `app+0x2724a`: those are others after every build.
fn has_name(frame: &Frame) -> bool {
    !frame.function.starts_with("0x") && !frame.function.contains("+0x")
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
        .map(|side| (side.act.name(), Place::of(side.site, &[])));
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

    /// The line of a call, as a file of that name would have it.
    fn line_of(file: &str) -> Option<(CallSite, Origin)> {
        let line = CallSite {
            file: file.to_owned(),
            line: 7,
            column: 1,
        };
        Some((line, crate::witness::origin_of_file(file)))
    }

    const LIBRARY: &str = "/c/registry/src/index-1/async-tungstenite-0.35.0/src/lib.rs";

    #[test]
    fn the_innermost_frame_of_the_application_is_the_place_where_the_call_site_is_none_of_its_lines()
     {
        let backtrace = [
            frame("redhanded::tap::write", Origin::Redhanded, Some(1)),
            frame("fastwebsockets::write_frame", Origin::Dependency, Some(2)),
            frame("app::broadcast::{{closure}}", Origin::App, Some(3)),
            frame("app::main::{{closure}}", Origin::App, Some(4)),
        ];
        for line in [None, line_of(LIBRARY), line_of("vendor/axum/src/lib.rs")] {
            let place = Place::at(line, &backtrace);
            assert_eq!(place.text, "app::broadcast::{{closure}}:3:5");
            let (site, origin) = place.into_call_site().expect("a line");
            assert_eq!((site.line, origin), (3, Origin::App));
        }
        let own = line_of("src/lib.rs");
        let place = Place::at(own.clone(), &backtrace);
        assert_eq!(place.text, "src/lib.rs:7:1");
        assert_eq!(place.into_call_site(), own);
    }

    #[test]
    fn without_a_frame_of_the_application_the_line_of_the_library_is_the_place_and_said_to_be_the_librarys()
     {
        let runtime = frame("tokio::runtime::task::core::poll", Origin::Runtime, Some(9));
        let library = frame("forwarder::Forward::poll", Origin::Dependency, Some(8));
        let own = frame("redhanded::tap::write", Origin::Redhanded, Some(1));
        for (line, backtrace, text, called) in [
            (
                line_of(LIBRARY),
                &[own.clone(), library.clone()][..],
                "async-tungstenite-0.35.0/src/lib.rs:7:1",
                Some((7, Origin::Dependency)),
            ),
            (
                line_of(LIBRARY),
                &[],
                "async-tungstenite-0.35.0/src/lib.rs:7:1",
                Some((7, Origin::Dependency)),
            ),
            (
                None,
                &[runtime.clone(), library],
                "forwarder::Forward::poll",
                Some((8, Origin::Dependency)),
            ),
            (
                None,
                &[own.clone(), runtime],
                "tokio::runtime::task::core::poll",
                Some((9, Origin::Runtime)),
            ),
            (
                None,
                &[frame("app::main", Origin::App, None)],
                "app::main",
                None,
            ),
            (
                line_of(LIBRARY),
                &[frame("app::main", Origin::App, None)],
                "app::main",
                Some((7, Origin::Dependency)),
            ),
            (
                None,
                &[frame("app+0x2724a", Origin::App, None)],
                "unknown",
                None,
            ),
            (
                None,
                &[frame("0x55d0c0ffee", Origin::App, None)],
                "unknown",
                None,
            ),
            (None, &[own], "unknown", None),
            (None, &[], "unknown", None),
        ] {
            let place = Place::at(line, backtrace);
            assert_eq!(place.text, text);
            let site = place.into_call_site();
            assert_eq!(site.map(|(site, origin)| (site.line, origin)), called);
        }
    }
}
