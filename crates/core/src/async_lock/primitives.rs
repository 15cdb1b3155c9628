//! What the lock is made of: std's and crossbeam's primitives, or loom's under the model checker.

#[cfg(not(redhanded_loom))]
mod chosen {
    use crossbeam_utils::atomic::AtomicCell;

    pub(crate) use std::sync::atomic::AtomicBool;
    pub(crate) use std::sync::{Condvar, Mutex, MutexGuard};

    /// A boxed value, or none. The only access is one atomic exchange that acquires and releases.
    pub(crate) struct Exchanged<T>(AtomicCell<Option<Box<T>>>);

    impl<T> Exchanged<T> {
        pub(crate) fn new(value: Box<T>) -> Self {
            Exchanged(AtomicCell::new(Some(value)))
        }

        #[inline(always)]
        pub(crate) fn exchange(&self, value: Option<Box<T>>) -> Option<Box<T>> {
            self.0.swap(value)
        }

        pub(crate) fn into_inner(self) -> Option<Box<T>> {
            self.0.into_inner()
        }
    }
}

#[cfg(redhanded_loom)]
mod chosen {
    use loom::sync::atomic::Ordering::AcqRel;
    use std::sync::PoisonError;

    pub(crate) use loom::sync::atomic::AtomicBool;
    pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard};

    /// The same in two parts. loom sees the part that orders: whether there is a value.
    pub(crate) struct Exchanged<T> {
        is_there: AtomicBool,
        value: std::sync::Mutex<Option<Box<T>>>,
    }

    impl<T> Exchanged<T> {
        pub(crate) fn new(value: Box<T>) -> Self {
            Exchanged {
                is_there: AtomicBool::new(true),
                value: std::sync::Mutex::new(Some(value)),
            }
        }

        pub(crate) fn exchange(&self, value: Option<Box<T>>) -> Option<Box<T>> {
            let is_there = value.is_some();
            if is_there {
                *self.value() = value;
            }
            let was_there = self.is_there.swap(is_there, AcqRel);
            if was_there { self.value().take() } else { None }
        }

        pub(crate) fn into_inner(self) -> Option<Box<T>> {
            self.value().take()
        }

        fn value(&self) -> std::sync::MutexGuard<'_, Option<Box<T>>> {
            self.value.lock().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

pub(crate) use chosen::*;
