//! How often the two calls of a report came, were held and met, as the near misses of all runs say.

use redhanded_report::CallSite;
use redhanded_report::near_miss::{NearMissPair, NearMisses, Side};
use std::collections::BTreeSet;

/// How many different reasons for an order, and lines of a call site, are kept.
const MOST: usize = 3;

/// What is known of the two calls together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Counted {
    /// How many processes have left their near misses.
    pub(super) processes: u64,
    /// In how many of them writers were held.
    pub(super) holding: u64,
    pub(super) sides: [OfSide; 2],
    /// The two were on one connection at the same time.
    pub(super) were_together: bool,
    pub(super) nearest_us: Option<f64>,
    pub(super) held_us: u64,
    pub(super) met: u64,
    /// Why the two are in order, each reason once.
    pub(super) ordered: BTreeSet<String>,
    /// Pairs and call sites that were not listed.
    pub(super) dropped: u64,
}

/// What is known of one of the two calls.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct OfSide {
    /// How often it came to a connection with two or more handles.
    pub(super) came: u64,
    /// How often it came to a connection with one handle.
    pub(super) came_alone: u64,
    pub(super) held: u64,
    /// Its lines in the runs.
    pub(super) lines: BTreeSet<(String, u32)>,
}

impl OfSide {
    pub(super) fn is_reached(&self) -> bool {
        self.came > 0 || self.came_alone > 0
    }
}

impl Counted {
    /// Adds what one process has left.
    pub(super) fn add(&mut self, near: &NearMisses, wanted: &[Side; 2]) {
        self.processes = self.processes.saturating_add(1);
        let is_holding = near.mode != "off";
        self.holding = self.holding.saturating_add(u64::from(is_holding));
        self.dropped = self.dropped.saturating_add(near.dropped);
        let mut came_to_pairs = [0_u64; 2];
        for pair in &near.pairs {
            if let Some(order) = order(pair, wanted) {
                self.add_pair(pair, order);
                for (index, came) in came_to_pairs.iter_mut().enumerate() {
                    *came = came.saturating_add(pair.came[order[index]]);
                }
            }
        }
        for ((side, wanted), came_to_pairs) in self.sides.iter_mut().zip(wanted).zip(came_to_pairs)
        {
            let (mut came, mut came_alone) = (0_u64, 0_u64);
            for seen in near.seen.iter().filter(|seen| seen.side.is_same(wanted)) {
                came = came.saturating_add(seen.came);
                came_alone = came_alone.saturating_add(seen.came_alone);
                side.note_line(seen.side.call_site.as_ref());
            }
            // A list of call sites has a bound of its own.
            side.came = side.came.saturating_add(came.max(came_to_pairs));
            side.came_alone = side.came_alone.saturating_add(came_alone);
        }
    }

    fn add_pair(&mut self, pair: &NearMissPair, order: [usize; 2]) {
        for (side, index) in self.sides.iter_mut().zip(order) {
            side.held = side.held.saturating_add(pair.held[index]);
        }
        self.were_together |= pair.nearest_us.is_some();
        self.nearest_us = match (self.nearest_us, pair.nearest_us) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        self.held_us = self.held_us.saturating_add(pair.held_us);
        self.met = self.met.saturating_add(pair.met);
        if self.ordered.len() < MOST {
            self.ordered.extend(pair.ordered.clone());
        }
    }

    /// How often the two came to connections with two or more handles.
    pub(super) fn came(&self, wanted: &[Side; 2]) -> u64 {
        self.sum(wanted, |side| side.came)
    }

    /// How often the two came to connections with one handle.
    pub(super) fn came_alone(&self, wanted: &[Side; 2]) -> u64 {
        self.sum(wanted, |side| side.came_alone)
    }

    /// How often either was held.
    pub(super) fn held(&self) -> u64 {
        let [one, other] = &self.sides;
        one.held.saturating_add(other.held)
    }

    /// One call in two threads is counted once.
    fn sum(&self, [first, second]: &[Side; 2], of: fn(&OfSide) -> u64) -> u64 {
        let [one, other] = &self.sides;
        if first.is_same(second) {
            of(one).max(of(other))
        } else {
            of(one).saturating_add(of(other))
        }
    }
}

impl OfSide {
    fn note_line(&mut self, site: Option<&CallSite>) {
        if let Some(site) = site.filter(|_| self.lines.len() < MOST) {
            self.lines.insert((site.file.clone(), site.line));
        }
    }
}

/// Which side of a pair is the first call that is wanted, and which is the second. `None` if it is another pair.
fn order(pair: &NearMissPair, [first, second]: &[Side; 2]) -> Option<[usize; 2]> {
    let [one, other] = &pair.sides;
    if one.is_same(first) && other.is_same(second) {
        Some([0, 1])
    } else if other.is_same(first) && one.is_same(second) {
        Some([1, 0])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{near_misses, pair, seen, side};
    use super::*;

    #[test]
    fn what_the_processes_have_left_is_added_up_whatever_the_order_of_the_sides() {
        let wanted = [side(1), side(2)];
        let mut straight = pair([1, 2], [10, 3], [2, 0]);
        (straight.nearest_us, straight.held_us) = (Some(900.0), 40);
        straight.ordered = Some("both held Mutex #3".to_owned());
        let mut swapped = pair([2, 1], [5, 7], [1, 4]);
        (swapped.nearest_us, swapped.held_us, swapped.met) = (Some(800.0), 2, 1);
        let mut counted = Counted::default();
        counted.add(
            &near_misses(
                "full",
                vec![straight, pair([1, 9], [50, 50], [5, 5])],
                vec![],
            ),
            &wanted,
        );
        counted.add(
            &near_misses(
                "off",
                vec![swapped],
                vec![seen(1, 20, 4), seen(2, 0, 6), seen(9, 1, 1)],
            ),
            &wanted,
        );
        let of_side = |came, came_alone, held, line| OfSide {
            came,
            came_alone,
            held,
            lines: BTreeSet::from([("src/chat.rs".to_owned(), line)]),
        };
        let expected = Counted {
            processes: 2,
            holding: 1,
            sides: [of_side(30, 4, 6, 1), of_side(8, 6, 1, 2)],
            were_together: true,
            nearest_us: Some(800.0),
            held_us: 42,
            met: 1,
            ordered: BTreeSet::from(["both held Mutex #3".to_owned()]),
            dropped: 0,
        };
        assert_eq!(counted, expected);
        assert_eq!(
            (
                counted.came(&wanted),
                counted.came_alone(&wanted),
                counted.held()
            ),
            (38, 10, 7)
        );
    }

    #[test]
    fn one_call_in_two_threads_is_counted_once() {
        let wanted = [side(1), side(1)];
        let mut counted = Counted::default();
        counted.add(
            &near_misses(
                "full",
                vec![pair([1, 1], [9, 0], [3, 0])],
                vec![seen(1, 9, 0)],
            ),
            &wanted,
        );
        assert_eq!((counted.came(&wanted), counted.held()), (9, 3));
    }

    #[test]
    fn a_planned_pair_that_was_on_no_connection_was_not_together() {
        let wanted = [side(1), side(2)];
        let mut counted = Counted::default();
        counted.add(
            &near_misses(
                "full",
                vec![pair([1, 2], [0, 0], [0, 0])],
                vec![seen(1, 0, 5)],
            ),
            &wanted,
        );
        assert!(!counted.were_together);
        let reached = counted.sides.each_ref().map(OfSide::is_reached);
        assert_eq!(reached, [true, false]);
    }
}
