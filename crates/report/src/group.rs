//! What a call is told by where lines do not count: the class of its operation, the function that it is in, and its file.

use super::{CallSite, Frame, Origin, Writer};

/// The folders in which cargo looks for sources. What stands before them differs from machine to machine.
const SOURCE_FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// The operation without its length: `send Binary` of `send Binary 2 MiB`.
pub(super) fn operation_class(operation: &str) -> &str {
    let mut words = operation.rsplitn(3, ' ');
    let (unit, number, class) = (words.next(), words.next(), words.next());
    let is_unit = matches!(unit, Some("B" | "KiB" | "MiB" | "GiB"));
    let is_number = number.is_some_and(|number| number.parse::<f64>().is_ok());
    class.filter(|_| is_unit && is_number).unwrap_or(operation)
}

/// The function by name alone: without closures, numbers of implementations, type arguments and hashes. These change when
/// another closure or implementation is added above, or with the way in which the compiler mangles names.
pub(super) fn function_name(function: &str) -> String {
    let mut name = String::with_capacity(function.len());
    for part in parts(function) {
        let is_numbered = part.starts_with('{') || (part.starts_with('<') && !name.is_empty());
        if is_numbered || is_hash(part) {
            continue;
        }
        if !name.is_empty() {
            name.push_str("::");
        }
        // `app[3f0c2a91]` is a crate with its hash.
        let bare = part
            .split_once('[')
            .filter(|(bare, _)| !bare.contains(['<', ' ']) && part.ends_with(']'));
        name.push_str(bare.map_or(part, |(bare, _)| bare));
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

/// Whether two paths name one file: they are the same, or the longer one ends with the shorter one.
pub(super) fn is_same_file(one: &str, other: &str) -> bool {
    let (one, other) = (one.replace('\\', "/"), other.replace('\\', "/"));
    let (long, short) = if one.len() < other.len() {
        (&other, &one)
    } else {
        (&one, &other)
    };
    let before = long.strip_suffix(short.as_str());
    !short.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

impl Frame {
    /// Whether it has the name of a function, and not only an address or a place in a file, such as `app+0x2724a`.
    pub(super) fn is_named(&self) -> bool {
        !self.function.starts_with("0x") && !self.function.contains("+0x")
    }
}

impl Writer {
    /// The frame of the call: the one on the line of the call site, or else the innermost one of the application, or else of a
    /// library. `None` if no frame has a name.
    pub(super) fn frame_of_call(&self) -> Option<&Frame> {
        let named = || self.backtrace.iter().filter(|frame| frame.is_named());
        let on_line = |site: &CallSite| {
            named().find(|frame| {
                let file = frame.file.as_deref().unwrap_or_default();
                frame.line == Some(site.line) && is_same_file(file, &site.file)
            })
        };
        let of = |origin: Origin| named().find(|frame| frame.origin == origin);
        self.call_site
            .as_ref()
            .and_then(on_line)
            .or_else(|| of(Origin::App))
            .or_else(|| of(Origin::Dependency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                "<app::Hub<T> as core::ops::Drop>::drop",
            ),
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

    #[test]
    fn a_shorter_path_names_the_file_that_a_longer_one_ends_with() {
        for (one, other, is_same) in [
            ("src/a.rs", "src/a.rs", true),
            ("src/a.rs", "/w/app/src/a.rs", true),
            ("src\\a.rs", "C:\\app\\src\\a.rs", true),
            ("rc/a.rs", "/w/app/src/a.rs", false),
            ("src/a.rs", "src/b.rs", false),
            ("", "src/b.rs", false),
        ] {
            assert_eq!(is_same_file(one, other), is_same, "{one} {other}");
            assert_eq!(is_same_file(other, one), is_same, "{one} {other}");
        }
    }
}
