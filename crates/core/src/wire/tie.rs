//! Ties: to which scope a wire belongs.
//!
//! A wire belongs to the scope of whoever makes the first handle on it in one. If somebody does in another scope, which
//! would not see its findings, it belongs to what both see. Its other end, if that is in this process, belongs to the same
//! scope, whoever made it. Where there is no scope, nobody looks for any of this.

use super::registry::{Known, Registry, Wires};
use super::sync::lock;
use super::{Contest, Socket, Wire};
use crate::scope::{self, Scope};
use crate::witness::Runner;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

/// To whom a wire belongs.
#[derive(Debug, Clone)]
pub(super) enum Tie {
    /// Nobody in a scope has made a handle yet. All see its findings.
    Loose,
    Scope(Arc<Scope>),
    /// Scopes that have nothing in common have made handles.
    Shared,
}

/// Two addresses: here and there.
pub(super) type Ends = (SocketAddr, SocketAddr);

/// Wires by their two addresses.
pub(super) type ByEnds = HashMap<Ends, Known>;

impl Tie {
    /// What it becomes when somebody in the scope `here` makes a handle.
    fn with(&self, here: &Arc<Scope>) -> Tie {
        match self {
            Tie::Loose => Tie::Scope(here.clone()),
            Tie::Scope(scope) => scope.common(here).map_or(Tie::Shared, Tie::Scope),
            Tie::Shared => Tie::Shared,
        }
    }
}

impl Tie {
    fn is(&self, other: &Tie) -> bool {
        match (self, other) {
            (Tie::Scope(one), Tie::Scope(other)) => Arc::ptr_eq(one, other),
            (Tie::Loose, Tie::Loose) | (Tie::Shared, Tie::Shared) => true,
            _ => false,
        }
    }
}

impl Contest {
    /// The scope to which a finding of writers of these two scopes belongs. What nobody's scope has made is theirs if they
    /// have a scope in common, whoever made it: that of the outermost one, and so of all in it.
    pub(super) fn scope_of(
        &self,
        one: Option<&Arc<Scope>>,
        other: Option<&Arc<Scope>>,
    ) -> Option<Arc<Scope>> {
        match self.tie {
            Tie::Loose => one?.common(other?)?.outermost(),
            Tie::Scope(_) | Tie::Shared => self.scope(),
        }
    }

    /// The scope of a writer that is here, as far as it may be asked for.
    pub(super) fn scope_of_writer(&self, writer: Runner) -> Option<Arc<Scope>> {
        if matches!(self.tie, Tie::Loose) {
            scope::of(writer)
        } else {
            None
        }
    }

    /// The scope to which the wire belongs.
    pub(super) fn scope(&self) -> Option<Arc<Scope>> {
        match &self.tie {
            Tie::Scope(scope) => Some(scope.nearest_live()),
            Tie::Loose | Tie::Shared => None,
        }
    }

    fn tie(&mut self, tie: Tie) {
        if !self.tie.is(&tie) {
            self.tie = tie;
            self.forget_accounts();
        }
    }
}

impl Registry {
    /// Ties a wire on which the caller has made a handle.
    pub(super) fn tie(&self, wire: &Wire) {
        let here = scope::here();
        // Held all the time: two that make handles at the two ends must not miss each other.
        let mut wires = self.wires();
        let (before, mine) = {
            let mut contest = lock(&wire.contest);
            let before = contest.tie.clone();
            if let Some(here) = here {
                let tie = contest.tie.with(&here);
                contest.tie(tie);
            }
            (before, contest.tie.clone())
        };
        let Some(other) = wires
            .other_end(&wire.socket)
            .and_then(|known| known.wire.upgrade())
        else {
            return;
        };
        let theirs = {
            let mut contest = lock(&other.contest);
            // One without handles is kept for what was left on it, and its addresses may be others' by now.
            if contest.handles() == 0 {
                return;
            }
            // What was not told from this end goes where this end goes.
            if !matches!(mine, Tie::Loose) && contest.tie.is(&before) {
                contest.tie(mine.clone());
            }
            contest.tie.clone()
        };
        if matches!((&mine, &theirs), (Tie::Loose, Tie::Scope(_))) {
            lock(&wire.contest).tie(theirs);
        }
    }
}

impl Wires {
    /// The wire at the other end of a connection.
    fn other_end(&mut self, socket: &Socket) -> Option<Known> {
        let (local, peer) = ends(socket)?;
        let by_ends = self.by_ends.take().unwrap_or_else(|| {
            let all = self
                .all()
                .filter_map(|known| Some((ends(&known.wire.upgrade()?.socket)?, known.clone())));
            all.collect()
        });
        let other = by_ends.get(&(peer, local)).cloned();
        self.by_ends = Some(by_ends);
        other
    }

    /// A wire has come: where its other end is looked for, it is to be found.
    pub(super) fn note_ends(&mut self, socket: &Socket, known: &Known) {
        if !scope::is_any_live() {
            self.by_ends = None;
        } else if let Some(by_ends) = &mut self.by_ends
            && let Some(ends) = ends(socket)
        {
            by_ends.insert(ends, known.clone());
        }
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
