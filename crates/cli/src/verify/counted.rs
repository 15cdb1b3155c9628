//! How often the two calls of a report came, were held and met, as the near misses of all runs say.

use redhanded_report::near_miss::{NearMissPair, NearMisses, Side, SideCount};
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
    /// In how many processes both calls came, whatever the connection.
    pub(super) with_both: u64,
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

/// What the processes have left, before it is known whether the lines have moved. Each call is counted twice: as the one on its
/// line, and as any one in its function.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    counted: Counted,
    /// Of each call of the report, as it is if its line has moved, and as it is on its line.
    sides: [[OfSide; 2]; 2],
    /// Likewise of the first call, and of the second.
    pairs: [[OfPair; 2]; 2],
}

/// What is known of two calls of one connection.
#[derive(Debug, Clone, Default)]
struct OfPair {
    with_both: u64,
    were_together: bool,
    nearest_us: Option<f64>,
    held: [u64; 2],
    held_us: u64,
    met: u64,
    ordered: BTreeSet<String>,
}

impl Gathered {
    /// Adds what one process has left.
    pub(super) fn add(&mut self, near: &NearMisses, wanted: &[Side; 2]) {
        let counted = &mut self.counted;
        counted.processes = counted.processes.saturating_add(1);
        let is_holding = near.mode != "off";
        counted.holding = counted.holding.saturating_add(u64::from(is_holding));
        counted.dropped = counted.dropped.saturating_add(near.dropped);
        for (sides, wanted) in self.sides.iter_mut().zip(wanted) {
            for seen in &near.seen {
                if let Some(place) = place(&seen.side, wanted) {
                    sides[place].add(seen);
                }
            }
        }
        self.add_both(near, wanted);
        for pair in &near.pairs {
            if let Some((order, [first, second])) = order(pair, wanted) {
                self.pairs[first][second].add(pair, order);
            }
        }
    }

    /// Adds the process to those in which both calls came.
    fn add_both(&mut self, near: &NearMisses, wanted: &[Side; 2]) {
        let came = |seen: &&SideCount| seen.came > 0 || seen.came_alone > 0;
        let has = |index: usize, at: usize| {
            let mut seen = near.seen.iter().filter(came);
            seen.any(|seen| place(&seen.side, &wanted[index]) == Some(at))
        };
        for (first, pairs) in self.pairs.iter_mut().enumerate() {
            for (second, pair) in pairs.iter_mut().enumerate() {
                let is_with_both = has(0, first) && has(1, second);
                pair.with_both = pair.with_both.saturating_add(u64::from(is_with_both));
            }
        }
    }

    /// The counts of the calls on their lines. A call that came to its line in no process is the one in its function.
    pub(super) fn counted(&self) -> Counted {
        let on_line = self
            .sides
            .each_ref()
            .map(|[_, on_line]| usize::from(on_line.is_reached()));
        let [first, second] = on_line;
        let pair = self.pairs[first][second].clone();
        let mut counted = Counted {
            sides: [self.sides[0][first].clone(), self.sides[1][second].clone()],
            with_both: pair.with_both,
            were_together: pair.were_together,
            nearest_us: pair.nearest_us,
            held_us: pair.held_us,
            met: pair.met,
            ordered: pair.ordered,
            ..self.counted.clone()
        };
        for (side, held) in counted.sides.iter_mut().zip(pair.held) {
            side.held = side.held.saturating_add(held);
        }
        counted
    }
}

impl OfPair {
    fn add(&mut self, pair: &NearMissPair, order: [usize; 2]) {
        // The pair of the plan, if it was on no connection.
        let Some(nearest) = pair.nearest_us else {
            return;
        };
        self.were_together = true;
        self.nearest_us = Some(self.nearest_us.map_or(nearest, |known| known.min(nearest)));
        for (held, index) in self.held.iter_mut().zip(order) {
            *held = held.saturating_add(pair.held[index]);
        }
        self.held_us = self.held_us.saturating_add(pair.held_us);
        self.met = self.met.saturating_add(pair.met);
        if self.ordered.len() < MOST {
            self.ordered.extend(pair.ordered.clone());
        }
    }
}

impl Counted {
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
    fn add(&mut self, seen: &SideCount) {
        self.came = self.came.saturating_add(seen.came);
        self.came_alone = self.came_alone.saturating_add(seen.came_alone);
        self.held = self.held.saturating_add(seen.held_alone);
        if let Some(site) = seen
            .side
            .call_site
            .as_ref()
            .filter(|_| self.lines.len() < MOST)
        {
            self.lines.insert((site.file.clone(), site.line));
        }
    }
}

/// Whether a call is the one that is wanted: 1 on its line, 0 in its function.
fn place(side: &Side, wanted: &Side) -> Option<usize> {
    if side.is_on_line(wanted) {
        Some(1)
    } else {
        side.is_in_function(wanted).then_some(0)
    }
}

/// Which side of a pair is the first call that is wanted and which is the second, and the place of both. `None` if it is another
/// pair. Both orders may do: then it is the one with more calls on their lines.
fn order(pair: &NearMissPair, [first, second]: &[Side; 2]) -> Option<([usize; 2], [usize; 2])> {
    let in_order = |[one, other]: [usize; 2]| {
        let places = [
            place(&pair.sides[one], first)?,
            place(&pair.sides[other], second)?,
        ];
        Some(([one, other], places))
    };
    let orders = [in_order([1, 0]), in_order([0, 1])];
    orders
        .into_iter()
        .flatten()
        .max_by_key(|(_, places)| places.iter().sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{near_misses, pair, seen, side};
    use super::*;

    fn counted(all: &[NearMisses], wanted: &[Side; 2]) -> Counted {
        let mut gathered = Gathered::default();
        all.iter().for_each(|near| gathered.add(near, wanted));
        gathered.counted()
    }

    fn of_side(came: u64, came_alone: u64, held: u64, line: u32) -> OfSide {
        OfSide {
            came,
            came_alone,
            held,
            lines: BTreeSet::from([("src/chat.rs".to_owned(), line)]),
        }
    }

    #[test]
    fn what_the_processes_have_left_is_added_up_whatever_the_order_of_the_sides() {
        let wanted = [side(1), side(2)];
        let mut straight = pair([1, 2], [10, 3], [2, 0]);
        (straight.nearest_us, straight.held_us) = (Some(900.0), 40);
        straight.ordered = Some("both held Mutex #3".to_owned());
        let mut swapped = pair([2, 1], [5, 7], [1, 4]);
        (swapped.nearest_us, swapped.held_us, swapped.met) = (Some(800.0), 2, 1);
        let other = pair([1, 9], [50, 50], [5, 5]);
        let mut held_alone = seen(1, 10, 0);
        held_alone.held_alone = 3;
        let counted = counted(
            &[
                near_misses(
                    "full",
                    vec![straight, other],
                    vec![held_alone, seen(2, 3, 0)],
                ),
                near_misses(
                    "off",
                    vec![swapped],
                    vec![seen(1, 20, 4), seen(2, 5, 6), seen(9, 1, 1)],
                ),
            ],
            &wanted,
        );
        let expected = Counted {
            processes: 2,
            holding: 1,
            sides: [of_side(30, 4, 9, 1), of_side(8, 6, 1, 2)],
            with_both: 2,
            were_together: true,
            nearest_us: Some(800.0),
            held_us: 42,
            met: 1,
            ordered: BTreeSet::from(["both held Mutex #3".to_owned()]),
            dropped: 0,
        };
        assert_eq!(counted, expected);
        let sums = (
            counted.came(&wanted),
            counted.came_alone(&wanted),
            counted.held(),
        );
        assert_eq!(sums, (38, 10, 10));
    }

    #[test]
    fn a_call_whose_line_has_moved_is_known_by_its_function() {
        let named = |line, function: &str| Side {
            function: Some(function.to_owned()),
            ..side(line)
        };
        let wanted = [named(1, "chat::send"), named(2, "chat::beat")];
        let count = |side: Side, came| SideCount {
            side,
            ..seen(0, came, 0)
        };
        let moved = |first: Side, second: Side| {
            let mut pair = pair([1, 2], [0, 0], [4, 5]);
            (pair.sides, pair.nearest_us) = ([first.clone(), second.clone()], Some(7.0));
            near_misses(
                "full",
                vec![pair],
                vec![count(first, 10), count(second, 20)],
            )
        };
        for (near, lines, came, held) in [
            // A line was put in above both.
            (
                moved(named(2, "chat::send"), named(3, "chat::beat")),
                [2, 3],
                [10, 20],
                9,
            ),
            // Another call of the same function does not count while there is one on the line.
            (
                moved(named(1, "chat::send"), named(3, "chat::beat")),
                [1, 3],
                [10, 20],
                9,
            ),
        ] {
            let counted = counted(&[near], &wanted);
            for index in [0, 1] {
                let side = &counted.sides[index];
                assert_eq!(
                    (side.came, side.lines.iter().next().map(|(_, line)| *line)),
                    (came[index], Some(lines[index]))
                );
            }
            assert_eq!(counted.held(), held);
        }
        let both = near_misses(
            "full",
            vec![],
            vec![
                count(named(1, "chat::send"), 3),
                count(named(9, "chat::send"), 4),
            ],
        );
        assert_eq!(counted(&[both], &wanted).sides[0].came, 3);
        // What is on the line now is another function.
        let other = near_misses("full", vec![], vec![count(named(1, "chat::close"), 3)]);
        assert!(!counted(&[other], &wanted).sides[0].is_reached());
    }

    #[test]
    fn one_call_in_two_threads_is_counted_once() {
        let wanted = [side(1), side(1)];
        let mut near = pair([1, 1], [9, 0], [3, 0]);
        near.nearest_us = Some(1.0);
        let counted = counted(
            &[near_misses("full", vec![near], vec![seen(1, 9, 0)])],
            &wanted,
        );
        assert_eq!((counted.came(&wanted), counted.held()), (9, 3));
    }

    #[test]
    fn a_planned_pair_that_was_on_no_connection_was_not_together() {
        let wanted = [side(1), side(2)];
        let near = near_misses(
            "full",
            vec![pair([1, 2], [0, 0], [2, 0])],
            vec![seen(1, 0, 5)],
        );
        let counted = counted(&[near], &wanted);
        assert!(!counted.were_together && counted.held() == 0);
        let reached = counted.sides.each_ref().map(OfSide::is_reached);
        assert_eq!(reached, [true, false]);
    }
}
