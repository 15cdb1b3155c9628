//! WireScopes: to which scope a wire belongs, and so for whom its findings are.
//!
//! A wire belongs to the scope of the first writer in a scope that makes a handle on it. If a writer in another scope
//! makes one, which would not see its findings, the wire belongs to what both see. Its other end, if that is in this
//! process, belongs to the same scope, whichever end was made first. Where there is no scope, none of this is looked
//! for.
//!
//! The lock of the scopes is taken under the lock of a contest. Under it, only the table of scopes is looked at.

use crate::collector::scope::{self, Scope};
use crate::wire::{Audience, Handle, Registry, Socket, WireRef};
use crate::witness::Runner;
use std::any::Any;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Two addresses: here and there.
type Ends = (SocketAddr, SocketAddr);

/// To which scope a wire belongs.
#[derive(Debug, Clone)]
enum WireScope {
    /// No writer in a scope has made a handle yet. All see its findings.
    Unassigned,
    One(Arc<Scope>),
    /// Writers in scopes that have nothing in common have made handles.
    Shared,
}

impl WireScope {
    /// What it becomes when a writer in the scope `here` makes a handle.
    fn with(&self, here: &Arc<Scope>) -> WireScope {
        match self {
            WireScope::Unassigned => WireScope::One(here.clone()),
            WireScope::One(scope) => scope.common(here).map_or(WireScope::Shared, WireScope::One),
            WireScope::Shared => WireScope::Shared,
        }
    }

    fn is(&self, other: &WireScope) -> bool {
        match (self, other) {
            (WireScope::One(one), WireScope::One(other)) => Arc::ptr_eq(one, other),
            (WireScope::Unassigned, WireScope::Unassigned)
            | (WireScope::Shared, WireScope::Shared) => true,
            _ => false,
        }
    }
}

/// The scopes of all wires.
#[derive(Debug, Default)]
pub(crate) struct WireScopes {
    table: Mutex<Table>,
    /// There is a scope. Most processes never have one, and then no lock is taken.
    has_any: AtomicBool,
    /// Wires were made that the table does not know, because there was no scope.
    has_missed: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    /// What is no [`WireScope::Unassigned`], by the wire's number.
    scopes: HashMap<u64, (WireRef, WireScope)>,
    /// Wires by their two addresses.
    by_ends: HashMap<Ends, WireRef>,
    /// All wires are in `by_ends` that were not missed.
    is_complete: bool,
    /// Wires that are gone are swept out when there are so many, or [`Table::FIRST_SWEEP`].
    sweep_at: usize,
}

impl WireScopes {
    /// A writer has made this handle.
    pub(crate) fn note_handle(&self, handle: &Handle, registry: &Registry) {
        // Asked after the handle was made: a writer that makes one at the other end meanwhile finds this one, or is
        // found.
        if scope::is_any_live() {
            self.assign(&handle.wire().to_ref(), registry);
        } else if !self.has_missed.load(Ordering::Acquire)
            && !self.has_missed.swap(true, Ordering::AcqRel)
        {
            let mut table = self.table();
            (table.by_ends, table.is_complete) = (HashMap::new(), false);
        }
    }

    fn assign(&self, wire: &WireRef, registry: &Registry) {
        let here = scope::here();
        // Held all the time: two that make handles at the two ends must not miss each other.
        let mut table = self.complete_table(registry);
        table.add(wire);
        let before = table.scope_of_wire(wire.id());
        if let Some(here) = here {
            table.set(wire, before.with(&here));
        }
        let mine = table.scope_of_wire(wire.id());
        // One without handles is kept for what was left on it, and its addresses may be others' by now.
        if let Some(other) = table.other_end(wire.socket()).filter(WireRef::has_handles) {
            // What was not told from this end goes where this end goes.
            if !matches!(mine, WireScope::Unassigned) && table.scope_of_wire(other.id()).is(&before)
            {
                table.set(&other, mine.clone());
            }
            let theirs = table.scope_of_wire(other.id());
            if matches!((&mine, &theirs), (WireScope::Unassigned, WireScope::One(_))) {
                table.set(wire, theirs);
            }
        }
        self.has_any
            .store(!table.scopes.is_empty(), Ordering::Release);
    }

    /// The table, with all wires that there are.
    fn complete_table(&self, registry: &Registry) -> MutexGuard<'_, Table> {
        let table = self.table();
        if table.is_complete && !self.has_missed.load(Ordering::Acquire) {
            return table;
        }
        // The registry's lock is never taken under this one. What is made meanwhile comes here, or is missed again.
        drop(table);
        self.has_missed.store(false, Ordering::Release);
        let wires = registry.wire_refs();
        let mut table = self.table();
        wires.iter().for_each(|wire| table.add(wire));
        table.is_complete = true;
        table
    }

    /// For whom findings of a writer on a wire are, as far as the writer decides it.
    pub(crate) fn of_writer(&self, wire: u64, writer: Runner) -> Audience {
        match self.scope_of_wire(wire) {
            WireScope::Unassigned => audience(scope::of(writer)),
            WireScope::One(_) | WireScope::Shared => Audience::default(),
        }
    }

    /// For whom findings of two writers on a wire are. On a wire that was made in no scope, they are for the scope that
    /// both writers have in common, whoever made it: for the outermost one, and so for all in it.
    pub(crate) fn of_pair(&self, wire: u64, writers: [&Audience; 2]) -> Audience {
        audience(match self.scope_of_wire(wire) {
            WireScope::Unassigned => {
                let [one, other] = writers.map(scope_of);
                one.zip(other)
                    .and_then(|(one, other)| one.common(&other)?.outermost())
            }
            WireScope::One(scope) => Some(scope.nearest_live()),
            WireScope::Shared => None,
        })
    }

    fn scope_of_wire(&self, wire: u64) -> WireScope {
        if self.has_any.load(Ordering::Acquire) {
            self.table().scope_of_wire(wire)
        } else {
            WireScope::Unassigned
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For whom findings at a lock are: for the scope of the one that waits. If the holder is in a scope that does not see
/// those, they are for what both see.
pub(crate) fn at_lock(waiter: Runner, holder: Runner) -> Audience {
    audience(
        scope::of(waiter).and_then(|waiter| match scope::of(holder) {
            Some(holder) => waiter.common(&holder),
            None => Some(waiter),
        }),
    )
}

fn audience(scope: Option<Arc<Scope>>) -> Audience {
    scope.map_or_else(Audience::default, |scope| Audience::new(scope.id(), scope))
}

/// The scope that sees what is for this audience. `None` for all.
pub(crate) fn scope_of(audience: &Audience) -> Option<Arc<Scope>> {
    let scope: Arc<dyn Any + Send + Sync> = audience.who()?.clone();
    scope.downcast().ok()
}

impl Table {
    /// How many wires are remembered before those are swept out that are gone; twice the live ones from then on.
    const FIRST_SWEEP: usize = 64;

    fn scope_of_wire(&self, wire: u64) -> WireScope {
        self.scopes
            .get(&wire)
            .map_or(WireScope::Unassigned, |(_, scope)| scope.clone())
    }

    fn set(&mut self, wire: &WireRef, scope: WireScope) {
        self.scopes.insert(wire.id(), (wire.clone(), scope));
    }

    fn add(&mut self, wire: &WireRef) {
        let count = self.scopes.len() + self.by_ends.len();
        if count >= self.sweep_at.max(Self::FIRST_SWEEP) {
            self.scopes.retain(|_, (wire, _)| !wire.is_gone());
            self.by_ends.retain(|_, wire| !wire.is_gone());
            self.sweep_at = 2 * (self.scopes.len() + self.by_ends.len());
        }
        if let Some(ends) = ends(wire.socket()) {
            let known = self.by_ends.entry(ends).or_insert_with(|| wire.clone());
            // Addresses are given again. The number tells which wire was made later.
            if known.is_gone() || known.id() < wire.id() {
                known.clone_from(wire);
            }
        }
    }

    /// The wire at the other end of a connection.
    fn other_end(&self, socket: &Socket) -> Option<WireRef> {
        let (local, peer) = ends(socket)?;
        self.by_ends.get(&(peer, local)).cloned()
    }
}

/// The two addresses of a socket, if they tell it from every other: those of Unix sockets do not.
fn ends(socket: &Socket) -> Option<Ends> {
    let address = |address: Option<&str>| {
        let address: SocketAddr = address?.parse().ok()?;
        // A listener for both families sees the other one's addresses inside its own.
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    };
    Some((address(socket.local())?, address(socket.peer())?))
}
