//! Casts a stream of a generic type to its concrete type, and asks that for its socket.
//!
//! `Any` cannot do this: it needs `'static`, and a bound on `S` would not be drop-in (`&TcpStream` in scoped threads would
//! not compile). `typeid::of` needs no bound. It compares types with all lifetimes erased, so that two types with the same
//! id have the same layout and differ in lifetimes at most. So the only danger is a reference that comes out with a longer
//! lifetime than it went in with. Nothing that is called with a cast reference can let that happen:
//!
//! - a type that is known from the start holds no borrowed data ([`Owned`](super::owned::Owned)), so that the cast changes
//!   no lifetime;
//! - a type of [`know`](super::know::know) has no lifetime parameters, which its caller promises;
//! - a type of `know_field!` is not handed to any code: only the address of its field is, to
//!   the same search.
#![allow(unsafe_code)]

use super::known::{self, HasSocket};
use crate::forks::{self, PerProcess};
use crate::wire::Socket;
use std::any::TypeId;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, PoisonError, RwLock};

/// Finds the socket of the value at an address.
type Find = Arc<dyn Fn(*const ()) -> Socket + Send + Sync>;

/// The way from a pointer type to what it points to: from the address of a pointer to that of its target.
type Way = unsafe fn(*const ()) -> *const ();

/// How to find the socket of a type.
#[derive(Clone)]
struct Finder {
    way: Way,
    find: Find,
}

/// The types that are known.
#[derive(Clone, Default)]
pub(super) struct Finders(HashMap<TypeId, Finder>);

/// The types of libraries and those that the program has made known. `None` until the first is asked for.
static FINDERS: PerProcess<RwLock<Option<Finders>>> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited_shared);
    RwLock::new(before.and_then(|finders| finders.clone()))
});

impl Finders {
    /// Adds a type, references to it, and the usual pointers to it.
    pub(super) fn add<T: HasSocket>(&mut self) {
        let find: Find = Arc::new(|stream| {
            // SAFETY: the finder is kept under the id of T, which has no lifetimes (`Owned`): `stream` is the address of
            // a T, which is borrowed while this runs.
            told(unsafe { &*stream.cast::<T>() }.socket())
        });
        self.insert::<T>(&find);
    }

    /// Adds what finds the socket of an `S`, for `S`, references to it, and the usual pointers to it.
    fn insert<S>(&mut self, find: &Find) {
        let ways = [
            (typeid::of::<S>(), itself as Way),
            (typeid::of::<&S>(), pointer),
            (typeid::of::<&mut S>(), pointer),
            (typeid::of::<Pin<&mut S>>(), pointer),
            (typeid::of::<Box<S>>(), pointer),
            (typeid::of::<Pin<Box<S>>>(), pointer),
            (typeid::of::<&Box<S>>(), pointer_to_pointer),
            (typeid::of::<&mut Box<S>>(), pointer_to_pointer),
            (typeid::of::<&mut Pin<Box<S>>>(), pointer_to_pointer),
            (typeid::of::<Box<Box<S>>>(), pointer_to_pointer),
            (typeid::of::<Arc<S>>(), counted::<S, Arc<S>>),
            (typeid::of::<&Arc<S>>(), pointer_to_counted::<S, Arc<S>>),
            (typeid::of::<&mut Arc<S>>(), pointer_to_counted::<S, Arc<S>>),
            (typeid::of::<Box<Arc<S>>>(), pointer_to_counted::<S, Arc<S>>),
            (typeid::of::<Arc<Box<S>>>(), counted_pointer::<S>),
            (typeid::of::<Rc<S>>(), counted::<S, Rc<S>>),
            (typeid::of::<&Rc<S>>(), pointer_to_counted::<S, Rc<S>>),
            (typeid::of::<&mut Rc<S>>(), pointer_to_counted::<S, Rc<S>>),
        ];
        for (id, way) in ways {
            let find = find.clone();
            self.0.insert(id, Finder { way, find });
        }
    }
}

/// A stream of a known type whose socket the system does not tell has none.
fn told(socket: Option<Socket>) -> Socket {
    socket.unwrap_or_else(Socket::unknown)
}

fn itself(value: *const ()) -> *const () {
    value
}

/// References and boxes of a sized type have the layout of a pointer to it, and so does a pin of either.
unsafe fn pointer(value: *const ()) -> *const () {
    // SAFETY: `value` is the address of such a pointer.
    unsafe { *value.cast::<*const ()>() }
}

unsafe fn pointer_to_pointer(value: *const ()) -> *const () {
    // SAFETY: `value` is the address of a pointer to a pointer.
    unsafe { pointer(pointer(value)) }
}

/// `P` is `Rc<S>` or `Arc<S>`, which is read only to get at its target.
unsafe fn counted<S, P: AsRef<S>>(value: *const ()) -> *const () {
    // SAFETY: `value` is the address of a P, but for lifetimes in S. Nothing of it is handed on but an address.
    std::ptr::from_ref(unsafe { &*value.cast::<P>() }.as_ref()).cast()
}

unsafe fn pointer_to_counted<S, P: AsRef<S>>(value: *const ()) -> *const () {
    // SAFETY: `value` is the address of a pointer to a P.
    unsafe { counted::<S, P>(pointer(value)) }
}

unsafe fn counted_pointer<S>(value: *const ()) -> *const () {
    // SAFETY: `value` is the address of an Arc of a box.
    unsafe { pointer(counted::<Box<S>, Arc<Box<S>>>(value)) }
}

/// Makes an `S` known by a function of the program.
///
/// # Safety
/// `S` has no lifetime parameters.
pub(super) unsafe fn add_by_function<S: 'static>(find: fn(&S) -> Option<Socket>) {
    // SAFETY: the finder is kept under the id of S, which has no lifetimes, as the caller promises: `stream` is the
    // address of an S, which is borrowed while this runs.
    let find: Find = Arc::new(move |stream| told(find(unsafe { &*stream.cast::<S>() })));
    with_finders(|finders| finders.insert::<S>(&find));
}

/// Makes an `S` known by its field at an offset, which is an `F`.
///
/// # Safety
/// Each `S` has an `F` at the offset, whatever the lifetimes in both.
pub(super) unsafe fn add_by_field<S, F>(offset: usize) {
    let find: Find = Arc::new(move |stream| {
        // SAFETY: `stream` is the address of an S, but for lifetimes, which is borrowed while this runs. At the offset
        // there is an F, but for lifetimes. The search hands the reference to no code that could keep it.
        socket_of(unsafe { &*stream.cast::<u8>().add(offset).cast::<F>() })
    });
    with_finders(|finders| finders.insert::<S>(&find));
}

/// Whether the type is known.
pub(super) fn is_known<S>() -> bool {
    let finders = FINDERS.get().read().unwrap_or_else(PoisonError::into_inner);
    let finders = finders.as_ref();
    finders.is_some_and(|finders| finders.0.contains_key(&typeid::of::<S>()))
}

fn with_finders<R>(use_them: impl FnOnce(&mut Finders) -> R) -> R {
    let mut finders = FINDERS
        .get()
        .write()
        .unwrap_or_else(PoisonError::into_inner);
    use_them(finders.get_or_insert_with(known::all))
}

fn finder_of(id: TypeId) -> Option<Finder> {
    let finders = FINDERS.get().read().unwrap_or_else(PoisonError::into_inner);
    if let Some(finders) = &*finders {
        return finders.0.get(&id).cloned();
    }
    drop(finders);
    with_finders(|finders| finders.0.get(&id).cloned())
}

/// The socket behind a stream. A stream of an unknown type counts as a socket of its own.
pub fn socket_of<S>(stream: &S) -> Socket {
    // Cloned, so that a function of the program runs without the lock.
    let Some(Finder { way, find }) = finder_of(typeid::of::<S>()) else {
        return Socket::of_unknown_type(std::any::type_name::<S>());
    };
    // SAFETY: the way is kept under the id of S, and what it leads from is a value of S, but for lifetimes.
    let target = unsafe { way(std::ptr::from_ref(stream).cast()) };
    find(target)
}
