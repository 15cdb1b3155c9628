//! A bounded map in shards, which writers only try to lock.

use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, TryLockError};

const SHARDS: usize = 16;

#[derive(Debug)]
pub(super) struct Shards<K, V> {
    shards: [Mutex<HashMap<K, V>>; SHARDS],
    count: AtomicUsize,
    most: usize,
    /// How often there was no room for one more.
    dropped: AtomicU64,
}

impl<K: Hash + Eq + Clone, V: Default> Shards<K, V> {
    /// A map that takes about so many.
    pub(super) fn with_room_for(most: usize) -> Self {
        Shards {
            shards: std::array::from_fn(|_| Mutex::default()),
            count: AtomicUsize::new(0),
            most,
            dropped: AtomicU64::new(0),
        }
    }

    /// Does something with the value of a key, which is made if there is room. `None` if there is none, or another thread has the
    /// shard.
    pub(super) fn try_with<R>(&self, key: &K, look: impl FnOnce(&mut V) -> R) -> Option<R> {
        let mut shard = match self.shard(key)?.try_lock() {
            Ok(shard) => shard,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        match shard.entry(key.clone()) {
            Entry::Occupied(mut known) => Some(look(known.get_mut())),
            Entry::Vacant(_) if self.count.load(Relaxed) >= self.most => {
                self.dropped.fetch_add(1, Relaxed);
                None
            }
            Entry::Vacant(new) => {
                self.count.fetch_add(1, Relaxed);
                Some(look(new.insert(V::default())))
            }
        }
    }

    /// Does something with the value of a key that is there. Not for writers.
    pub(super) fn with(&self, key: &K, look: impl FnOnce(&mut V)) {
        if let Some(shard) = self.shard(key) {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(value) = shard.get_mut(key) {
                look(value);
            }
        }
    }

    /// Forgets some of them. Not for writers.
    pub(super) fn remove(&self, keys: &[K]) {
        for key in keys {
            let Some(shard) = self.shard(key) else {
                continue;
            };
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if shard.remove(key).is_some() {
                self.count.fetch_sub(1, Relaxed);
            }
        }
    }

    /// Whether more than half of the room is taken.
    pub(super) fn is_half_full(&self) -> bool {
        self.count.load(Relaxed) > self.most / 2
    }

    fn shard(&self, key: &K) -> Option<&Mutex<HashMap<K, V>>> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        self.shards.get(hasher.finish() as usize % SHARDS)
    }

    /// Looks at all of them, shard by shard. Not for writers.
    pub(super) fn each(&self, mut look: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.iter().for_each(|(key, value)| look(key, value));
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_map_keeps_what_it_has_and_counts_what_it_drops() {
        let shards = Shards::<u32, u32>::with_room_for(2);
        for (key, expected) in [(1, Some(1)), (2, Some(1)), (3, None), (1, Some(2))] {
            let counted = shards.try_with(&key, |count| {
                *count += 1;
                *count
            });
            assert_eq!(counted, expected, "{key}");
        }
        assert!(shards.is_half_full());
        let mut all = Vec::new();
        shards.each(|key, count| all.push((*key, *count)));
        all.sort_unstable();
        assert_eq!((all, shards.dropped()), (vec![(1, 2), (2, 1)], 1));
        shards.remove(&[1, 3]);
        assert!(!shards.is_half_full());
        assert_eq!(shards.try_with(&3, |_| ()), Some(()));
    }

    #[test]
    fn a_shard_that_another_thread_has_is_not_waited_for() {
        let shards = Shards::<u32, u32>::with_room_for(1);
        let inner = shards.try_with(&1, |_| {
            std::thread::scope(|scope| scope.spawn(|| shards.try_with(&1, |_| ())).join())
        });
        assert_eq!(inner.unwrap().unwrap(), None);
    }
}
