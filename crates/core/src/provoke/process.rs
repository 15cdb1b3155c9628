//! What the wires of a process share: how long writers may be held now, and what is known of pairs.

use super::pairs::Pair;
use super::rule::Limits;
use super::shards::Shards;
use super::side::{Couple, Spot};
use super::wire::WireHolds;
use crate::settings::{Policy, Provoke, Settings};
use crate::wire::{Provoker, WireProvoker};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// How many pairs of call sites are known.
const MOST_PAIRS: usize = 1000;

/// How many call sites are known.
const MOST_SPOTS: usize = 4000;

/// How many watches live. While there is one, writers are held a little by default.
static WATCHES: AtomicUsize = AtomicUsize::new(0);

/// While it lives, a test watches.
#[derive(Debug)]
pub(crate) struct Watching(());

impl Watching {
    pub(crate) fn begin() -> Watching {
        WATCHES.fetch_add(1, Relaxed);
        Watching(())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHES.fetch_sub(1, Relaxed);
    }
}

/// Holds the writers of a process.
#[derive(Debug, Clone)]
pub(crate) struct Holds(Arc<Shared>);

/// What all wires share.
#[derive(Debug)]
pub(super) struct Shared {
    /// `None` for what the watches of tests say.
    mode: Option<Provoke>,
    pub(super) pairs: Shards<Couple, Pair>,
    pub(super) spots: Shards<Spot, SpotRecord>,
}

/// What is known of a call site.
#[derive(Debug, Clone, Default)]
pub(super) struct SpotRecord {
    /// How often it came to a wire of two or more handles.
    pub(super) came: u64,
    /// It was held because another handle had not written yet.
    pub(super) was_held_eagerly: bool,
}

impl Holds {
    /// Holds writers as the settings say. `None` if they never are.
    pub(crate) fn new(settings: &Settings) -> Option<Holds> {
        let is_asked_for = match settings.provoke {
            Some(mode) => mode != Provoke::Off,
            None => settings.policy == Policy::Observe,
        };
        is_asked_for.then(|| {
            Holds(Arc::new(Shared {
                mode: settings.provoke,
                pairs: Shards::with_room_for(MOST_PAIRS),
                spots: Shards::with_room_for(MOST_SPOTS),
            }))
        })
    }
}

impl Shared {
    /// How long writers may be held now. `None` if they may not.
    pub(super) fn limits(&self) -> Option<&'static Limits> {
        limits(self.mode, WATCHES.load(Relaxed) > 0)
    }
}

fn limits(mode: Option<Provoke>, is_watched: bool) -> Option<&'static Limits> {
    match mode {
        None if is_watched => Some(&Limits::LIGHT),
        None | Some(Provoke::Off) => None,
        Some(Provoke::Light) => Some(&Limits::LIGHT),
        Some(Provoke::Full | Provoke::FullSplit) => Some(&Limits::FULL),
    }
}

impl Provoker for Holds {
    fn of_wire(&self, _wire: u64) -> Box<dyn WireProvoker> {
        Box::new(WireHolds::new(self.0.clone()))
    }

    fn least_handles(&self) -> usize {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_writers_are_held_a_little_while_a_test_watches() {
        for (mode, is_watched, expected) in [
            (None, false, None),
            (None, true, Some(&Limits::LIGHT)),
            (Some(Provoke::Off), true, None),
            (Some(Provoke::Light), false, Some(&Limits::LIGHT)),
            (Some(Provoke::Full), true, Some(&Limits::FULL)),
            (Some(Provoke::FullSplit), false, Some(&Limits::FULL)),
        ] {
            assert_eq!(limits(mode, is_watched), expected, "{mode:?} {is_watched}");
        }
    }

    #[test]
    fn under_another_policy_writers_are_held_only_if_that_is_asked_for_by_name() {
        let settings = Settings::default;
        for (settings, is_on) in [
            (settings(), true),
            (settings().policy(Policy::Error), false),
            (settings().policy(Policy::Panic), false),
            (
                settings().policy(Policy::Error).provoke(Provoke::Light),
                true,
            ),
            (settings().provoke(Provoke::Off), false),
        ] {
            assert_eq!(Holds::new(&settings).is_some(), is_on, "{settings:?}");
        }
    }
}
