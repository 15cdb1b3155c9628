//! What the two types `Exclusive` have in common: the watched one, and the plain one of a crate that is off.
//!
//! Each half declares `Exclusive` with a field `lock`, `ExclusiveGuard` with a field `guard`, and `Entering`. Everything
//! that does not depend on the half is written here. `tests/api/sync.rs` holds both against one list of signatures.

/// The methods and traits that are the same in both halves.
#[doc(hidden)]
#[macro_export]
macro_rules! exclusive_in_both_states {
    () => {
        impl<T> Exclusive<T> {
            /// Gives the value back.
            ///
            /// # Panics
            /// If a guard was leaked with `std::mem::forget`: the value is gone with it.
            pub fn into_inner(self) -> T {
                self.lock.into_inner().expect("no guard was leaked")
            }
        }

        impl<T: Default> Default for Exclusive<T> {
            #[track_caller]
            fn default() -> Self {
                Exclusive::new(T::default())
            }
        }

        impl<T> From<T> for Exclusive<T> {
            #[track_caller]
            fn from(value: T) -> Self {
                Exclusive::new(value)
            }
        }

        impl<T> std::ops::Deref for ExclusiveGuard<'_, T> {
            type Target = T;

            #[inline(always)]
            fn deref(&self) -> &T {
                &self.guard
            }
        }

        impl<T> std::ops::DerefMut for ExclusiveGuard<'_, T> {
            #[inline(always)]
            fn deref_mut(&mut self) -> &mut T {
                &mut self.guard
            }
        }

        impl<T> std::fmt::Debug for Exclusive<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Exclusive").finish_non_exhaustive()
            }
        }

        impl<T> std::fmt::Debug for Entering<'_, T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct("Entering").finish_non_exhaustive()
            }
        }

        impl<T: std::fmt::Debug> std::fmt::Debug for ExclusiveGuard<'_, T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&**self, f)
            }
        }
    };
}
