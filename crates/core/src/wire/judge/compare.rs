//! Comparisons that the rules make: of bytes with what was left open, and of readings with stamps.

use crate::wire::bytes::{
    Clip, Content, Cut, Header, Inserted, Inside, Offered, Proof, Reading, Stamped, Tear, Torn,
};
use redhanded_report::Kind;

/// A tear that is proved by one call after the other.
pub(super) fn tear_between_calls(
    kind: Kind,
    reading: &Reading,
    place: Option<Cut>,
    torn: Torn,
    inserted: &Inserted,
) -> Tear {
    Tear {
        kind,
        proof: Proof::Calls,
        place,
        before_watching: reading.before_watching,
        torn,
        inserted: inserted.clone(),
        is_one_of_several: false,
        is_encrypted: false,
        gap: None,
    }
}

/// Whether the bytes offered are the rest of a frame of which a part is out, as far as both go.
pub(crate) fn is_rest(rest: &[u8], offered: &Offered<'_>) -> bool {
    let next = offered.copy(0..rest.len() as u64);
    !next.is_empty() && rest.starts_with(&next)
}

/// Whether a strict writer could begin a frame with the bytes offered: none continues a message where none is open.
fn begins(offered: &Offered<'_>, has_open_message: bool) -> bool {
    let next = offered.copy(0..Header::MAX as u64);
    let is_out_of_place =
        || !has_open_message && Header::read([&next[..]]).content() == Content::Continuation;
    Header::is_plausible(&next, None) && !is_out_of_place()
}

/// Whether another handle that hands on bytes goes on with a frame of which a part is out: it offers its rest, or it goes
/// on where the first had no more.
pub(crate) fn is_handed_on(
    open: &Clip,
    offered: &Offered<'_>,
    is_between_frames: bool,
    has_open_message: bool,
) -> bool {
    let begins_none = is_between_frames && !begins(offered, has_open_message);
    offered.len() > 0 && (is_rest(&open.after, offered) || begins_none && open.after.is_empty())
}

/// Whether the bytes offered may be the rest of a frame of which a part is out: they are, or they begin no frame.
pub(crate) fn continues(open: &Clip, offered: &Offered<'_>) -> bool {
    let next = offered.copy(0..open.after.len() as u64);
    open.after.starts_with(&next) || !Header::is_plausible(&next, open.header.masked())
}

/// Whether a writer whose frames are masked or not as `masked` says could begin one with the bytes offered.
pub(super) fn begins_frame(offered: &Offered<'_>, masked: Option<bool>) -> bool {
    Header::is_plausible(&offered.copy(0..Header::MAX as u64), masked)
}

/// Whether nothing but watched bytes has gone out between a stamp and a reading, as far as the socket tells.
///
/// Either may be the earlier one: a writer takes its stamp after its call, and by then another may have taken its reading.
/// So the two are compared by how far the socket was ahead of the watched bytes, never by their counts.
pub(super) fn is_untouched(stamp: Option<Stamped>, reading: &Reading) -> bool {
    let (Some(stamp), Some(taken)) = (stamp, reading.taken) else {
        return !reading.has_counters;
    };
    let ahead =
        |(taken, accepted): (u64, u64)| i128::from(taken).saturating_sub(i128::from(accepted));
    let more = ahead((taken, reading.snapshot.accepted)).saturating_sub(ahead(stamp));
    match reading.snapshot.inside {
        Inside::None => more == 0,
        Inside::One(caller) => (0..=i128::from(caller.offered)).contains(&more),
        Inside::Several => more >= 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::bytes::{Caller, Snapshot};

    const CALLER: Inside = Inside::One(Caller {
        handle: 1,
        state: 0,
        offered: 10,
    });

    /// What was accepted and what was taken, in the stamp and in the reading; who is inside; the answer.
    type StampRow = (&'static str, (u64, u64), (u64, u64), Inside, bool);
    const STAMPS: &[StampRow] = &[
        ("nothing has happened", (5, 5), (5, 5), Inside::None, true),
        (
            "watched bytes have gone out",
            (5, 5),
            (9, 9),
            Inside::None,
            true,
        ),
        (
            "others have gone out, too",
            (5, 5),
            (9, 10),
            Inside::None,
            false,
        ),
        (
            "the stamp is the later one",
            (9, 9),
            (5, 5),
            Inside::None,
            true,
        ),
        (
            "the stamp is the later one, and others went out before it",
            (9, 10),
            (5, 5),
            Inside::None,
            false,
        ),
        ("a part of a call is in", (5, 5), (5, 12), CALLER, true),
        ("all of a call is in", (5, 5), (5, 15), CALLER, true),
        ("more than a call is in", (5, 5), (5, 16), CALLER, false),
        (
            "the stamp is later, and had the call's end",
            (25, 25),
            (15, 18),
            CALLER,
            true,
        ),
        (
            "the stamp is later, and others went out before it",
            (25, 29),
            (15, 18),
            CALLER,
            false,
        ),
        (
            "several are inside",
            (5, 5),
            (5, 500),
            Inside::Several,
            true,
        ),
        (
            "the stamp is later, and several were inside",
            (50, 50),
            (5, 7),
            Inside::Several,
            true,
        ),
        (
            "several are CALLER, and bytes are missing",
            (5, 9),
            (5, 7),
            Inside::Several,
            false,
        ),
        (
            "the stamp is the greatest there is",
            (u64::MAX, u64::MAX),
            (0, 0),
            CALLER,
            true,
        ),
    ];

    #[test]
    fn a_wire_is_untouched_where_the_socket_is_as_far_ahead_as_those_inside_can_have_put_it() {
        for &(name, stamp, (accepted, taken), inside, answer) in STAMPS {
            let snapshot = Snapshot {
                state: 0,
                accepted,
                inside,
            };
            let reading = Reading {
                snapshot,
                taken: Some(taken),
                counted: Some(taken),
                before_watching: None,
                has_counters: true,
                is_instant: true,
            };
            let (accepted, taken) = stamp;
            assert_eq!(
                is_untouched(Some((taken, accepted)), &reading),
                answer,
                "{name}"
            );
        }
    }

    #[test]
    fn without_a_count_a_wire_is_untouched_only_where_the_socket_has_none() {
        for has_counters in [false, true] {
            let reading = Reading {
                snapshot: Snapshot::default(),
                taken: None,
                counted: None,
                before_watching: None,
                has_counters,
                is_instant: true,
            };
            assert_eq!(is_untouched(Some((0, 0)), &reading), !has_counters);
            assert_eq!(is_untouched(None, &reading), !has_counters);
        }
    }
}
