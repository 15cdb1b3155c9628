//! Which handles may have something queued, so that a look from aside is not at all of them.
//!
//! A handle has a bit, which it sets when its queue begins. A look takes the bits that are set, and clears those of handles with
//! nothing queued. 64 handles share a word, and a handle that queues with its bit set only loads it.
//!
//! The bit and the queue are two places, and no fence is between them: a fence would cost each message of a writer. So a writer
//! can see its bit set just when a look clears it. The look therefore comes to a handle once more after it has cleared its bit. By then, a
//! tick later, the store of the writer is visible.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const BITS: usize = 64;

/// The bit of one handle.
#[derive(Debug)]
pub(crate) struct Mark {
    word: Arc<AtomicU64>,
    index: u32,
}

impl Mark {
    #[inline]
    pub(crate) fn set(&self) {
        let bit = 1 << (self.index() % BITS);
        if self.word.load(Relaxed) & bit == 0 {
            self.word.fetch_or(bit, Relaxed);
        }
    }

    fn index(&self) -> usize {
        self.index as usize
    }
}

/// The bits of all handles, and whose they are.
#[derive(Debug)]
pub(crate) struct Marks<T>(Mutex<Table<T>>);

#[derive(Debug)]
struct Table<T> {
    words: Vec<Arc<AtomicU64>>,
    owners: Vec<Option<T>>,
    free: Vec<usize>,
    /// Those whose bits the last look has cleared.
    cleared: Vec<usize>,
}

impl<T> Default for Marks<T> {
    fn default() -> Self {
        Marks(Mutex::new(Table {
            words: Vec::new(),
            owners: Vec::new(),
            free: Vec::new(),
            cleared: Vec::new(),
        }))
    }
}

impl<T: Clone> Marks<T> {
    /// A bit that is not set, for an owner to be named.
    pub(crate) fn mark(&self) -> Mark {
        let mut table = self.table();
        let index = table.free.pop().unwrap_or_else(|| {
            table.owners.push(None);
            table.owners.len().saturating_sub(1)
        });
        let word = table.words.get(index / BITS).cloned();
        Mark {
            word: word.unwrap_or_else(|| {
                let word = Arc::default();
                table.words.push(Arc::clone(&word));
                word
            }),
            // No more than a million handles are on a wire, and each has a descriptor or memory of its own.
            index: u32::try_from(index).unwrap_or(u32::MAX),
        }
    }

    /// Says whose bit it is.
    pub(crate) fn own(&self, mark: &Mark, owner: T) {
        if let Some(place) = self.table().owners.get_mut(mark.index()) {
            *place = Some(owner);
        }
    }

    /// The owner is gone. Its bit is given to another one.
    pub(crate) fn release(&self, mark: &Mark) {
        let mut table = self.table();
        if let Some(place) = table.owners.get_mut(mark.index()) {
            *place = None;
        }
        table.clear(mark.index());
        table.free.push(mark.index());
    }

    /// Calls `look` for the owner of each bit that is set, or that the last look has cleared. Clears the bit if `look` says that
    /// there is nothing queued. Nothing is locked while `look` runs.
    pub(crate) fn look(&self, mut look: impl FnMut(&T) -> bool) {
        let mut cleared = Vec::new();
        for index in self.marked() {
            let owner = self.table().owners.get(index).cloned().flatten();
            let has_queued = owner.is_some_and(|owner| look(&owner));
            let mut table = self.table();
            if has_queued {
                table.set(index);
            } else if table.clear(index) {
                cleared.push(index);
            }
        }
        self.table().cleared = cleared;
    }

    /// Those to be looked at.
    fn marked(&self) -> Vec<usize> {
        let mut table = self.table();
        let mut marked = std::mem::take(&mut table.cleared);
        for (at, word) in table.words.iter().enumerate() {
            marked.extend(
                bits_of(word.load(Relaxed)).map(|bit| at.saturating_mul(BITS).saturating_add(bit)),
            );
        }
        marked.sort_unstable();
        marked.dedup();
        marked
    }

    fn table(&self) -> MutexGuard<'_, Table<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Table<T> {
    fn set(&mut self, index: usize) {
        if let Some(word) = self.words.get(index / BITS) {
            word.fetch_or(1 << (index % BITS), Relaxed);
        }
    }

    /// Gives whether the bit was set.
    fn clear(&mut self, index: usize) -> bool {
        let bit = 1 << (index % BITS);
        let word = self.words.get(index / BITS);
        word.is_some_and(|word| word.fetch_and(!bit, Relaxed) & bit != 0)
    }
}

/// The numbers of the bits that are set.
fn bits_of(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros() as usize;
        (word != 0).then(|| {
            word &= word.wrapping_sub(1);
            bit
        })
    })
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    fn looked_at(marks: &Marks<&'static str>, queued: &[&str]) -> Vec<&'static str> {
        let mut seen = Vec::new();
        marks.look(|owner| {
            seen.push(*owner);
            queued.contains(owner)
        });
        seen
    }

    #[test]
    fn only_those_that_are_marked_are_looked_at_and_once_more_after_they_were_cleared() {
        let marks = Marks::default();
        let [first, second, third] = ["first", "second", "third"].map(|owner| {
            let mark = marks.mark();
            marks.own(&mark, owner);
            mark
        });
        assert!(looked_at(&marks, &[]).is_empty());
        first.set();
        third.set();
        third.set();
        assert_eq!(looked_at(&marks, &["third"]), ["first", "third"]);
        assert_eq!(looked_at(&marks, &["third"]), ["first", "third"]);
        assert_eq!(looked_at(&marks, &[]), ["third"]);
        assert_eq!(
            looked_at(&marks, &["third"]),
            ["third"],
            "cleared too early"
        );
        assert_eq!(looked_at(&marks, &[]), ["third"]);
        assert_eq!(looked_at(&marks, &[]), ["third"]);
        assert!(looked_at(&marks, &[]).is_empty());
        second.set();
        marks.release(&second);
        assert!(looked_at(&marks, &[]).is_empty());
        let next = marks.mark();
        marks.own(&next, "next");
        assert!(looked_at(&marks, &[]).is_empty(), "a bit comes cleared");
        next.set();
        assert_eq!(looked_at(&marks, &[]), ["next"]);
    }

    #[test]
    fn a_thousand_owners_have_a_bit_each() {
        let marks = Marks::default();
        let all: Vec<Mark> = (0..1_000)
            .map(|number| {
                let mark = marks.mark();
                marks.own(&mark, number);
                mark
            })
            .collect();
        for number in [0, 63, 64, 999] {
            all[number].set();
        }
        let mut seen = Vec::new();
        marks.look(|owner| {
            seen.push(*owner);
            false
        });
        assert_eq!(seen, [0, 63, 64, 999]);
    }
}
