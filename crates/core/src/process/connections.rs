//! What was watched so far: connections by library, and those on streams of a type that is not known.

use super::library::Library;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many different libraries, and how many types of streams, are told apart. A program has few of either.
const MOST: usize = 256;

/// A type of streams that is not known, and the library that was given one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UnknownType {
    pub(super) name: &'static str,
    pub(super) library: Library,
}

/// How many connections there were so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) by_library: Vec<(Library, u64)>,
    pub(super) unknown: Vec<(UnknownType, u64)>,
}

impl Counts {
    fn note(&mut self, library: Library, unknown_type: Option<&'static str>) {
        add(&mut self.by_library, library);
        if let Some(name) = unknown_type.filter(|name| may_share_a_socket(name)) {
            add(&mut self.unknown, UnknownType { name, library });
        }
    }
}

fn add<T: PartialEq>(counts: &mut Vec<(T, u64)>, what: T) {
    if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == what) {
        *count += 1;
    } else if counts.len() < MOST {
        counts.push((what, 1));
    }
}

/// The counts of a process. They are locked for one look, when a connection comes and when the worker reads them.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Counts>);

impl Connections {
    /// A connection was made by this library, on a stream of this type if the type is not known.
    pub(super) fn note(&self, library: Library, unknown_type: Option<&'static str>) {
        self.counts().note(library, unknown_type);
    }

    /// The counts as they are now.
    pub(super) fn read(&self) -> Counts {
        self.counts().clone()
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Layers that have the socket of what they are made of.
const LAYERS: [&str; 12] = [
    "alloc::boxed::Box",
    "alloc::rc::Rc",
    "alloc::sync::Arc",
    "core::pin::Pin",
    "async_tungstenite::compat::AllowStd",
    "async_tungstenite::tokio::TokioAdapter",
    "hyper_util::common::rewind::Rewind",
    "hyper_util::rt::tokio::TokioIo",
    "tokio::io::util::buf_stream::BufStream",
    "tokio::io::util::buf_writer::BufWriter",
    "tokio_tungstenite::compat::AllowStd",
    "tokio_util::compat::Compat",
];

/// Streams on which no two objects can share a socket. Those in memory have none. What hyper hands out after an upgrade
/// has its socket for itself.
const ALONE: [&str; 12] = [
    "[u8]",
    "alloc::collections::vec_deque::VecDeque",
    "alloc::vec::Vec",
    "hyper::upgrade::Upgraded",
    "poem::request::Upgraded",
    "reqwest::async_impl::upgrade::Upgraded",
    "rocket::data::io_stream::IoStream",
    "std::io::cursor::Cursor",
    "std::io::util::Empty",
    "tokio::io::util::mem::DuplexStream",
    "tokio::io::util::mem::SimplexStream",
    "tokio_test::io::Mock",
];

/// Whether two objects on streams of this type could share a socket. The compiler's names of types are no promise: a name
/// that is not understood may share one.
pub(super) fn may_share_a_socket(type_name: &str) -> bool {
    let is_between = |c: char| matches!(c, '<' | '>' | ',' | '&' | ' ');
    let mut names = type_name
        .split(is_between)
        .filter(|name| !matches!(*name, "" | "mut"));
    names
        .find(|name| !LAYERS.contains(name))
        .is_none_or(|name| !ALONE.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::any::type_name;
    use std::collections::VecDeque;
    use std::io::{Cursor, Empty};
    use std::net::TcpStream;
    use std::pin::Pin;

    const ONE: Library = Library {
        name: "one",
        version: "1",
    };

    /// The newtype that is recommended for a socket under a lock.
    struct Locked<S>(S);

    #[test]
    fn connections_are_counted_by_library_and_unknown_types_by_type_and_library() {
        let connections = Connections::default();
        for (library, unknown) in [
            (ONE, None),
            (ONE, Some("app::Locked")),
            (Library::TAP, Some("app::Locked")),
            (ONE, Some("app::Locked")),
            (ONE, Some(type_name::<Cursor<Vec<u8>>>())),
        ] {
            connections.note(library, unknown);
        }
        let name = "app::Locked";
        let counts = connections.read();
        assert_eq!(counts.by_library, [(ONE, 4), (Library::TAP, 1)]);
        let unknown = |library, count| (UnknownType { name, library }, count);
        assert_eq!(counts.unknown, [unknown(ONE, 2), unknown(Library::TAP, 1)]);
    }

    #[test]
    fn types_in_memory_and_types_with_a_socket_of_their_own_share_none() {
        let alone = [
            type_name::<Vec<u8>>(),
            type_name::<&[u8]>(),
            type_name::<&mut Vec<u8>>(),
            type_name::<Cursor<Vec<u8>>>(),
            type_name::<Cursor<&mut [u8]>>(),
            type_name::<Box<Cursor<&[u8]>>>(),
            type_name::<Pin<Box<VecDeque<u8>>>>(),
            type_name::<Empty>(),
            "hyper_util::rt::tokio::TokioIo<hyper::upgrade::Upgraded>",
            "poem::request::Upgraded",
            "async_tungstenite::compat::AllowStd<tokio_util::compat::Compat<reqwest::async_impl::upgrade::Upgraded>>",
            "tokio_util::compat::Compat<reqwest::async_impl::upgrade::Upgraded>",
        ];
        for name in alone {
            assert!(!may_share_a_socket(name), "{name}");
        }
        let shared = [
            type_name::<Locked<TcpStream>>(),
            type_name::<Box<Locked<Cursor<Vec<u8>>>>>(),
            type_name::<Box<dyn std::io::Write>>(),
            "tokio::io::util::buf_writer::BufWriter<tokio::net::tcp::stream::TcpStream>",
            "",
        ];
        for name in shared {
            assert!(may_share_a_socket(name), "{name}");
        }
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn streams_of_tokio_in_memory_share_no_socket() {
        for name in [
            type_name::<tokio::io::DuplexStream>(),
            type_name::<tokio::io::BufWriter<tokio::io::SimplexStream>>(),
        ] {
            assert!(!may_share_a_socket(name), "{name}");
        }
    }

    #[test]
    fn what_is_told_apart_is_bounded() {
        let connections = Connections::default();
        for number in 0..2 * MOST {
            connections.note(ONE, Some(String::leak(format!("app::T{number}"))));
        }
        let counts = connections.read();
        assert_eq!(counts.by_library, [(ONE, 2 * MOST as u64)]);
        assert_eq!(counts.unknown.len(), MOST);
    }
}
