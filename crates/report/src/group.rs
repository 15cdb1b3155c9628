//! The group of a report: what a fault is told by where lines do not count. Of each writer, these are the class of its
//! operation, the function that its call is in, and the file.

use super::file_in_workspace::file_in_workspace;
use super::fingerprint::{class, fnv1a};
use super::implementation::{implementation, without_arguments};
use super::same_file::is_same_file;
use super::{CallSite, Frame, Kind, Origin, Writer};

/// The folders in which cargo looks for sources. What stands before them differs from machine to machine.
const SOURCE_FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// Sixteen hex digits made of the kind and the unordered pair of (operation class, function, file), without line numbers. So an
/// edit above a call site does not change it. A single writer is both sides.
///
/// As for the [fingerprint](super::fingerprint()), the kinds `overlap`, `torn-frame` and `torn-message` count as one. Functions
/// count without closures and type arguments, and files from their last folder `src`, `tests`, `examples` or `benches` on. So
/// the group is the same on every machine. A writer without a backtrace has no function: its file stands alone, with its folders if
/// it is one of the workspace.
pub fn group(kind: Kind, writers: &[Writer]) -> String {
    let mut sides: Vec<String> = writers.iter().map(side).collect();
    if let [only] = &sides[..] {
        sides.push(only.clone());
    }
    sides.sort();
    format!(
        "{:016x}",
        fnv1a(&format!("group\n{}\n{}", class(kind), sides.join("\n")))
    )
}

/// The group, where the names of functions are known. `None` if a backtrace has only addresses so far.
#[cfg(feature = "formats")]
pub(super) fn group_if_named(kind: Kind, writers: &[Writer]) -> Option<String> {
    let has_no_names = |writer: &Writer| {
        !writer.backtrace.is_empty() && !writer.backtrace.iter().any(Frame::is_named)
    };
    (!writers.iter().any(has_no_names)).then(|| group(kind, writers))
}

fn side(writer: &Writer) -> String {
    let frame = writer.frame_of_call();
    let function = frame.map(|frame| function_name(&frame.function));
    let site = writer.call_site.as_ref().map(|site| site.file.as_str());
    let file = site.or_else(|| frame?.file.as_deref());
    let file = file.map(|file| match &function {
        // The crate is in its name.
        Some(_) => file_in_package(file),
        None => file_in_workspace(file),
    });
    format!(
        "{}\n{}\n{}",
        operation_class(&writer.operation),
        function.unwrap_or_default(),
        file.unwrap_or_default()
    )
}

/// The operation without its length: `send Binary` of `send Binary 2 MiB`.
pub(super) fn operation_class(operation: &str) -> &str {
    let mut words = operation.rsplitn(3, ' ');
    let (unit, number, class) = (words.next(), words.next(), words.next());
    let is_unit = matches!(unit, Some("B" | "KiB" | "MiB" | "GiB"));
    let is_number = number.is_some_and(|number| number.parse::<f64>().is_ok());
    class.filter(|_| is_unit && is_number).unwrap_or(operation)
}

/// The function by name alone: without closures, numbers of implementations, type arguments and hashes. These change when
/// another closure or implementation is added above, or with the way in which the compiler mangles names. A method has the name of
/// its type, and of its trait if it has one, wherever the implementation stands.
pub(super) fn function_name(function: &str) -> String {
    let mut name = String::with_capacity(function.len());
    for part in parts(function) {
        if part.starts_with("<impl ") {
            name = implementation(part).into_owned();
            continue;
        }
        let is_of_arguments = part.starts_with('<') && !name.is_empty();
        if is_of_arguments || is_numbered(part) || is_hash(part) {
            continue;
        }
        if !name.is_empty() {
            name.push_str("::");
        }
        // `app[3f0c2a91]` is a crate with its hash.
        let bare = part
            .split_once('[')
            .filter(|(bare, _)| !bare.contains(['<', ' ']) && part.ends_with(']'));
        match bare {
            Some((bare, _)) => name.push_str(bare),
            None if part.starts_with('<') => name.push_str(&implementation(part)),
            None => name.push_str(&without_arguments(part)),
        }
    }
    name
}

/// The parts of a path, split at each `::` that is outside of brackets.
fn parts(path: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'<' | b'{' | b'(' | b'[' => depth += 1,
            // The end of `->` closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b'}' | b')' | b']' => depth -= 1,
            b':' if depth <= 0 && bytes.get(at + 1) == Some(&b':') => {
                parts.push(&path[start..at]);
                start = at + 2;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&path[start..]);
    parts
}

/// Whether it is a closure, an async block or an implementation: `{closure#0}`, or `closure$0` in the names of Windows.
fn is_numbered(part: &str) -> bool {
    let number = part.rsplit_once('$').map(|(_, number)| number);
    let has_number = |it: &str| !it.is_empty() && it.bytes().all(|digit| digit.is_ascii_digit());
    part.starts_with('{') || number.is_some_and(has_number)
}

/// Whether it is the hash at the end of a mangled name: `h` and sixteen hex digits.
fn is_hash(part: &str) -> bool {
    part.strip_prefix('h').is_some_and(|digits| {
        digits.len() == 16 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// The file from its last folder of sources on: `src/net/hub.rs` on every machine, from whatever folder the program runs.
pub(super) fn file_in_package(file: &str) -> String {
    let file = file.replace('\\', "/");
    let parts: Vec<&str> = file.split('/').collect();
    let folders = parts.len().saturating_sub(1);
    let last = parts[..folders]
        .iter()
        .rposition(|folder| SOURCE_FOLDERS.contains(folder));
    parts[last.unwrap_or(folders)..].join("/")
}

impl Frame {
    /// Whether it has the name of a function, and not only an address or a place in a file, such as `app+0x2724a`.
    pub(super) fn is_named(&self) -> bool {
        !self.function.starts_with("0x") && !self.function.contains("+0x")
    }
}

/// The frame of a call, of its backtrace from the innermost frame on: the one on the line of the call site, or else the innermost
/// one of the application, or else of a library. `None` if no frame has a name.
pub fn frame_of_call<'f>(
    call_site: Option<&CallSite>,
    backtrace: &'f [Frame],
) -> Option<&'f Frame> {
    let named = || backtrace.iter().filter(|frame| frame.is_named());
    let on_line = |site: &CallSite| {
        named().find(|frame| {
            let file = frame.file.as_deref().unwrap_or_default();
            frame.line == Some(site.line) && is_same_file(file, &site.file)
        })
    };
    let of = |origin: Origin| named().find(|frame| frame.origin == origin);
    call_site
        .and_then(on_line)
        .or_else(|| of(Origin::App))
        .or_else(|| of(Origin::Dependency))
}

impl Writer {
    /// The frame of its call: see [`frame_of_call`].
    pub(super) fn frame_of_call(&self) -> Option<&Frame> {
        frame_of_call(self.call_site.as_ref(), &self.backtrace)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Role, Thread};
    use super::*;

    fn frame(function: &str, line: u32) -> Frame {
        Frame {
            function: function.to_owned(),
            file: Some("/w/app/src/net.rs".to_owned()),
            line: Some(line),
            column: Some(5),
            origin: Origin::App,
        }
    }

    fn writer(operation: &str, file: &str, line: u32, function: &str) -> Writer {
        Writer {
            role: Role::First,
            thread: Thread { id: 1, name: None },
            task: None,
            spans: Vec::new(),
            handle: 1,
            made: None,
            operation: operation.to_owned(),
            doing: None,
            call_site: Some(CallSite {
                file: file.to_owned(),
                line,
                column: 9,
            }),
            call_site_origin: Some(Origin::App),
            began_us: 0.0,
            ended_us: None,
            held_us: None,
            outcome: None,
            backtrace: vec![frame(function, line), frame("app::main", 99)],
            backtrace_missing: None,
            dropped_at: Vec::new(),
            locks: Vec::new(),
        }
    }

    #[test]
    fn lines_builds_and_machines_do_not_count_and_what_is_done_where_does() {
        let one = || writer("send Text 3 B", "src/net.rs", 12, "app::publish");
        let other = || {
            writer(
                "automatic pong 2 B",
                "src/net.rs",
                50,
                "app::reader::{{closure}}",
            )
        };
        let group_of = |kind, writers: [Writer; 2]| group(kind, &writers);
        let known = group_of(Kind::Overlap, [one(), other()]);
        assert_eq!(known.len(), 16);
        // A comment above both, a longer message, another machine, another way to name a closure.
        let moved = writer(
            "send Text 4 KiB",
            "/home/me/app/src/net.rs",
            13,
            "app::publish",
        );
        let renamed = writer(
            "automatic pong 9 B",
            "src/net.rs",
            51,
            "app::reader::{closure#1}",
        );
        assert_eq!(group_of(Kind::Overlap, [moved, renamed]), known);
        assert_eq!(group_of(Kind::Overlap, [other(), one()]), known);
        assert_eq!(group_of(Kind::TornFrame, [one(), other()]), known);
        let others = [
            group_of(Kind::AbandonedWrite, [one(), other()]),
            group_of(Kind::Stall, [one(), other()]),
            group_of(Kind::Overlap, [one(), one()]),
            group_of(
                Kind::Overlap,
                [
                    one(),
                    writer("automatic pong 2 B", "src/net.rs", 50, "app::watchdog"),
                ],
            ),
            group_of(
                Kind::Overlap,
                [
                    one(),
                    writer("automatic pong 2 B", "src/bin/net.rs", 50, "app::reader"),
                ],
            ),
            group_of(
                Kind::Overlap,
                [one(), writer("flush", "src/net.rs", 50, "app::reader")],
            ),
        ];
        for (index, other) in others.iter().enumerate() {
            assert_ne!(*other, known, "{index}");
        }
    }

    #[test]
    fn a_single_writer_is_both_sides() {
        let one = || writer("flush", "src/net.rs", 12, "app::publish");
        assert_eq!(
            group(Kind::Stall, &[one()]),
            group(Kind::Stall, &[one(), one()])
        );
    }

    #[test]
    fn the_function_is_that_of_the_call_and_else_the_innermost_of_the_application() {
        let mut writer = writer("flush", "src/net.rs", 12, "app::publish");
        writer.backtrace.insert(0, frame("app::inner", 7));
        let of_call = |writer: &Writer| writer.frame_of_call().map(|frame| frame.function.clone());
        assert_eq!(of_call(&writer).as_deref(), Some("app::publish"));
        writer.call_site = None;
        assert_eq!(of_call(&writer).as_deref(), Some("app::inner"));
        writer.backtrace[0].origin = Origin::Dependency;
        assert_eq!(of_call(&writer).as_deref(), Some("app::publish"));
        writer.backtrace.truncate(1);
        assert_eq!(of_call(&writer).as_deref(), Some("app::inner"));
        writer.backtrace[0].function = "app+0x2724a".to_owned();
        assert_eq!(of_call(&writer), None);
    }

    #[test]
    #[cfg(feature = "formats")]
    fn a_report_has_a_group_when_its_functions_have_names() {
        let mut writers = [
            writer("flush", "src/net.rs", 12, "app::publish"),
            writer("flush", "src/net.rs", 13, "app+0x2724a"),
        ];
        writers[1].backtrace.truncate(1);
        assert_eq!(group_if_named(Kind::Overlap, &writers), None);
        writers[1].backtrace[0].function = "app::publish".to_owned();
        let named = group_if_named(Kind::Overlap, &writers);
        assert_eq!(named, Some(group(Kind::Overlap, &writers)));
        // Without a backtrace there is nothing to wait for.
        writers[1].backtrace.clear();
        let bare = group_if_named(Kind::Overlap, &writers);
        assert!(bare.is_some() && bare != named);
    }

    #[test]
    fn an_operation_has_a_class_without_its_length() {
        for (operation, class) in [
            ("send Binary 2 MiB", "send Binary"),
            ("send Text 1.5 KiB", "send Text"),
            ("automatic pong 2 B", "automatic pong"),
            ("automatic pong", "automatic pong"),
            ("close", "close"),
            ("hold of a Mutex", "hold of a Mutex"),
            ("2 B", "2 B"),
            ("", ""),
        ] {
            assert_eq!(operation_class(operation), class);
        }
    }

    #[test]
    fn a_function_is_named_without_what_other_code_changes() {
        for (function, name) in [
            ("app::run", "app::run"),
            ("app::run::{{closure}}", "app::run"),
            ("app::run::{closure#1}::{closure#0}", "app::run"),
            ("app::run::{{closure}}::inner", "app::run::inner"),
            ("app::run::h0123456789abcdef", "app::run"),
            ("app[3f0c2a91]::run", "app::run"),
            ("app::run::<u8, alloc::string::String>", "app::run"),
            ("app::{impl#3}::send", "app::send"),
            (
                "<app::Hub<T> as core::ops::Drop>::drop",
                "<app::Hub as core::ops::Drop>::drop",
            ),
            ("app::Hub<T>::send::{{closure}}", "app::Hub::send"),
            (
                "<app::Hub<u8>>::send::<&str>::{closure#0}",
                "app::Hub::send",
            ),
            ("app::net::<impl app::Hub>::send", "app::Hub::send"),
            ("app::net::<impl app::Room>::send", "app::Room::send"),
            (
                "app::net::<impl app::Run for app::Room>::run",
                "<app::Room as app::Run>::run",
            ),
            ("app::run::async_fn$0::closure$1", "app::run"),
            ("app::impl$3::send", "app::send"),
            (
                "<app::F as Fn() -> a::B>::call::{{closure}}",
                "<app::F as Fn() -> a::B>::call",
            ),
            ("app::huge", "app::huge"),
            ("main", "main"),
            ("", ""),
            ("größe::ü::{{closure}}", "größe::ü"),
            (">>::<::{", ">>"),
        ] {
            assert_eq!(function_name(function), name, "{function}");
        }
    }

    #[test]
    fn a_file_is_named_from_its_last_source_folder_on() {
        for (file, name) in [
            ("src/main.rs", "src/main.rs"),
            ("/home/me/src/app/src/net/hub.rs", "src/net/hub.rs"),
            ("C:\\work\\app\\tests\\all.rs", "tests/all.rs"),
            (
                "/c/registry/src/index-1/tokio-1.44.0/src/lib.rs",
                "src/lib.rs",
            ),
            ("/w/app/build/made.rs", "made.rs"),
            ("src", "src"),
            ("", ""),
        ] {
            assert_eq!(file_in_package(file), name);
        }
    }
}
