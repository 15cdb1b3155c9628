//! How a program makes its own stream types known.
#![allow(unsafe_code)] // `know` is unsafe to call, and what the macro calls is, too.

use super::cast::{add_by_field, add_by_function, is_known};
use crate::wire::Socket;

/// Makes a stream type known: says how to find the socket behind it. Call it once, before the first connection of that
/// type. References to the type, and boxes and the like of it, are known with it.
///
/// If the socket is in a field, [`know_field!`](crate::know_field) does the same without `unsafe`.
///
/// It is needed for types of your own that write straight to a socket. Do not use it for these:
/// - a type that takes turns by itself, because it locks inside `write` or has another thread write. Two handles on it keep
///   the contract, and would be accused.
/// - a type that keeps bytes back until it is flushed. The bytes that it accepts are not on the wire yet, and reports would
///   be wrong about the order of the bytes.
/// - a type that swallows bytes: it says that it has written them, and writes none, such as the half of a connection that
///   only reads. Give it no socket (`None`): then it is a connection of its own. Where the kernel counts (Linux, TCP), a
///   writer whose bytes did not go out is not accused. Elsewhere nothing tells.
///
/// # Safety
/// `S` must have no lifetime parameters: neither its own, as in `struct MyStream<'a>`, nor any in its type arguments, as in
/// `Wrapper<&'static TcpStream>`. This crate compares types with all lifetimes erased, so that it may call `find` with a
/// value whose borrows are shorter than `S` says. That `S` is `'static` does not help: `Wrapper<&'static TcpStream>` is.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// use redhanded::Socket;
/// # use std::net::TcpStream;
/// struct MyStream {
///     tcp: TcpStream,
///     // …
/// }
///
/// // SAFETY: MyStream has no lifetime parameters.
/// unsafe { redhanded::know::<MyStream>(|stream| Socket::of_tcp(&stream.tcp)) };
/// ```
pub unsafe fn know<S: 'static>(find: fn(&S) -> Option<Socket>) {
    // SAFETY: the caller promises it.
    unsafe { add_by_function(find) }
}

/// Makes a stream type known by the field that has its socket. Call it once, before the first connection of that type.
/// References to the type, and boxes and the like of it, are known with it.
///
/// The field's own type must be known: a socket of std or tokio, one of them in a box or in TLS, or a type that was itself
/// made known. A field of a field is named with a dot. The type may have parameters: name it as it is used. The types that
/// [`know`](crate::know) is not for are not for this either.
///
/// ```
/// # extern crate redhanded_core as redhanded;
/// # use std::net::TcpStream;
/// struct MyStream {
///     tcp: TcpStream,
///     // …
/// }
/// struct Shared<S>(S);
///
/// redhanded::know_field!(MyStream, tcp);
/// redhanded::know_field!(Shared<MyStream>, 0);
/// redhanded::know_field!(Shared<Box<TcpStream>>, 0);
/// ```
#[macro_export]
macro_rules! know_field {
    ($stream:ty, $($field:tt).+) => {
        // SAFETY: the closure names the very field whose offset this is, so that its type is the field's.
        // `offset_of!` passes through no pointer, and a field of a packed type does not compile.
        unsafe {
            $crate::know_at(
                ::core::mem::offset_of!($stream, $($field).+),
                |stream: &$stream| &stream.$($field).+,
            )
        }
    };
}

/// What [`know_field!`](crate::know_field) calls. `field` only names the type of the field: it is never called.
///
/// # Safety
/// At the offset, each `S` has the `F` that `field` gives.
#[doc(hidden)]
pub unsafe fn know_at<S, F>(offset: usize, _field: fn(&S) -> &F) {
    // A wrapper may call it for each of its connections.
    if !is_known::<S>() {
        // SAFETY: the caller promises it. No code of the program is called with either.
        unsafe { add_by_field::<S, F>(offset) }
    }
}
