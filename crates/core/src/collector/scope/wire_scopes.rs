//! To which scope a wire belongs, and so which scopes see its findings.
//!
//! A wire belongs to the scope of the first writer in a scope that makes a handle on it. If a writer in another scope makes
//! a handle, and that scope would not see the findings, the wire belongs to the nearest scope that both see. If the other
//! end of the wire is in this process, it belongs to the same scope, whichever end was made first. Where there is no scope,
//! no lock is taken.
//!
//! The lock of this table is taken under the lock of a contest. Under it, only the table of scopes is locked.

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
    /// No writer in a scope has made a handle yet. All scopes see its findings.
    Unassigned,
    One(Arc<Scope>),
    /// Writers in scopes that have no scope in common have made handles. All scopes see its findings.
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

    fn is_same(&self, other: &WireScope) -> bool {
        match (self, other) {
            (WireScope::One(one), WireScope::One(other)) => Arc::ptr_eq(one, other),
            (WireScope::Unassigned, WireScope::Unassigned)
            | (WireScope::Shared, WireScope::Shared) => true,
            _ => false,
        }
    }
}

/// To which scopes all wires belong.
#[derive(Debug, Default)]
pub(crate) struct WireScopes {
    table: Mutex<Table>,
    /// A wire belongs to a scope. In most processes none ever does, and no lock is taken.
    has_any: AtomicBool,
    /// Wires were made that are not in the table, because there was no scope.
    has_missed: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    /// By the number of the wire. Those that are not in it are [`WireScope::Unassigned`].
    scopes: HashMap<u64, (WireRef, WireScope)>,
    /// Wires by their two addresses.
    by_ends: HashMap<Ends, WireRef>,
    /// `by_ends` has all wires, except those that were made when there was no scope again.
    is_complete: bool,
    /// Wires that are gone are removed when the table has so many entries, and [`Table::FIRST_SWEEP`] at least.
    sweep_at: usize,
}

impl WireScopes {
    /// A writer has made this handle.
    pub(crate) fn note_handle(&self, handle: &Handle, registry: &Registry) {
        // Asked after the handle was made. Of two writers that make handles at the two ends at the same time, one finds
        // the other.
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
        // Locked to the end: two writers that make handles at the two ends must not miss each other.
        let mut table = self.complete_table(registry);
        table.add(wire);
        let before = table.scope_of_wire(wire.id());
        if let Some(here) = here {
            table.set(wire, before.with(&here));
        }
        let mine = table.scope_of_wire(wire.id());
        // A wire without handles is kept for an open frame on it. Another socket may have its addresses now.
        if let Some(other) = table.other_end(wire.socket()).filter(WireRef::has_handles) {
            // As long as both ends belonged to the same scope, they go on doing so.
            if !matches!(mine, WireScope::Unassigned)
                && table.scope_of_wire(other.id()).is_same(&before)
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
        // The registry's lock is never taken under this one. A wire that is made meanwhile comes here, or sets the flag again.
        drop(table);
        self.has_missed.store(false, Ordering::Release);
        let wires = registry.wire_refs();
        let mut table = self.table();
        wires.iter().for_each(|wire| table.add(wire));
        table.is_complete = true;
        table
    }

    /// Which scope sees findings of a writer on a wire, as far as the writer decides it.
    pub(crate) fn of_writer(&self, wire: u64, writer: Runner) -> Audience {
        match self.scope_of_wire(wire) {
            WireScope::Unassigned => audience(scope::of(writer)),
            WireScope::One(_) | WireScope::Shared => Audience::default(),
        }
    }

    /// Which scope sees findings of two writers on a wire. On a wire that was made in no scope, it is the outermost scope
    /// that both writers have in common, so that all scopes in it see them too.
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

/// Which scope sees findings at a lock: that of the waiter. If the holder is in a scope that does not see those findings,
/// it is the nearest scope that both see.
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
    /// How many entries there are before wires that are gone are removed. Later it is twice the number of live ones.
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
            // The system gives addresses again. The number tells which wire was made later.
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

/// The two addresses of a socket, if no other socket has both. Unix sockets may share theirs.
fn ends(socket: &Socket) -> Option<Ends> {
    let address = |address: Option<&str>| {
        let address: SocketAddr = address?.parse().ok()?;
        // A listener for IPv4 and IPv6 sees IPv4 addresses mapped into IPv6.
        Some(SocketAddr::new(address.ip().to_canonical(), address.port()))
    };
    Some((address(socket.local())?, address(socket.peer())?))
}
