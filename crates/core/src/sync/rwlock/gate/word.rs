//! Who is inside a gate and who waits, in one number. Pure.
//!
//! | bits | meaning |
//! |---|---|
//! | 26 | readers inside |
//! | 1 | a writer is inside |
//! | 1 | a reader may sleep |
//! | 1 | a writer was woken, and none that waits has tried to pass since |
//! | 22 | writers that wait: more than a system has threads |
//! | 13 | the process that wrote this, in a line of forks |
//!
//! Writers that wait go before readers, but not always, or readers would starve behind writers that come again and again. After
//! a step that wakes a writer, it is the readers' turn at the next such step, if the writer is not there until then: another
//! writer was quicker. std's lock does the same, by a mark of waiting writers that is taken away when one of them is woken.
//!
//! In a forked child no thread waits that waited in the parent, so what is said of those is forgotten there. Those that are inside
//! stay inside, as with std: the thread that forked may be one of them.

use crate::witness::Access;

const READER: u64 = 1;
const READERS: u64 = WRITER - READER;
const WRITER: u64 = 1 << 26;
const ASLEEP: u64 = 1 << 27;
const CALLED: u64 = 1 << 28;
const WAITING_WRITER: u64 = 1 << 29;
const WAITING_WRITERS: u64 = PROCESS - WAITING_WRITER;
const PROCESS: u64 = 1 << 51;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word(u64);

/// Who is to be told that it may pass now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wakes {
    None,
    Writer,
    Readers,
}

impl Word {
    /// What these bits say in the process of this generation.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn read(bits: u64, generation: u64) -> Word {
        let process = generation.wrapping_mul(PROCESS);
        if (bits ^ process) < PROCESS {
            Word(bits)
        } else {
            Word(bits & (READERS | WRITER) | process)
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// With one more inside, if that one may pass.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn passed(self, access: Access) -> Option<Word> {
        let (in_the_way, one) = match access {
            Access::Exclusive => (WRITER | READERS, WRITER),
            Access::Shared if self.0 & CALLED == 0 => (WRITER | WAITING_WRITERS, READER),
            // Those that sleep already come first.
            Access::Shared => (WRITER | ASLEEP, READER),
        };
        let is_full = self.0 & READERS == READERS;
        (self.0 & in_the_way == 0 && !is_full).then(|| Word(self.0.wrapping_add(one)))
    }

    /// As one that waits sees it when it tries to pass. If that is a writer, the one that was woken has come, or another one in its
    /// place.
    pub(super) fn answered(self, access: Access) -> Word {
        match access {
            Access::Exclusive => Word(self.0 & !CALLED),
            Access::Shared => self,
        }
    }

    /// With a reader beside those inside, though a writer waits. Only a reader that has been woken since it last tried may do so.
    pub(super) fn joined(self) -> Option<Word> {
        let readers = self.0 & READERS;
        let may_join = self.0 & WRITER == 0 && readers != 0 && readers != READERS;
        may_join.then(|| Word(self.0.wrapping_add(READER)))
    }

    /// With one that is about to sleep.
    pub(super) fn with_sleeper(self, access: Access) -> Word {
        match access {
            // It is counted since it waits.
            Access::Exclusive => self,
            Access::Shared => Word(self.0 | ASLEEP),
        }
    }

    /// Whether a reader sleeps, or is about to.
    #[cfg(test)]
    pub(super) fn has_sleeping_reader(self) -> bool {
        self.0 & ASLEEP != 0
    }

    /// Whether a writer waits.
    #[cfg(all(test, redhanded_loom))]
    pub(super) fn has_waiting_writer(self) -> bool {
        self.0 & WAITING_WRITERS != 0
    }

    /// Whether a writer was woken, and none has tried to pass since.
    #[cfg(all(test, redhanded_loom))]
    pub(super) fn has_called_writer(self) -> bool {
        self.0 & CALLED != 0
    }

    /// Whether a writer is inside, or any that a writer would wait for.
    pub(super) fn is_passed(self, by: Access) -> bool {
        let inside = match by {
            Access::Exclusive => WRITER,
            Access::Shared => WRITER | READERS,
        };
        self.0 & inside != 0
    }

    pub(super) fn with_waiting_writer(self) -> Word {
        if self.0 & WAITING_WRITERS == WAITING_WRITERS {
            return self;
        }
        Word(self.0.wrapping_add(WAITING_WRITER))
    }

    pub(super) fn without_waiting_writer(self) -> Word {
        // A signal handler may fork in the middle of a wait. What the child has forgotten is not counted down.
        if self.0 & WAITING_WRITERS == 0 {
            return self;
        }
        Word(self.0.wrapping_sub(WAITING_WRITER))
    }

    /// With one less inside.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn left(self, access: Access) -> Word {
        match access {
            Access::Exclusive => Word(self.0 & !WRITER),
            Access::Shared => Word(self.0.wrapping_sub(READER)),
        }
    }

    /// With a reader inside in the place of the writer, and who is to be told of it. Readers that sleep are, though a writer may
    /// wait: they read beside the one that has written.
    pub(super) fn downgraded(self) -> (Word, Wakes) {
        let downgraded = (self.0 & !WRITER).wrapping_add(READER);
        if downgraded & ASLEEP == 0 {
            return (Word(downgraded), Wakes::None);
        }
        (Word(downgraded).without_sleepers(), Wakes::Readers)
    }

    /// To be used where those that sleep are woken afterwards.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn without_sleepers(self) -> Word {
        Word(self.0 & !ASLEEP)
    }

    /// Who may pass now, after a step that made way, and the word when these are told.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn wakes(self) -> (Word, Wakes) {
        if self.0 & (ASLEEP | WAITING_WRITERS) == 0 {
            (self, Wakes::None)
        } else if self.0 & ASLEEP != 0 && self.without_sleepers().passed(Access::Shared).is_some() {
            (self.without_sleepers(), Wakes::Readers)
        } else if self.0 & WAITING_WRITERS != 0 && self.passed(Access::Exclusive).is_some() {
            (Word(self.0 | CALLED), Wakes::Writer)
        } else {
            (self, Wakes::None)
        }
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    #[test]
    fn those_that_may_pass_are_woken_and_no_other() {
        let (reader, writer) = (READER, WRITER);
        let (asleep, waiting, called) = (ASLEEP, WAITING_WRITER, CALLED);
        for (bits, after, wakes) in [
            (0, 0, Wakes::None),
            (reader, reader, Wakes::None),
            (asleep, 0, Wakes::Readers),
            (asleep | reader, reader, Wakes::Readers),
            (asleep | writer, asleep | writer, Wakes::None),
            (waiting, waiting | called, Wakes::Writer),
            (waiting | reader, waiting | reader, Wakes::None),
            (waiting | writer, waiting | writer, Wakes::None),
            (waiting | asleep, waiting | asleep | called, Wakes::Writer),
            (waiting | asleep | called, waiting | called, Wakes::Readers),
            (waiting | called, waiting | called, Wakes::Writer),
            (
                waiting | called | reader,
                waiting | called | reader,
                Wakes::None,
            ),
            (asleep | called, called, Wakes::Readers),
        ] {
            assert_eq!(Word(bits).wakes(), (Word(after), wakes), "{bits:#x}");
        }
    }

    #[test]
    fn a_downgrade_wakes_the_readers_that_sleep_before_the_writer_that_waits() {
        let (asleep, waiting) = (ASLEEP, WAITING_WRITER);
        for (bits, after, wakes) in [
            (WRITER, READER, Wakes::None),
            (WRITER | waiting, READER | waiting, Wakes::None),
            (WRITER | asleep, READER, Wakes::Readers),
            (WRITER | asleep | waiting, READER | waiting, Wakes::Readers),
        ] {
            assert_eq!(Word(bits).downgraded(), (Word(after), wakes), "{bits:#x}");
        }
    }

    #[test]
    fn a_reader_passes_a_writer_that_waits_if_one_was_woken_and_no_reader_sleeps() {
        let (asleep, waiting, called) = (ASLEEP, WAITING_WRITER, CALLED);
        for (bits, may_pass) in [
            (waiting, false),
            (waiting | called, true),
            (waiting | called | asleep, false),
            (waiting | called | WRITER, false),
        ] {
            let passed = Word(bits).passed(Access::Shared);
            assert_eq!(passed.is_some(), may_pass, "{bits:#x}");
        }
        let called = Word(waiting | called);
        assert_eq!(called.answered(Access::Exclusive), Word(waiting));
        assert_eq!(called.answered(Access::Shared), called);
    }

    #[test]
    fn a_reader_joins_other_readers_only() {
        for (bits, after) in [
            (0, None),
            (WRITER, None),
            (WAITING_WRITER, None),
            (READER, Some(Word(2 * READER))),
            (
                READER | WAITING_WRITER,
                Some(Word((2 * READER) | WAITING_WRITER)),
            ),
            (READERS, None),
        ] {
            assert_eq!(Word(bits).joined(), after, "{bits:#x}");
        }
    }

    #[test]
    fn a_child_forgets_those_that_waited_in_its_parent_and_no_one_that_was_inside() {
        for inside in [0, READER, 3 * READER, WRITER] {
            let parents = Word::read(inside | ASLEEP | (2 * WAITING_WRITER), 0);
            assert_eq!(
                parents.bits(),
                inside | ASLEEP | (2 * WAITING_WRITER),
                "in the parent"
            );
            let childs = Word::read(parents.bits(), 1);
            assert_eq!(childs.bits(), inside | PROCESS);
            assert_eq!(Word::read(childs.bits(), 1), childs);
            assert_eq!(childs.without_waiting_writer(), childs);
        }
    }

    #[test]
    fn more_readers_than_can_be_counted_do_not_pass() {
        assert_eq!(Word(READERS).passed(Access::Shared), None);
        let last = Word(READERS - READER).passed(Access::Shared);
        assert_eq!(last, Some(Word(READERS)));
    }
}
