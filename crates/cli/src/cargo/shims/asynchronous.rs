//! async-tungstenite over the shim of tungstenite.
//!
//! The library puts a private type round the user's stream, `AllowStd<S>`, and gives that to tungstenite. Here its copy
//! gets a few lines, so that the detector finds the socket behind that type, and so that a poll, which only sets
//! a waker, does not lend the stream. No line of the library changes its number.

use super::folder::Files;
use std::path::Path;

/// The file that is added to the library.
const STREAMS: &str = include_str!("facades/async_streams.rs");

/// What is put into a file of the library.
struct Addition {
    file: &'static str,
    /// A text that must be in the file exactly once, and what comes in its place.
    replaced: Option<(&'static str, &'static str)>,
    /// What comes behind the file's last line.
    appended: &'static str,
    /// Not every line of versions has the file.
    is_optional: bool,
}

const ADDITIONS: [Addition; 6] = [
    Addition {
        file: "src/lib.rs",
        replaced: Some((
            "self.inner.get_mut().set_waker(",
            "self.inner.get_ref().set_waker(",
        )),
        appended: "mod redhanded_streams;\n",
        is_optional: false,
    },
    Addition {
        file: "src/compat.rs",
        replaced: Some((
            "pub(crate) fn new(inner: S, waker: &Waker) -> Self {",
            "pub(crate) fn new(inner: S, waker: &Waker) -> Self { Self::make_known();",
        )),
        appended: "impl<S> AllowStd<S> {
    fn make_known() {
        crate::redhanded_streams::make_known();
        redhanded_core::know_field!(AllowStd<S>, inner);
        redhanded_core::wrap::name_library::<Self>(crate::redhanded_streams::LIBRARY);
    }
}
",
        is_optional: false,
    },
    Addition {
        file: "src/stream.rs",
        replaced: None,
        appended: "impl<S, T> crate::redhanded_streams::Find for Stream<S, T> {
    fn find(&self) -> Option<redhanded_core::Socket> {
        Some(match self {
            Stream::Plain(stream) => redhanded_core::wrap::socket_of(stream),
            Stream::Tls(stream) => redhanded_core::wrap::socket_of(stream).encrypted(),
        })
    }
}
",
        is_optional: true,
    },
    Addition {
        file: "src/tokio.rs",
        replaced: Some((
            "pub fn new(inner: T) -> Self {",
            "pub fn new(inner: T) -> Self { Self::make_known();",
        )),
        appended: "impl<T> TokioAdapter<T> {
    fn make_known() {
        redhanded_core::know_field!(TokioAdapter<T>, inner);
    }
}

impl<T> crate::redhanded_streams::Find for TokioAdapter<T> {
    fn find(&self) -> Option<redhanded_core::Socket> {
        Some(redhanded_core::wrap::socket_of(&self.inner))
    }
}

pub(crate) fn make_known() {
    crate::redhanded_streams::know::<ConnectStream>();
}
",
        is_optional: true,
    },
    Addition {
        file: "src/async_std.rs",
        replaced: None,
        appended: "crate::redhanded_streams::find!(::async_std::net::TcpStream);

pub(crate) fn make_known() {
    crate::redhanded_streams::know::<::async_std::net::TcpStream>();
    crate::redhanded_streams::know::<ConnectStream>();
}
",
        is_optional: true,
    },
    Addition {
        file: "src/smol.rs",
        replaced: None,
        appended: "crate::redhanded_streams::find!(::async_net::TcpStream);

pub(crate) fn make_known() {
    crate::redhanded_streams::know::<::async_net::TcpStream>();
    crate::redhanded_streams::know::<ConnectStream>();
}
",
        is_optional: true,
    },
];

/// The library with these lines. As it was, if a later release has other lines there: then it is watched all the same, and
/// its streams are of an unknown type.
pub(super) fn make_known(library: Files) -> Files {
    let Some(mut known) = add_all(&library) else {
        return library;
    };
    known.insert("src/redhanded_streams.rs".into(), STREAMS.into());
    known
}

fn add_all(library: &Files) -> Option<Files> {
    let mut known = library.clone();
    for addition in &ADDITIONS {
        match known.get_mut(Path::new(addition.file)) {
            Some(file) => *file = add(addition, str::from_utf8(file).ok()?)?.into_bytes(),
            None if addition.is_optional => {}
            None => return None,
        }
    }
    Some(known)
}

fn add(addition: &Addition, source: &str) -> Option<String> {
    let mut source = match addition.replaced {
        Some((from, _)) if source.matches(from).count() != 1 => return None,
        Some((from, to)) => source.replace(from, to),
        None => source.to_owned(),
    };
    source.push('\n');
    source.push_str(addition.appended);
    Some(source)
}
