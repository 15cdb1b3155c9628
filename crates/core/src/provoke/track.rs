//! What is known of the handles of one wire, and who has just come.

use super::clock;
use super::rhythm::Rhythm;
use super::side::{Couple, End, Spot};
use crate::wire::Claimed;
use crate::witness::{Lock, Runner};

/// How many handles of one wire are known.
const MOST: usize = 64;

/// The handles of one wire that have come.
#[derive(Debug, Default)]
pub(super) struct Tracks(Vec<Track>);

/// What is known of a handle.
#[derive(Debug)]
pub(super) struct Track {
    pub(super) handle: u64,
    pub(super) spot: Spot,
    runner: Runner,
    pub(super) rhythm: Rhythm,
    /// The watched locks that it had when it was last about to be held.
    pub(super) locks: Vec<Lock>,
    /// A hold of another handle that this one did not come into.
    pub(super) missed: Option<Missed>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Missed {
    pub(super) other: Other,
    /// When it was over, and how long it was, in nanoseconds.
    pub(super) ended: u64,
    pub(super) length: u64,
}

/// A writer that has just come.
#[derive(Debug)]
pub(super) struct Coming {
    pub(super) handle: u64,
    pub(super) spot: Spot,
    runner: Runner,
    pub(super) now: u64,
}

/// The handle that a writer is held for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Other {
    pub(super) handle: u64,
    pub(super) couple: Couple,
    /// Which of the couple is held.
    pub(super) held: End,
}

impl Coming {
    pub(super) fn of(claimed: &Claimed<'_>) -> Coming {
        Coming {
            handle: claimed.caller.handle,
            spot: Spot::of(&claimed.caller),
            runner: Runner::this(),
            now: clock::now(),
        }
    }
}

impl Other {
    pub(super) fn of(track: &Track, coming: &Coming) -> Other {
        let couple = Couple::of(coming.spot, track.spot);
        Other {
            handle: track.handle,
            held: couple.end(coming.spot),
            couple,
        }
    }
}

impl Tracks {
    /// Notes that a handle has come. Gives the time since it came last, and the hold that it has missed meanwhile. `None` if there
    /// are too many handles.
    pub(super) fn note(&mut self, coming: &Coming) -> Option<(Option<u64>, Option<Missed>)> {
        if self.get_mut(coming.handle).is_none() {
            if self.0.len() >= MOST {
                return None;
            }
            self.0.push(Track {
                handle: coming.handle,
                spot: coming.spot,
                runner: coming.runner,
                rhythm: Rhythm::default(),
                locks: Vec::new(),
                missed: None,
            });
        }
        let track = self.get_mut(coming.handle)?;
        (track.spot, track.runner) = (coming.spot, coming.runner);
        Some((track.rhythm.beat(coming.now), track.missed.take()))
    }

    /// The handles of other runners.
    pub(super) fn others(&self, coming: &Coming) -> impl Iterator<Item = &Track> {
        self.0
            .iter()
            .filter(move |track| track.handle != coming.handle && !track.runner.is(&coming.runner))
    }

    pub(super) fn get(&self, handle: u64) -> Option<&Track> {
        self.0.iter().find(|track| track.handle == handle)
    }

    pub(super) fn get_mut(&mut self, handle: u64) -> Option<&mut Track> {
        self.0.iter_mut().find(|track| track.handle == handle)
    }

    pub(super) fn remove(&mut self, handle: u64) {
        self.0.retain(|track| track.handle != handle);
    }

    /// How many handles have come.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
