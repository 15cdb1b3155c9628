//! What is known of the handles of one wire, and who has just come.

use super::budget::Budget;
use super::clock;
use super::rhythm::Rhythm;
use super::side::{Couple, End, Spot};
use crate::wire::Claimed;
use crate::witness::{Lock, Runner};

/// How many handles of one wire are known.
const MOST: usize = 64;

/// The handles of one wire that have come.
#[derive(Debug)]
pub(super) struct Tracks {
    tracks: Vec<Track>,
    /// How long the writers of the wire were held.
    pub(super) budget: Budget,
}

impl Default for Tracks {
    fn default() -> Self {
        Tracks {
            tracks: Vec::new(),
            budget: Budget::OF_A_WIRE,
        }
    }
}

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
    /// What is known under its number: that is of no use without it.
    pub(super) spots: Vec<Spot>,
    pub(super) couples: Vec<Couple>,
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
            if self.tracks.len() >= MOST {
                return None;
            }
            self.tracks.push(Track {
                handle: coming.handle,
                spot: coming.spot,
                runner: coming.runner,
                rhythm: Rhythm::default(),
                locks: Vec::new(),
                missed: None,
                spots: Vec::new(),
                couples: Vec::new(),
            });
        }
        let track = self.get_mut(coming.handle)?;
        (track.spot, track.runner) = (coming.spot, coming.runner);
        if coming.spot.needs_backtrace() && !track.spots.contains(&coming.spot) {
            track.spots.push(coming.spot);
        }
        Some((track.rhythm.beat(coming.now), track.missed.take()))
    }

    /// The handles of other runners.
    pub(super) fn others(&self, coming: &Coming) -> impl Iterator<Item = &Track> {
        self.tracks
            .iter()
            .filter(move |track| track.handle != coming.handle && !track.runner.is(&coming.runner))
    }

    pub(super) fn get(&self, handle: u64) -> Option<&Track> {
        self.tracks.iter().find(|track| track.handle == handle)
    }

    pub(super) fn get_mut(&mut self, handle: u64) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.handle == handle)
    }

    /// Notes the pairs of a writer that are known under the number of a handle.
    pub(super) fn note_couples(&mut self, coming: &Coming) {
        let couples: Vec<Couple> = self
            .others(coming)
            .map(|track| Couple::of(coming.spot, track.spot))
            .filter(|couple| couple.spots.iter().any(|spot| spot.needs_backtrace()))
            .collect();
        if let Some(track) = self.get_mut(coming.handle) {
            for couple in couples {
                if !track.couples.contains(&couple) {
                    track.couples.push(couple);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, handle: u64) -> Option<Track> {
        let index = self
            .tracks
            .iter()
            .position(|track| track.handle == handle)?;
        Some(self.tracks.swap_remove(index))
    }

    /// How many handles have come.
    pub(super) fn count(&self) -> usize {
        self.tracks.len()
    }
}
