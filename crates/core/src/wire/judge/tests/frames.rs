//! Frames of other handles, and the handle's own.

use super::*;
use Kind::{AbandonedWrite, TornFrame};

/// The rule, the program that shows it, what is changed of the plain scene, and the kind of the tear.
type FramesRow = (&'static str, &'static str, fn(&mut Scene), Option<Kind>);

const FRAMES: &[FramesRow] = &[
    (
        "a call in an open frame of another handle tears it",
        "wrong/half_a_frame",
        |_| (),
        Some(TornFrame),
    ),
    (
        "so it does where the socket has no counters",
        "wrong/half_a_frame_unix",
        |it| {
            it.before = without_counters(it.before);
            it.after = without_counters(it.after);
            it.open.stamp = None;
        },
        Some(TornFrame),
    ),
    (
        "a frame of a handle that is gone is an abandoned write",
        "wrong/abandoned_frame",
        |it| it.open.is_abandoned = true,
        Some(AbandonedWrite),
    ),
    (
        "so is the handle's own frame, if it goes on with something else",
        "wrong/cancelled_write",
        |it| (it.open.handle, it.abandons) = (OWN, true),
        Some(AbandonedWrite),
    ),
    (
        "unless it is another writer of the handle that comes, and the first may come back",
        "wrong/turns_by_write",
        |it| (it.open.handle, it.abandons, it.may_come_back) = (OWN, true, true),
        Some(TornFrame),
    ),
    (
        "a handle that goes on with its own frame tears nothing",
        "right/handed_over_send",
        |it| it.open.handle = OWN,
        None,
    ),
    (
        "the rest of a frame of a handle that is gone finishes it",
        "right/remade_objects",
        |it| {
            it.open.is_abandoned = true;
            it.bytes = FRAME[OUT as usize..].to_vec();
        },
        None,
    ),
    (
        "so may its next byte, wherever another writer has it from",
        "wire::tests::a_rest_that_another_writer_begins_by_chance_is_still_awaited",
        |it| {
            it.open.is_abandoned = true;
            it.bytes = FRAME[OUT as usize..][..1].to_vec();
        },
        None,
    ),
    (
        "what comes behind that byte and is not the rest tears the frame",
        "wire::tests::a_rest_that_another_writer_begins_by_chance_is_still_awaited",
        |it| {
            (it.open.is_abandoned, it.open.is_handed_on) = (true, true);
            it.open.rest = &FRAME[OUT as usize + 1..];
            it.bytes = FRAME[OUT as usize..].to_vec();
        },
        Some(AbandonedWrite),
    ),
    (
        "a frame whose writer has gone on meanwhile, and may have come to its end, is not where it was",
        "wire::tests::a_frame_that_is_begun_while_a_call_is_under_way_is_not_torn_by_it",
        |it| (it.open.state_now, it.open.may_end) = (4, true),
        None,
    ),
    (
        "so is the next frame of the same writer",
        "wire::tests::a_frame_that_is_begun_while_a_call_is_under_way_is_not_torn_by_it",
        |it| (it.open.state, it.open.state_now, it.open.starts_at) = (5, 5, 7),
        None,
    ),
    (
        "a call while the writer of an open frame sends more of it, and not its end, tears it",
        "wrong/large_messages",
        |it| it.open.state_now = 4,
        Some(TornFrame),
    ),
    (
        "so it does where the writer has come back meanwhile, and nothing is known of the kernel's counts",
        "wrong/large_messages",
        |it| {
            (it.open.state, it.open.state_now) = (5, 5);
            (it.open.stamp, it.before.taken) = (None, None);
        },
        Some(TornFrame),
    ),
    (
        "a frame that was begun during the call is not torn by it",
        "wire::tests::a_frame_that_is_begun_while_a_call_is_under_way_is_not_torn_by_it",
        |it| it.was_open = false,
        None,
    ),
    (
        "a tear is told once",
        "wire::tests::a_tear_is_told_once_until_its_writer_comes_back_to_the_frame",
        |it| it.open.is_told = true,
        None,
    ),
    (
        "bytes that no watched handle has sent may have finished it",
        "right/frames_past_the_object",
        |it| it.before.taken = Some(OUT + 3),
        None,
    ),
    (
        "where the socket has counters and they tell nothing, nothing is certain",
        "right/reconnects",
        |it| it.before.taken = None,
        None,
    ),
    (
        "nothing is told of a call inside another claim of the same thread",
        "right/keep_alive_below",
        |it| it.has_claim = false,
        None,
    ),
    (
        "what was not looked at before the call is not judged",
        "right/one_lock",
        |it| it.has_before = false,
        None,
    ),
];

#[test]
fn frames_that_were_open_before_the_call() {
    for (rule, shown_by, change, expected) in FRAMES {
        let verdict = Scene::new(PING).with(*change).judge(Vec::new());
        let kinds: Vec<Kind> = verdict.frames.iter().map(|torn| torn.tear.kind).collect();
        assert_eq!(
            kinds,
            expected.iter().copied().collect::<Vec<_>>(),
            "{rule} ({shown_by})"
        );
    }
}

/// The rule, the bytes, what is changed of the plain scene, and what would be torn. `wire::tests::policies` shows them.
type WouldTearRow = (&'static str, &'static [u8], fn(&mut Scene), &'static str);

const IN_MESSAGE: fn(&mut Scene) = |it| {
    it.was_open = false;
    it.message = Some(Some((OUT, OUT)));
};

const WOULD_TEAR: &[WouldTearRow] = &[
    ("a frame of another handle", PING, |_| (), "frame"),
    (
        "an operation that begins writes no rest of another frame, whatever its first byte is",
        &[FRAME[OUT as usize]],
        |it| (it.open.is_abandoned, it.is_beginning) = (true, true),
        "frame",
    ),
    (
        "nor does one of which not even the first byte is known",
        &[],
        |it| (it.open.is_abandoned, it.is_beginning) = (true, true),
        "frame",
    ),
    ("a message of another handle", TEXT, IN_MESSAGE, "message"),
    (
        "what is queued in front of an operation goes out with it, and begins a message",
        &[],
        |it| {
            IN_MESSAGE(it);
            (it.is_beginning, it.begins_message) = (true, true);
        },
        "message",
    ),
    (
        "a control frame goes between fragments",
        PING,
        IN_MESSAGE,
        "",
    ),
    (
        "a fragment goes on with the message",
        LAST_FRAGMENT,
        IN_MESSAGE,
        "",
    ),
    (
        "what may have been finished by other bytes is not refused",
        TEXT,
        |it| {
            IN_MESSAGE(it);
            it.before.taken = Some(OUT + 9);
        },
        "",
    ),
];

#[test]
fn what_would_be_torn_under_the_other_policies() {
    for (rule, bytes, change, expected) in WOULD_TEAR {
        let scene = Scene::new(bytes).with(*change);
        let before = Before {
            reading: scene.before,
            own_state: 0,
            open_frames: if scene.was_open {
                vec![scene.open_before()]
            } else {
                Vec::new()
            },
            turn: Turn::GoesOn,
            is_beginning: scene.is_beginning,
            begins_message: scene.begins_message,
            may_come_back: false,
            suspicion: None,
        };
        let pieces = [IoSlice::new(bytes)];
        let bytes = Bytes {
            handle: OWN,
            is_encrypted: false,
            cursor: Cursor::at_frame(),
            offered: &Offered::new(&pieces),
        };
        let message = scene.message.map(|stamp| Fragmented {
            header: crate::wire::bytes::Header::read([FIRST_FRAGMENT]),
            stamp,
        });
        let would = would_tear(&before, &bytes, &[scene.open], message.as_ref());
        let name = match would {
            Some(WouldTear::Frame(_)) => "frame",
            Some(WouldTear::Message(_)) => "message",
            None => "",
        };
        assert_eq!(name, *expected, "{rule}");
    }
}
