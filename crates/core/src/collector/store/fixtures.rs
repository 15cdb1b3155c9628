//! Findings for the tests of the store.

use crate::collector::tally::ReportTally;
use crate::collector::telling::{ResolvedFinding, Resolver};
use crate::settings::Settings;
use crate::wire::{Finding, Half, PairKey, Socket};
use crate::witness::{Act, Operation, Site, Stamp, current_thread};
use redhanded_report::{Kind, samples};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// An overlap of two writers on one line. Neither has come back.
pub(in crate::collector) fn finding(id: u64, tally: &Arc<ReportTally>) -> Finding {
    let half = |handle| Half {
        handle,
        made: None,
        operation: Operation::new(Act::WriteText, 5),
        site: Site::caller(),
        thread: current_thread(),
        thread_name: None,
        task: None,
        began: Stamp::now(),
        ended: None,
        stack: None,
        dropped: None,
        is_queued: false,
        held: Duration::ZERO,
    };
    let (first, second) = (half(1), half(2));
    Finding {
        id,
        key: PairKey::new(Kind::Overlap, first.side(), second.side()),
        tally: tally.clone(),
        wire: 1,
        socket: Socket::unknown(),
        seen: SystemTime::now(),
        first,
        second: Some(second),
        tear: None,
        doubt: None,
        lock: None,
        backlog: None,
    }
}

pub(super) fn resolver() -> Resolver {
    Resolver::new(&Settings::default(), Arc::default())
}

/// An overlap whose writers have backtraces.
pub(super) fn resolved_with_backtraces() -> ResolvedFinding {
    let tally = Arc::new(ReportTally::new(1));
    ResolvedFinding {
        writers: samples::torn().writers,
        ..resolver().resolve(&finding(1, &tally))
    }
}
