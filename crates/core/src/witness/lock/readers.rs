//! The slots of those that hold a lock to read: one for each reader that holds it now.
//!
//! A reader takes the first slot that is free and gives it back when it lets go. Slots come in blocks, so that the first
//! readers of a lock allocate once and later ones not at all. Where more readers hold a lock than there may be slots, the
//! others are not known.

use super::slot::{Hold, Slot};
use once_cell::race::OnceBox;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

const SLOTS_OF_BLOCK: usize = 8;

/// How many readers of one lock are known at a time.
const MAX_SLOTS: u32 = 256;

/// The slot of one reader after another.
#[derive(Debug)]
pub(crate) struct ReaderSlot {
    is_taken: AtomicBool,
    pub(crate) slot: Slot,
}

impl ReaderSlot {
    fn new(number: u32) -> Self {
        ReaderSlot {
            is_taken: AtomicBool::new(false),
            slot: Slot::new(number),
        }
    }

    /// Takes the slot, if it is free.
    fn is_taken_now(&self) -> bool {
        // Acquire pairs with the release in `give_back`: the hold before has written its last.
        !self.is_taken.load(Relaxed)
            && self
                .is_taken
                .compare_exchange(false, true, Acquire, Relaxed)
                .is_ok()
    }

    /// The reader lets go of the lock, and of the slot.
    #[inline(always)]
    pub(crate) fn give_back(&self) {
        self.slot.note_release();
        self.is_taken.store(false, Release);
    }
}

/// The slots of a lock's readers.
#[derive(Debug, Default)]
pub(super) struct Readers {
    first: OnceBox<Block>,
}

#[derive(Debug)]
struct Block {
    slots: [ReaderSlot; SLOTS_OF_BLOCK],
    next: OnceBox<Block>,
}

impl Block {
    fn beginning_with(number: u32) -> Box<Block> {
        let slots = std::array::from_fn(|index| ReaderSlot::new(number.wrapping_add(index as u32)));
        Box::new(Block {
            slots,
            next: OnceBox::new(),
        })
    }
}

impl Readers {
    /// A free slot for a reader that has the lock. `None` if so many others have one.
    pub(super) fn take(&self) -> Option<&ReaderSlot> {
        let (mut place, mut number) = (&self.first, 1);
        while number < MAX_SLOTS {
            let block = place.get_or_init(|| Block::beginning_with(number));
            if let Some(free) = block.slots.iter().find(|slot| slot.is_taken_now()) {
                return Some(free);
            }
            place = &block.next;
            number = number.wrapping_add(SLOTS_OF_BLOCK as u32);
        }
        None
    }

    /// The holds of all readers.
    pub(super) fn holds(&self) -> impl Iterator<Item = Hold> + '_ {
        self.slots().filter_map(|reader| reader.slot.hold())
    }

    /// All slots, those that are free among them.
    pub(super) fn slots(&self) -> impl Iterator<Item = &ReaderSlot> {
        let blocks = std::iter::successors(self.first.get(), |block| block.next.get());
        blocks.flat_map(|block| &block.slots)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::witness::Site;

    #[test]
    fn each_reader_has_a_slot_and_those_that_are_given_back_are_used_again() {
        let readers = Readers::default();
        let taken: Vec<&ReaderSlot> = (0..20).map(|_| readers.take().unwrap()).collect();
        taken
            .iter()
            .for_each(|reader| reader.slot.note_taken_by_thread(Site::caller()));
        let mut ids: Vec<_> = readers.holds().map(|hold| hold.id.slot).collect();
        ids.dedup();
        assert_eq!(ids.len(), 20);
        taken[3].give_back();
        assert_eq!(readers.holds().count(), 19);
        assert!(std::ptr::eq(readers.take().unwrap(), taken[3]));
        assert_eq!(readers.slots().count(), 24);
    }

    #[test]
    fn memory_is_bounded_whatever_the_number_of_readers() {
        let readers = Readers::default();
        assert_eq!((0..1000).filter_map(|_| readers.take()).count(), 256);
    }
}
