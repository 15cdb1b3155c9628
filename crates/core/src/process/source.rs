//! The reports and wires of this process, as its page asks for them.

use super::connections::may_share_a_socket;
use super::record;
use super::state::if_running;
use crate::collector::{self, Listed};
use crate::forks;
use crate::wire;
use crate::witness::Stamp;
use redhanded_dashboard::{
    Call, Handle, Item, ListedReport, NearMiss, Pulse, Source, Thread, Watching, Wire as LiveWire,
    Wires, Writer as LiveWriter,
};
use redhanded_report::record::{UnknownStreams, short_type_name};
use redhanded_report::{CallSite, Kind, Lock, Process, Report, Wire, Writer};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The reports of this process, as they are now.
#[derive(Debug, Default)]
pub(super) struct Live {
    changes: Mutex<Changes>,
    /// Of the page that the settings ask for. A forked child has one of its own, and closes this one.
    is_closed_in_child: bool,
}

impl Live {
    /// Those of the page that the settings ask for.
    pub(super) fn of_settings() -> Live {
        Live {
            is_closed_in_child: true,
            ..Live::default()
        }
    }
}

/// The last state of the store, and its number.
#[derive(Debug, Default)]
struct Changes {
    signature: u64,
    revision: u64,
}

impl Changes {
    /// The number of the state with this signature. It is one more if the signature has changed.
    fn note(&mut self, signature: u64) -> u64 {
        if self.signature != signature {
            (self.signature, self.revision) = (signature, self.revision + 1);
        }
        self.revision
    }
}

impl Source for Live {
    fn listens_on(&self, descriptor: i32) {
        if self.is_closed_in_child {
            forks::PAGE.set(descriptor);
        }
    }

    fn reports(&self) -> Arc<Vec<Report>> {
        Arc::new(if_running().map_or_else(Vec::new, |running| running.collector.store().reports()))
    }

    fn report(&self, id: &str) -> Option<Report> {
        if_running()?.collector.store().report(id)
    }

    fn process(&self) -> Option<Process> {
        Some(Process::this())
    }

    fn pulse(&self) -> Pulse {
        // Locked while the state is read, so that a later state has a higher number.
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let collector::Pulse {
            signature,
            total,
            findings,
            suppressed,
        } = if_running()
            .map(|running| running.collector.store().pulse())
            .unwrap_or_default();
        Pulse {
            revision: changes.note(signature),
            total,
            findings,
            suppressed,
        }
    }

    fn items(&self) -> Vec<Item> {
        let listed = if_running().map(|running| running.collector.store().listed());
        listed.unwrap_or_default().into_iter().map(item).collect()
    }

    fn dropped(&self) -> u64 {
        if_running().map_or(0, |running| running.collector.dropped())
    }

    fn watching(&self) -> Option<Watching> {
        let wire::Watching { wires, handles } = wire::watching();
        Some(Watching { wires, handles })
    }

    fn unknown_streams(&self) -> Vec<UnknownStreams> {
        if_running().map_or_else(Vec::new, |running| {
            record::unknown_streams(&running.connections.read())
        })
    }

    fn wires(&self, offset: usize, limit: usize) -> Option<Wires> {
        let wire::Live { total, wires } = if_running()?.registry.live(offset, limit);
        let now = Stamp::now();
        let wires = wires.into_iter().map(|live| live_wire(live, now)).collect();
        Some(Wires { total, wires })
    }
}

fn item(listed: Listed) -> Item {
    Item {
        count: listed.count,
        open: listed.open,
        first_seen: listed.first_seen(),
        last_seen: listed.last_seen(),
        report: Box::new(listed),
    }
}

impl ListedReport for Listed {
    fn id(&self) -> &str {
        Listed::id(self)
    }

    fn kind(&self) -> Kind {
        Listed::kind(self)
    }

    fn summary(&self) -> &str {
        Listed::summary(self)
    }

    fn wire(&self) -> &Wire {
        Listed::wire(self)
    }

    fn lock(&self) -> Option<&Lock> {
        Listed::lock(self)
    }

    fn writers(&self) -> &[Writer] {
        Listed::writers(self)
    }
}

fn live_wire(live: wire::LiveWire, now: Stamp) -> LiveWire {
    let threads: BTreeSet<_> = live
        .handles
        .iter()
        .filter_map(|handle| Some(thread(handle.writer.as_ref()?)))
        .collect();
    let handles: Vec<_> = live
        .handles
        .into_iter()
        .map(|live| live_handle(live, now))
        .collect();
    let owned = |address: Option<&str>| address.map(str::to_owned);
    LiveWire {
        id: live.id,
        local: owned(live.socket.local()),
        peer: owned(live.socket.peer()),
        unknown_type: live
            .socket
            .unknown_type()
            .filter(|name| may_share_a_socket(name))
            .map(short_type_name),
        encrypted: live.is_encrypted,
        handle_count: live.handle_count,
        writing: handles
            .iter()
            .filter_map(|handle| handle.writing.clone())
            .collect(),
        handles,
        threads: threads
            .into_iter()
            .map(|thread| Thread { thread })
            .collect(),
        findings: live.findings,
        near_misses: live.near_misses.iter().map(near_miss).collect(),
    }
}

fn near_miss(near: &wire::NearMiss) -> NearMiss {
    let side = |side: wire::Side| Call {
        operation: side.act.name().to_owned(),
        site: side.site.call_site().as_ref().map(CallSite::to_string),
    };
    NearMiss {
        sides: near.sides.map(side),
        nearest_us: near.nearest.as_secs_f64() * 1e6,
        count: near.count,
    }
}

fn live_handle(live: wire::LiveHandle, now: Stamp) -> Handle {
    let operation = live.operation.map(|operation| operation.to_string());
    let writer = live.writer.as_ref().filter(|_| live.is_writing);
    Handle {
        id: live.id,
        bytes: live.bytes,
        messages: live.messages,
        inside_frame: live.is_inside_frame,
        writing: writer.map(|writer| LiveWriter {
            handle: live.id,
            operation: operation.clone(),
            thread: thread(writer),
            task: writer.task.map(|task| task.to_string()),
            site: writer.site.call_site().as_ref().map(CallSite::to_string),
            since_us: now.micros_since(writer.since).max(0.0),
        }),
        operation,
    }
}

/// A thread as reports name it.
fn thread(writer: &wire::LiveWriter) -> String {
    let name = writer.thread_name.as_deref().map(str::to_owned);
    redhanded_report::Thread {
        id: writer.thread,
        name,
    }
    .label()
}
