//! What pairs are told apart by: the call sites of two writers.

use crate::wire::{Caller, Side};
use redhanded_report::near_miss;

/// A call site. One that is not known without a backtrace, or that all users of a library share, is told apart by its handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) side: Side,
    /// Zero where the call site is the application's.
    handle: u64,
}

impl Spot {
    pub(super) fn of(caller: &Caller) -> Spot {
        let is_placed = caller.side.site.is_of_application();
        Spot {
            side: caller.side,
            handle: if is_placed { 0 } else { caller.handle },
        }
    }

    /// A call site of the application. Those of this crate's tests are not.
    #[cfg(all(test, not(redhanded_loom)))]
    pub(super) fn of_application(side: Side) -> Spot {
        Spot { side, handle: 0 }
    }

    /// Whether only a backtrace tells which line of the application it is.
    pub(super) fn needs_backtrace(&self) -> bool {
        self.handle != 0
    }

    /// As far as it is known without a backtrace.
    pub(super) fn to_side(self) -> near_miss::Side {
        near_miss::Side {
            operation: self.side.act.name().to_owned(),
            call_site: self.side.site.call_site(),
            function: None,
        }
    }
}

/// Two call sites, in an order that does not depend on who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Couple {
    pub(super) spots: [Spot; 2],
}

impl Couple {
    pub(super) fn of(one: Spot, other: Spot) -> Couple {
        let spots = if one <= other {
            [one, other]
        } else {
            [other, one]
        };
        Couple { spots }
    }

    /// Which of the two this one is. The first one, if both are the same.
    pub(super) fn end(&self, spot: Spot) -> End {
        let [first, _] = self.spots;
        if first == spot {
            End::First
        } else {
            End::Second
        }
    }
}

/// One of the two of a couple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    First,
    Second,
}
