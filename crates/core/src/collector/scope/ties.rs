//! Ties: to which scope a wire belongs, and so for whom its findings are.
//!
//! A wire belongs to the scope of the first writer in a scope that makes a handle on it. If a writer in another scope
//! makes one, which would not see its findings, the wire belongs to what both see. Its other end, if that is in this
//! process, belongs to the same scope, in whatever order the two were made. Where there is no scope, none of this is looked
//! for.
//!
//! The lock of the ties is taken under the lock of a contest. Under it, only the table of scopes is looked at.

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
enum Tie {
    /// No writer in a scope has made a handle yet. All see its findings.
    Loose,
    Scope(Arc<Scope>),
    /// Writers in scopes that have nothing in common have made handles.
    Shared,
}

impl Tie {
    /// What it becomes when a writer in the scope `here` makes a handle.
    fn with(&self, here: &Arc<Scope>) -> Tie {
        match self {
            Tie::Loose => Tie::Scope(here.clone()),
            Tie::Scope(scope) => scope.common(here).map_or(Tie::Shared, Tie::Scope),
            Tie::Shared => Tie::Shared,
        }
    }

    fn is(&self, other: &Tie) -> bool {
        match (self, other) {
            (Tie::Scope(one), Tie::Scope(other)) => Arc::ptr_eq(one, other),
            (Tie::Loose, Tie::Loose) | (Tie::Shared, Tie::Shared) => true,
            _ => false,
        }
    }
}

/// The ties of all wires.
#[derive(Debug, Default)]
pub(crate) struct Ties {
    table: Mutex<Table>,
    /// There is a tie. Most processes never have one, and then no lock is taken.
    has_any: AtomicBool,
    /// Wires were made that the table does not know, because there was no scope.
    has_missed: AtomicBool,
}

#[derive(Debug, Default)]
struct Table {
    /// What is no [`Tie::Loose`], by the wire's number.
    ties: HashMap<u64, (WireRef, Tie)>,
    /// Wires by their two addresses.
    by_ends: HashMap<Ends, WireRef>,
    /// All wires are in `by_ends` that were not missed.
    is_complete: bool,
    /// Wires that are gone are swept out when there are so many, or [`Table::FIRST_SWEEP`].
    sweep_at: usize,
}

impl Ties {
    /// A writer has made this handle.
    pub(crate) fn note_handle(&self, handle: &Handle, registry: &Registry) {
        // Asked after the handle was made: a writer that makes one at the other end meanwhile finds this one, or is
        // found.
        if scope::is_any_live() {
            self.tie(&handle.wire().to_ref(), registry);
        } else if !self.has_missed.load(Ordering::Acquire)
            && !self.has_missed.swap(true, Ordering::AcqRel)
        {
            let mut table = self.table();
            (table.by_ends, table.is_complete) = (HashMap::new(), false);
        }
    }

    fn tie(&self, wire: &WireRef, registry: &Registry) {
        let here = scope::here();
        // Held all the time: two that make handles at the two ends must not miss each other.
        let mut table = self.complete_table(registry);
        table.add(wire);
        let before = table.tie_of(wire.id());
        if let Some(here) = here {
            table.set(wire, before.with(&here));
        }
        let mine = table.tie_of(wire.id());
        // One without handles is kept for what was left on it, and its addresses may be others' by now.
        if let Some(other) = table.other_end(wire.socket()).filter(WireRef::has_handles) {
            // What was not told from this end goes where this end goes.
            if !matches!(mine, Tie::Loose) && table.tie_of(other.id()).is(&before) {
                table.set(&other, mine.clone());
            }
            let theirs = table.tie_of(other.id());
            if matches!((&mine, &theirs), (Tie::Loose, Tie::Scope(_))) {
                table.set(wire, theirs);
            }
        }
        self.has_any
            .store(!table.ties.is_empty(), Ordering::Release);
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
        match self.tie_of(wire) {
            Tie::Loose => audience(scope::of(writer)),
            Tie::Scope(_) | Tie::Shared => Audience::default(),
        }
    }

    /// For whom findings of two writers on a wire are. On a wire that was made in no scope, they are for the scope that
    /// both writers have in common, on whatever thread it was made: for the outermost one, and so for all in it.
    pub(crate) fn of_pair(&self, wire: u64, writers: [&Audience; 2]) -> Audience {
        audience(match self.tie_of(wire) {
            Tie::Loose => {
                let [one, other] = writers.map(scope_of);
                one.zip(other)
                    .and_then(|(one, other)| one.common(&other)?.outermost())
            }
            Tie::Scope(scope) => Some(scope.nearest_live()),
            Tie::Shared => None,
        })
    }

    fn tie_of(&self, wire: u64) -> Tie {
        if self.has_any.load(Ordering::Acquire) {
            self.table().tie_of(wire)
        } else {
            Tie::Loose
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

    fn tie_of(&self, wire: u64) -> Tie {
        self.ties
            .get(&wire)
            .map_or(Tie::Loose, |(_, tie)| tie.clone())
    }

    fn set(&mut self, wire: &WireRef, tie: Tie) {
        self.ties.insert(wire.id(), (wire.clone(), tie));
    }

    fn add(&mut self, wire: &WireRef) {
        let count = self.ties.len() + self.by_ends.len();
        if count >= self.sweep_at.max(Self::FIRST_SWEEP) {
            self.ties.retain(|_, (wire, _)| !wire.is_gone());
            self.by_ends.retain(|_, wire| !wire.is_gone());
            self.sweep_at = 2 * (self.ties.len() + self.by_ends.len());
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
