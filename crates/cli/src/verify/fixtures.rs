//! Near misses, made up for tests.

use redhanded_report::near_miss::{NearMissPair, NearMisses, SCHEMA, Side, SideCount};
use redhanded_report::{CallSite, Process};

/// A call on a line of one file.
pub(super) fn side(line: u32) -> Side {
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

/// A pair of calls on these lines, which was never near.
pub(super) fn pair(lines: [u32; 2], came: [u64; 2], held: [u64; 2]) -> NearMissPair {
    NearMissPair {
        came,
        held,
        ..NearMissPair::of(lines.map(side))
    }
}

pub(super) fn seen(line: u32, came: u64, came_alone: u64) -> SideCount {
    SideCount {
        side: side(line),
        came,
        came_alone,
        held_alone: 0,
    }
}

pub(super) fn near_misses(
    mode: &str,
    pairs: Vec<NearMissPair>,
    seen: Vec<SideCount>,
) -> NearMisses {
    NearMisses {
        schema: SCHEMA,
        process: Process::this(),
        mode: mode.to_owned(),
        pairs,
        seen,
        dropped: 0,
    }
}
