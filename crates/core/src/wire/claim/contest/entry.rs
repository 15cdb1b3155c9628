//! What the contest keeps of writers: who is there, who overlaps whom, and who left while others were on their way.

use crate::wire::claim::activity::Activity;
use crate::wire::finding::{Audience, Doubt, Finding, PairKey, Tear, Torn};
use crate::wire::half::{Half, Outcome, Side};
use crate::wire::identity::Socket;
use crate::wire::tally::Tally;
use redhanded_report::Role;
use std::sync::Arc;
use std::time::SystemTime;

/// A writer's name in its contest.
pub(crate) type Token = u64;

/// The place of a writer among those that found the wire held, counted from 0 since the wire began.
pub(crate) type Ticket = u64;

/// A writer that left while tickets were out.
#[derive(Debug)]
pub(super) struct Missed {
    pub(super) token: Token,
    /// How many tickets were drawn when it left: those with smaller numbers had found the wire held by then.
    pub(super) drawn: Ticket,
}

/// Writers that left while tickets were out, and of which nothing but their number is wanted: a writer that is not
/// scheduled between its ticket and the lock can be overtaken by thousands.
#[derive(Debug)]
pub(super) struct MissedRun {
    pub(super) side: Side,
    /// As that of an [`Entry`].
    pub(super) audience: Audience,
    /// How many tickets were drawn when the first of them left.
    pub(super) drawn: Ticket,
    pub(super) findings: u64,
    /// Those of them that had overlapped no other writer.
    pub(super) calls: u64,
}

/// A writer that is, or was a moment ago, on a contested wire.
///
/// | state        | `writing` | what it means                                                                       |
/// |--------------|-----------|-------------------------------------------------------------------------------------|
/// | writing      | yes       | it has the wire or contests it; whether it has written is asked of its activity     |
/// | left         | no        | it came back; `wrote` and `half.ended` are final, unless `ends_with` names another  |
/// | brought back | no        | it came back before it was entered, and left something open that was torn since     |
///
/// | transition               | by                                                                                |
/// |--------------------------|-----------------------------------------------------------------------------------|
/// | (none) -> writing        | [`Contest::join`] for a newcomer, `meet_holder` for the holder of the claim       |
/// | (none) -> brought back   | [`Contest::tear_left`], by the writer that tears what was left open               |
/// | writing -> left          | [`Contest::leave`], by the writer itself                                          |
/// | left, brought back -> gone | `forget_finished`, when no pair and no ticket that is out needs it any more     |
///
/// A brought-back entry with `ends_with` gets its end and its stack when that writer leaves (`end_with`).
///
/// [`Contest::join`]: super::Contest::join
/// [`Contest::leave`]: super::Contest::leave
/// [`Contest::tear_left`]: super::Contest::tear_left
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) token: Token,
    /// What its handle does. `None` of a writer that came back before it was entered.
    pub(super) activity: Option<Arc<Activity>>,
    pub(super) half: Half,
    /// For whom its findings are, as far as it decides that: asked when it came.
    pub(super) audience: Audience,
    pub(super) writing: bool,
    /// In how many pairs it is.
    pub(super) pairs: u32,
    pub(super) wrote: bool,
    /// Another writer was refused because of it: it counts as one that has written.
    pub(super) counts: bool,
    /// It was refused because of another writer.
    pub(super) is_refused: bool,
    /// How many writers it has overlapped that have written, or may yet.
    pub(super) overlapped: u64,
    /// Findings with writers that are gone, to be counted if this one turns out to have written.
    pub(super) owed: Vec<(Arc<dyn Tally>, u64)>,
    /// Calls that overlapped no writer but this one, likewise.
    pub(super) owed_calls: u64,
    /// A writer that has overlapped this one, and is gone.
    pub(super) met: Option<Half>,
    /// What this one stands for was left open by another writer's operation, and is over when that one is.
    pub(super) ends_with: Option<Token>,
}

/// Two entries that overlap, the earlier one first.
///
/// | state         | `kept` | `was_opened` | what it means                                                         |
/// |---------------|--------|--------------|-----------------------------------------------------------------------|
/// | open          | yes    | yes          | to be told in full; the recorder knows it while both are there        |
/// | torn          | yes    | no or yes    | a tear that is kept in full; told as an open finding only if it was one |
/// | only counted  | no     | no           | it costs an addition; it does not wait for the other side             |
/// | torn, counted | no     | no or yes    | a tear that is only counted; dismissed if it was told as an open finding |
///
/// | transition                    | by                                                                           |
/// |-------------------------------|------------------------------------------------------------------------------|
/// | (none) -> open, only counted  | `pair`, when a newcomer joins: the tally has room, or not                    |
/// | (none) -> torn, torn, counted | [`Contest::tear_left`], if the writer that left it open has no pair with this one |
/// | any -> torn, torn, counted    | `turn`: a reservation is given back, and one asked of the tear's tally       |
/// | `awaits_victim` yes           | [`Contest::await_victim`], by a writer whose call fell into the other's      |
/// | `awaits_victim` no            | [`Contest::settle_intruders`], by that other, when its call has come back    |
/// | only counted -> gone          | `settle_unkept_pairs`, when one side leaves; owed if the other has not written yet |
/// | `awaits_rest` yes             | [`Contest::await_rest`], where another writer of the same handle may come back |
/// | `awaits_rest` no              | [`Contest::settle_left`], when it has, or never will: the finding stays open until then |
/// | any -> gone                   | `close`, when both have left: told if both wrote, else dismissed and given back |
///
/// [`Contest::tear_left`]: super::Contest::tear_left
/// [`Contest::await_victim`]: super::Contest::await_victim
/// [`Contest::await_rest`]: super::Contest::await_rest
/// [`Contest::settle_left`]: super::Contest::settle_left
/// [`Contest::settle_intruders`]: super::Contest::settle_intruders
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) id: u64,
    pub(super) first: Token,
    pub(super) second: Token,
    pub(super) key: PairKey,
    pub(super) tally: Arc<dyn Tally>,
    /// To be kept in full, so that both stacks are needed.
    pub(super) kept: bool,
    /// It was told as an open finding.
    pub(super) was_opened: bool,
    /// The instant of the overlap, of those that are kept.
    pub(super) seen: SystemTime,
    /// What was torn, and whose it was.
    pub(super) tear: Option<(Token, Arc<Tear>)>,
    /// What is known of the bytes if nothing was torn for certain.
    pub(super) doubt: Option<Doubt>,
    /// Only the writer that was intruded upon can tell whether a frame of it was torn.
    pub(super) awaits_victim: bool,
    /// What was torn is a frame whose writer may come back to it. Only then is it known what kind of finding this is.
    pub(super) awaits_rest: bool,
}

impl Entry {
    /// Whether it is a writer as far as findings go: it has written, or another one was refused because it was about to.
    pub(super) fn has_written(&self) -> bool {
        // The activity is that of the handle's next claim as soon as this one is given back.
        let wrote = match &self.activity {
            Some(activity) if self.writing => activity.has_written(),
            _ => self.wrote,
        };
        wrote || self.counts
    }
}

impl Pair {
    pub(super) fn new(
        id: u64,
        [first, second]: [Token; 2],
        key: PairKey,
        tally: Arc<dyn Tally>,
        kept: bool,
        seen: SystemTime,
    ) -> Self {
        let (tear, doubt, awaits_victim) = (None, None, false);
        Pair {
            id,
            first,
            second,
            key,
            tally,
            kept,
            was_opened: kept,
            seen,
            tear,
            doubt,
            awaits_victim,
            awaits_rest: false,
        }
    }

    /// Whether it is only counted, whatever becomes of it.
    pub(super) fn is_only_counted(&self) -> bool {
        !self.kept && self.tear.is_none() && !self.awaits_victim
    }

    pub(super) fn is_of(&self, one: Token, other: Token) -> bool {
        self.has(one) && self.has(other) && one != other
    }

    pub(super) fn has(&self, token: Token) -> bool {
        self.first == token || self.second == token
    }

    pub(super) fn other_side(&self, token: Token) -> Option<Token> {
        self.has(token).then_some(if self.first == token {
            self.second
        } else {
            self.first
        })
    }
}

/// The finding that a pair is.
pub(super) fn finding(
    pair: &Pair,
    first: &Entry,
    second: &Entry,
    (wire, socket): (u64, &Socket),
) -> Finding {
    // Who comes to the lock first need not have begun first. Who is refused stays the second.
    let is_refused = matches!(second.half.ended, Some((_, Outcome::Refused)));
    let began_later = first.half.began.micros_since(second.half.began) > 0.0;
    let (first, second) = if began_later && !is_refused {
        (second, first)
    } else {
        (first, second)
    };
    let is_alone = first.half.handle == second.half.handle
        && first.half.began.to_bits() == second.half.began.to_bits()
        && matches!(&pair.tear, Some((_, tear)) if matches!(tear.torn, Torn::Nothing));
    let tear = pair.tear.as_ref().map(|(victim, tear)| {
        let whose = if *victim == first.token && !is_alone {
            Role::First
        } else {
            Role::Second
        };
        (whose, tear.clone())
    });
    Finding {
        id: pair.id,
        key: pair.key,
        tally: pair.tally.clone(),
        wire,
        socket: socket.clone(),
        seen: pair.seen,
        first: if is_alone { second } else { first }.half.clone(),
        second: (!is_alone).then(|| second.half.clone()),
        tear,
        doubt: pair.doubt,
        lock: None,
        backlog: None,
    }
}
