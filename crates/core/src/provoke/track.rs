//! What is known of the handles of one wire, and who has just come.

use super::budget::Budget;
use super::clock;
use super::rhythm::Rhythm;
use super::side::{Couple, End, Spot};
use crate::wire::Claimed;
use crate::witness::{Lock, Runner};

/// How many handles of one wire are known.
const MOST: usize = 64;

/// How many of them are gone. A program may make an object for each message: the next one from the same call site goes on
/// with what is known of the last.
const MOST_GONE: usize = 8;

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
    /// The handle is not on the wire any more, and another one from its call site may come.
    is_gone: bool,
    pub(super) spot: Spot,
    runner: Runner,
    pub(super) rhythm: Rhythm,
    /// The watched locks that it had when it was last about to be held.
    pub(super) locks: Vec<Lock>,
    /// A hold of another handle that this one did not come into.
    pub(super) missed: Option<Missed>,
    /// What is known under its number: that is of no use without it.
    spots: Vec<Spot>,
    couples: Vec<Couple>,
}

impl Track {
    /// Whether the handle is not on the wire any more.
    pub(super) fn is_gone(&self) -> bool {
        self.is_gone
    }
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
        if self.get_mut(coming.handle).is_none() && !self.take_over(coming) {
            if self.tracks.len() >= MOST && !self.forget_oldest_gone() {
                return None;
            }
            self.tracks.push(Track {
                handle: coming.handle,
                is_gone: false,
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

    /// A new handle goes on with what is known of one that is gone, from the same call site.
    fn take_over(&mut self, coming: &Coming) -> bool {
        let is_same = |track: &&mut Track| track.is_gone && track.spot == coming.spot;
        let Some(gone) = self.tracks.iter_mut().find(is_same) else {
            return false;
        };
        (gone.handle, gone.is_gone) = (coming.handle, false);
        true
    }

    fn forget_oldest_gone(&mut self) -> bool {
        let gone = self.tracks.iter().filter(|track| track.is_gone);
        let oldest = gone.min_by_key(|track| track.rhythm.last());
        let oldest = oldest.map(|track| track.handle);
        self.tracks.retain(|track| Some(track.handle) != oldest);
        oldest.is_some()
    }

    /// The handles of other runners, also those that are gone and may come again.
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

    /// A handle goes. Gives what was known under its number.
    pub(super) fn remove(&mut self, handle: u64) -> Option<Known> {
        let index = self
            .tracks
            .iter()
            .position(|track| track.handle == handle)?;
        let mut track = self.tracks.swap_remove(index);
        let known = Known {
            spots: std::mem::take(&mut track.spots),
            couples: std::mem::take(&mut track.couples),
        };
        // A call site that is known by its handle does not come again.
        if !track.spot.needs_backtrace() {
            let is_same = |other: &Track| other.is_gone && other.spot == track.spot;
            self.tracks.retain(|other| !is_same(other));
            self.tracks.push(Track {
                is_gone: true,
                ..track
            });
            let gone = self.tracks.iter().filter(|track| track.is_gone);
            if gone.count() > MOST_GONE {
                self.forget_oldest_gone();
            }
        }
        Some(known)
    }

    /// How many handles of the wire have come.
    pub(super) fn count(&self) -> usize {
        let present = self.tracks.iter().filter(|track| !track.is_gone);
        present.count()
    }
}

/// What is known under the number of a handle that goes.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) spots: Vec<Spot>,
    pub(super) couples: Vec<Couple>,
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use crate::wire::Side;
    use crate::witness::{Act, Site};

    const MS: u64 = clock::MILLISECOND;
    const SITES: [Act; 2] = [Act::SendText, Act::SendBinary];

    /// A writer that comes at that millisecond from one of two call sites of the application, in a thread of its own.
    fn coming(handle: u64, site: usize, ms: u64) -> Coming {
        let side = Side {
            act: SITES[site],
            site: Site::IN_BACKTRACE,
        };
        Coming {
            handle,
            spot: Spot::of_application(side),
            runner: Runner {
                thread: handle,
                task: None,
            },
            now: ms * MS,
        }
    }

    /// For how long a writer is held for the others.
    fn others(tracks: &Tracks, coming: &Coming) -> Vec<(u64, Option<u64>)> {
        let others = tracks.others(coming);
        others
            .map(|track| {
                let within = track.rhythm.likely_within(coming.now, 10 * MS);
                (track.handle, within.map(|nanos| nanos / MS))
            })
            .collect()
    }

    #[test]
    fn a_call_site_whose_handles_come_and_go_keeps_its_pace() {
        let mut tracks = Tracks::default();
        for (handle, ms) in [(1, 100), (2, 140), (3, 180)] {
            let _ = tracks.note(&coming(handle, 0, ms));
            assert_eq!(tracks.count(), 1);
            tracks.remove(handle);
            assert_eq!(tracks.count(), 0);
        }
        // It is gone, and due 40 ms and an eighth after it came last.
        let other = coming(9, 1, 211);
        let _ = tracks.note(&other);
        assert_eq!(others(&tracks, &other), [(3, Some(14))]);
        // The next handle is the same, and none is held for itself.
        let next = coming(4, 0, 220);
        let (interval, _) = tracks.note(&next).expect("there is room");
        assert_eq!(interval, Some(40 * MS));
        assert_eq!(others(&tracks, &next), [(9, None)]);
        assert_eq!(tracks.count(), 2);
    }

    #[test]
    fn few_that_are_gone_are_remembered_and_those_that_are_there_come_first() {
        let mut tracks = Tracks::default();
        // Two that were there at once, from one call site.
        for handle in [1, 2] {
            let _ = tracks.note(&coming(handle, 0, 100 + handle));
        }
        tracks.remove(1);
        tracks.remove(2);
        assert_eq!(others(&tracks, &coming(9, 1, 200)), [(2, None)]);
        for handle in 10..10 + MOST as u64 {
            assert!(tracks.note(&coming(handle, 1, 300)).is_some());
        }
        assert!(
            tracks.note(&coming(8, 1, 300)).is_none(),
            "there is no room"
        );
        assert_eq!(tracks.count(), MOST);
    }
}
