//! The plan: call sites that an earlier run, or a report that is to be checked, has named. They are held first.

use redhanded_report::near_miss::{NearMissPair, Side};

/// How often a planned call site is held.
pub(super) const PLANNED_HOLDS: u8 = 3;

/// Pairs of call sites that are to be held.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    pairs: Vec<[Side; 2]>,
}

impl Plan {
    /// How many pairs a plan has at most.
    const MOST: usize = 1000;

    /// Adds the pairs of a file that was named as a plan.
    pub(crate) fn add(&mut self, pairs: Vec<NearMissPair>) {
        let room = Self::MOST.saturating_sub(self.pairs.len());
        let sides = pairs.into_iter().map(|pair| pair.sides);
        self.pairs.extend(sides.take(room));
    }

    /// Adds what an earlier run has left open: neither met, nor found to be in order.
    pub(crate) fn add_open(&mut self, pairs: Vec<NearMissPair>) {
        let mut open = pairs;
        open.retain(|pair| pair.met == 0 && pair.ordered.is_none());
        open.retain(|pair| !self.has_pair(&pair.sides));
        self.add(open);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(super) fn pairs(&self) -> &[[Side; 2]] {
        &self.pairs
    }

    /// Whether a call site is one of those that are planned.
    pub(super) fn has(&self, side: &Side) -> bool {
        let mut sides = self.pairs.iter().flatten();
        sides.any(|planned| planned.is_same(side))
    }

    fn has_pair(&self, sides: &[Side; 2]) -> bool {
        self.pairs.iter().any(|planned| is_same(planned, sides))
    }
}

/// Whether two pairs have the same sides, in whatever order.
pub(super) fn is_same([one, other]: &[Side; 2], [first, second]: &[Side; 2]) -> bool {
    (one.is_same(first) && other.is_same(second)) || (one.is_same(second) && other.is_same(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use redhanded_report::CallSite;

    fn side(line: u32) -> Side {
        Side {
            operation: "send Text".to_owned(),
            call_site: Some(CallSite {
                file: "src/chat.rs".to_owned(),
                line,
                column: 9,
            }),
            function: None,
        }
    }

    fn pair(lines: [u32; 2], met: u64, ordered: Option<&str>) -> NearMissPair {
        NearMissPair {
            near: 1,
            met,
            ordered: ordered.map(str::to_owned),
            ..NearMissPair::of(lines.map(side))
        }
    }

    #[test]
    fn a_plan_of_earlier_runs_has_each_pair_that_is_open_once() {
        let mut plan = Plan::default();
        plan.add_open(vec![
            pair([1, 2], 0, None),
            pair([3, 4], 1, None),
            pair([5, 6], 0, Some("both held Mutex #1")),
        ]);
        plan.add_open(vec![pair([2, 1], 0, None), pair([1, 7], 0, None)]);
        assert_eq!(plan.pairs(), [[side(1), side(2)], [side(1), side(7)]]);
        let has = [1, 2, 3, 5, 7].map(|line| plan.has(&side(line)));
        assert_eq!(has, [true, true, false, false, true]);
    }

    #[test]
    fn a_plan_that_was_named_has_all_its_pairs_up_to_a_bound() {
        let mut plan = Plan::default();
        assert!(plan.is_empty());
        plan.add(vec![pair([3, 4], 1, None)]);
        assert!(plan.has(&side(4)));
        plan.add(vec![pair([5, 6], 0, None); 2000]);
        assert_eq!(plan.pairs().len(), Plan::MOST);
    }
}
