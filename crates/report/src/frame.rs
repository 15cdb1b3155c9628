//! One line of a backtrace, and whose code it is.

use super::CallSite;

/// One function of a backtrace, inlined functions included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    /// The demangled name, or the address where no symbol is known.
    pub function: String,
    /// The source file, where debug information names it.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
    /// Whose code it is. Views fold the frames that are not the application's.
    pub origin: Origin,
}

/// Traits by which a stream hands on what it is given.
const FORWARDING: [&str; 7] = [
    "std::io::Read",
    "std::io::Write",
    "tokio::io::async_read::AsyncRead",
    "tokio::io::async_write::AsyncWrite",
    "futures_io::if_std::AsyncRead",
    "futures_io::if_std::AsyncWrite",
    "futures_sink::Sink",
];

impl Frame {
    /// The frame of the application that called, of these frames, the innermost one first. That is its innermost one; but a
    /// method of its own streams and sinks (`<Shared as std::io::Write>::write`) hands on what another frame of the application
    /// has given it, if there is one.
    pub fn calling<'f>(frames: impl Iterator<Item = &'f Frame> + Clone) -> Option<&'f Frame> {
        let mut own = frames.filter(|frame| frame.origin == Origin::App);
        let innermost = own.clone().next();
        own.find(|frame| !frame.hands_on()).or(innermost)
    }

    /// Whether the function is a method of a trait by which a stream hands on what it is given.
    fn hands_on(&self) -> bool {
        let is_followed = |rest: &str| rest.starts_with(['>', '<', ' ']);
        let mut implemented = [" as ", "<impl "].into_iter().flat_map(|before| {
            let parts = self.function.split(before).skip(1);
            parts.filter_map(|part| FORWARDING.iter().find_map(|name| part.strip_prefix(name)))
        });
        implemented.any(is_followed)
    }

    /// The frame's place in the source, where file and line are known.
    pub fn call_site(&self) -> Option<CallSite> {
        Some(CallSite {
            file: self.file.clone()?,
            line: self.line?,
            column: self.column.unwrap_or(1),
        })
    }
}

/// Whose code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "formats", serde(rename_all = "lowercase"))]
pub enum Origin {
    /// The application's own code: everything that is not one of the others.
    App,
    /// A crate from a registry or a git checkout.
    Dependency,
    /// The standard library, an async runtime, or the system below them.
    Runtime,
    /// The crates of redhanded.
    Redhanded,
}

impl Origin {
    /// The name in reports: `app`, `dependency`, `runtime` or `redhanded`.
    pub fn name(self) -> &'static str {
        match self {
            Origin::App => "app",
            Origin::Dependency => "dependency",
            Origin::Runtime => "runtime",
            Origin::Redhanded => "redhanded",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calling(functions: &[(&str, Origin)]) -> Option<String> {
        let frame = |(function, origin): &(&str, Origin)| Frame {
            function: (*function).to_owned(),
            file: None,
            line: None,
            column: None,
            origin: *origin,
        };
        let frames: Vec<_> = functions.iter().map(frame).collect();
        Frame::calling(frames.iter()).map(|frame| frame.function.clone())
    }

    #[test]
    fn the_application_called_where_no_stream_of_its_own_hands_on() {
        use Origin::{App, Redhanded, Runtime};
        let library = ("std::io::Write::write_all", Runtime);
        for stream in [
            "<app::Shared as std::io::Write>::write",
            "<app::Shared as std::io::Write>::write::{{closure}}",
            "app::shared::<impl std::io::Write for &app::Shared>::write",
            "<app::Shared<S> as tokio::io::async_write::AsyncWrite>::poll_write",
            "<app::Shared as futures_io::if_std::AsyncWrite>::poll_write",
            "<app::Shared as futures_sink::Sink<app::Item>>::start_send",
        ] {
            let own = ("redhanded::tap::write", Redhanded);
            let frames = [own, (stream, App), library, ("app::upload", App)];
            assert_eq!(calling(&frames).as_deref(), Some("app::upload"), "{stream}");
            assert_eq!(calling(&[own, (stream, App)]).as_deref(), Some(stream));
            let twice = [(stream, App), (stream, App), ("app::main", App)];
            assert_eq!(calling(&twice).as_deref(), Some("app::main"));
        }
        for function in [
            "app::upload",
            "<app::Shared as core::fmt::Write>::write_str",
            "<app::Shared as app::Write>::write",
            "<app::Shared as std::io::Writer>::write",
            "app::Shared::write",
        ] {
            let frames = [(function, App), ("app::main", App)];
            assert_eq!(calling(&frames).as_deref(), Some(function));
        }
        assert_eq!(calling(&[library]), None);
    }
}
