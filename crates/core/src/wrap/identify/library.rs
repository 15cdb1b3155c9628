//! Libraries that put a type of their own round the user's stream, above a library that is wrapped.

use crate::forks::{self, PerProcess};
use crate::process::Library;
use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

static LIBRARIES: PerProcess<RwLock<BTreeMap<TypeId, Library>>> = PerProcess::new(|before| {
    let before = before.and_then(forks::inherited_shared);
    RwLock::new(before.map_or_else(BTreeMap::new, |libraries| libraries.clone()))
});

/// Makes connections on streams of this type count as those of the library whose type it is, and not as those of the
/// library below, which is wrapped. A library may call it for each of its connections. [`know_field!`](crate::know_field)
/// says where the socket is.
pub fn name_library<S>(library: Library) {
    if library_of::<S>().is_none() {
        let mut libraries = LIBRARIES
            .get()
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        libraries.insert(typeid::of::<S>(), library);
    }
}

/// The library whose type it is, if it has said so.
pub(crate) fn library_of<S>() -> Option<Library> {
    let libraries = LIBRARIES
        .get()
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    libraries.get(&typeid::of::<S>()).copied()
}
