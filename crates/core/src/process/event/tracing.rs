//! The event goes to the subscriber of the whole process, from a thread of its own: a subscriber may wait for locks of the
//! application.

use crate::forks::PerProcess;
use crate::process::outbox::Outbox;
use crate::process::voice;
use redhanded_report::{Kind, Report};
use std::time::{Duration, Instant};

/// How long the end of the process waits for a subscriber that does not come back.
const PATIENCE: Duration = Duration::from_secs(2);

static EVENTS: PerProcess<Outbox<Event>> =
    PerProcess::new(|_| Outbox::new("redhanded-events", make, lost));

/// What an event says of a report.
struct Event {
    id: String,
    kind: Kind,
    wire: u64,
    summary: String,
}

/// Makes an event of the level `WARN`.
pub(in crate::process) fn emit(report: &Report) {
    let event = Event {
        id: report.id.clone(),
        kind: report.kind,
        wire: report.wire.id,
        summary: report.summary.clone(),
    };
    let bytes = event.id.len().saturating_add(event.summary.len());
    EVENTS.get().put(event, bytes);
}

/// Waits at the end of the process for events that are still to be made.
pub(in crate::process) fn flush(deadline: Instant) {
    EVENTS.get().flush(PATIENCE, deadline);
}

fn make(event: Event) {
    tracing::warn!(
        target: "redhanded",
        report = event.id.as_str(),
        kind = %event.kind,
        wire = event.wire,
        "{}",
        event.summary
    );
}

fn lost(events: u64) {
    voice::line(format_args!(
        "{events} events are left out: the subscriber of `tracing` did not take them in time"
    ));
}
