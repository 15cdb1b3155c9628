//! Casts a stream of a generic type to its concrete type.
//!
//! `Any` cannot do this: it needs `'static`, and a bound on `S` would not be drop-in (`&TcpStream` in scoped threads would
//! not compile). `typeid::of` needs no bound. It compares types with all lifetimes erased, so that two types with the same
//! id have the same layout and differ in lifetimes at most. So the only danger is a reference that comes out with a longer
//! lifetime than it went in with. Two things prevent that:
//!
//! - [`view`] only gives out types that hold no borrowed data ([`Owned`], which is implemented in this file only), or
//!   references to such types, with the lifetime of the borrow of the stream.
//! - [`know`] lets the user name a type, and is therefore unsafe: the caller promises that the type has no lifetime
//!   parameters. [`know_adapter`] is unsafe for the same reason: the caller promises that no lifetime gets out.
#![allow(unsafe_code)]

use super::known::find_socket;
use crate::process::Library;
use crate::wire::Socket;
use std::any::TypeId;
use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::{Arc, PoisonError, RwLock};

/// Types that hold no borrowed data.
///
/// # Safety
/// The type must have no lifetime parameters, nor a type parameter that could bring one in.
pub(super) unsafe trait Owned: 'static {}

// SAFETY: neither has parameters.
unsafe impl Owned for TcpStream {}
// SAFETY: neither has parameters.
#[cfg(unix)]
unsafe impl Owned for std::os::unix::net::UnixStream {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Box<T> {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for std::rc::Rc<T> {}
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for Arc<T> {}
#[cfg(feature = "native-tls")]
// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for native_tls_crate::TlsStream<T> {}
#[cfg(feature = "rustls")]
// SAFETY: the connection has no parameters, and the stream is itself free of lifetimes.
unsafe impl<T: Owned + std::io::Read + std::io::Write> Owned
    for rustls::StreamOwned<rustls::ClientConnection, T>
{
}
#[cfg(feature = "rustls")]
// SAFETY: the connection has no parameters, and the stream is itself free of lifetimes.
unsafe impl<T: Owned + std::io::Read + std::io::Write> Owned
    for rustls::StreamOwned<rustls::ServerConnection, T>
{
}

// SAFETY: the only parameter is itself free of lifetimes.
unsafe impl<T: Owned> Owned for std::pin::Pin<Box<T>> {}

#[cfg(feature = "tokio")]
mod asynchronous {
    use super::Owned;
    use tokio::io::Join;

    // SAFETY: none has parameters.
    unsafe impl Owned for tokio::net::TcpStream {}
    // SAFETY: none has parameters.
    unsafe impl Owned for tokio::net::tcp::OwnedReadHalf {}
    // SAFETY: none has parameters.
    unsafe impl Owned for tokio::net::tcp::OwnedWriteHalf {}
    // SAFETY: none has parameters.
    #[cfg(unix)]
    unsafe impl Owned for tokio::net::UnixStream {}
    // SAFETY: none has parameters.
    #[cfg(unix)]
    unsafe impl Owned for tokio::net::unix::OwnedReadHalf {}
    // SAFETY: none has parameters.
    #[cfg(unix)]
    unsafe impl Owned for tokio::net::unix::OwnedWriteHalf {}
    // SAFETY: both parameters are themselves free of lifetimes.
    unsafe impl<R: Owned, W: Owned> Owned for Join<R, W> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "native-tls")]
    unsafe impl<T: Owned> Owned for tokio_native_tls::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::client::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::server::TlsStream<T> {}
    // SAFETY: the only parameter is itself free of lifetimes.
    #[cfg(feature = "rustls")]
    unsafe impl<T: Owned> Owned for tokio_rustls::TlsStream<T> {}
}

/// The stream as a `T`, if it is one or a reference to one.
pub(super) fn view<S, T: Owned>(stream: &S) -> Option<&T> {
    let id = typeid::of::<S>();
    if id == typeid::of::<T>() {
        // SAFETY: S and T are the same type but for lifetimes, and T has none (`Owned`): they are the same type.
        Some(unsafe { &*std::ptr::from_ref(stream).cast::<T>() })
    } else if id == typeid::of::<&T>() || id == typeid::of::<&mut T>() {
        // SAFETY: S is a reference to a T, shared or not, of some lifetime that outlives `stream`; both have the layout
        // of a pointer to T. It is only read through a shared reference, and only for as long as `stream` is borrowed.
        Some(unsafe { &**std::ptr::from_ref(stream).cast::<*const T>() })
    } else {
        None
    }
}

type Find = Arc<dyn Fn(*const ()) -> Option<Socket> + Send + Sync>;

/// How the socket of a type that was made known is found.
#[derive(Clone)]
struct Finder {
    find: Find,
    /// The library that the type is of, if connections on it are to be counted as that library's.
    library: Option<Library>,
}

static FINDERS: RwLock<Option<HashMap<TypeId, Finder>>> = RwLock::new(None);

/// Makes a stream type known: says how to find the socket behind it. Call it once, before the first connection of that
/// type. References to the type and boxes of it are known with it.
///
/// It is needed for types of your own that write straight to a socket. Do not use it for these:
/// - a type that takes turns by itself, because it locks inside `write` or has another thread write. Two handles on it keep
///   the contract, and would be accused.
/// - a type that keeps bytes back until it is flushed. The bytes that it accepts are not on the wire yet, and reports would
///   be wrong about the order of the bytes.
///
/// # Safety
/// `S` must have no lifetime parameters: neither its own, as in `struct MyStream<'a>`, nor any in its type arguments, as in
/// `Wrapper<&'static TcpStream>`. This crate compares types with all lifetimes erased, so that it may call `find` with a
/// value whose borrows are shorter than `S` says.
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
    // SAFETY, of both: `find_known` passes a pointer to a live value of the type under whose id the finder is kept.
    // The caller of `know` has promised that S has no lifetimes in which the value's type could differ from S. A
    // reference and a box have the layout of a pointer to what they point to, and it is only read for as long as they
    // are borrowed.
    let itself: Find = Arc::new(move |stream| find(unsafe { &*stream.cast::<S>() }));
    let pointer: Find = Arc::new(move |stream| find(unsafe { &**stream.cast::<*const S>() }));
    keep([
        (typeid::of::<S>(), itself),
        (typeid::of::<&S>(), pointer.clone()),
        (typeid::of::<&mut S>(), pointer.clone()),
        (typeid::of::<Box<S>>(), pointer),
    ]);
}

/// Makes an adapter known: a type that passes each write on to a stream inside it. It has the socket of that stream, of
/// whatever type the stream is.
///
/// It is for a library that puts its own type round the stream of a program, such as one that makes an asynchronous stream a
/// blocking one. Call it when an adapter is made. From the second time on, it costs a look into a table. Connections on the adapter count as
/// those of `library`.
///
/// # Safety
/// `inner` must do nothing but give a reference to a part of the adapter. This crate compares types with all lifetimes
/// erased, so that it may call `inner` with an adapter whose borrows are shorter than `A` says.
pub unsafe fn know_adapter<A, S>(inner: fn(&A) -> &S, library: Library) {
    let id = typeid::of::<A>();
    let finders = FINDERS.read().unwrap_or_else(PoisonError::into_inner);
    if finders
        .as_ref()
        .is_some_and(|finders| finders.contains_key(&id))
    {
        return;
    }
    drop(finders);
    // A function of a type without lifetimes, which can be kept for ever.
    // SAFETY: all pointers to functions have one layout, and `find_inside` makes it again what it was.
    let inner = unsafe { std::mem::transmute::<fn(&A) -> &S, fn()>(inner) };
    let find_inside: unsafe fn(fn(), *const ()) -> Option<Socket> = find_inside::<A, S>;
    // SAFETY: `inner` comes from the same two types, and `find_known` passes a pointer to a live value of the type under whose
    // id the finder is kept.
    let find: Find = Arc::new(move |adapter| unsafe { find_inside(inner, adapter) });
    let library = Some(library);
    let mut finders = FINDERS.write().unwrap_or_else(PoisonError::into_inner);
    let finders = finders.get_or_insert_default();
    finders.insert(id, Finder { find, library });
}

/// # Safety
/// `inner` must be a `fn(&A) -> &S` that keeps the promise of [`know_adapter`], and `adapter` a live `A` but for lifetimes.
unsafe fn find_inside<A, S>(inner: fn(), adapter: *const ()) -> Option<Socket> {
    // SAFETY: the caller says so.
    let (inner, adapter) = unsafe {
        (
            std::mem::transmute::<fn(), fn(&A) -> &S>(inner),
            &*adapter.cast::<A>(),
        )
    };
    find_socket(inner(adapter))
}

fn keep<const N: usize>(known: [(TypeId, Find); N]) {
    let mut finders = FINDERS.write().unwrap_or_else(PoisonError::into_inner);
    let library = None;
    let known = known.map(|(id, find)| (id, Finder { find, library }));
    finders.get_or_insert_default().extend(known);
}

/// The socket of a stream whose type [`know`] or [`know_adapter`] has made known.
pub(super) fn find_known<S>(stream: &S) -> Option<Socket> {
    // The lock is not held when the user's function runs.
    let finder = finder::<S>()?;
    (finder.find)(std::ptr::from_ref(stream).cast())
}

/// The library whose adapter the type is.
pub(crate) fn library_of<S>() -> Option<Library> {
    finder::<S>()?.library
}

fn finder<S>() -> Option<Finder> {
    let finders = FINDERS.read().unwrap_or_else(PoisonError::into_inner);
    finders.as_ref()?.get(&typeid::of::<S>()).cloned()
}
