//! Messages of several fragments.

use super::*;

/// The rule, the program that shows it, the bytes, what is changed of the plain scene, and the steps.
type MessagesRow = (
    &'static str,
    &'static str,
    &'static [u8],
    fn(&mut Scene),
    &'static str,
);

const OPEN: fn(&mut Scene) = |it| it.message = Some(Some((OUT, OUT)));

const MESSAGES: &[MessagesRow] = &[
    (
        "a message between the fragments of another tears it",
        "wrong/lock_per_fragment",
        TEXT,
        OPEN,
        "tears",
    ),
    (
        "so does a first fragment, which opens one of its own",
        "wrong/two_fragmented_messages",
        FIRST_FRAGMENT,
        OPEN,
        "tears opens",
    ),
    (
        "a control frame does not",
        "right/pings_between_fragments",
        PING,
        OPEN,
        "",
    ),
    (
        "the last fragment ends it, whichever handle sends it",
        "right/fragments_in_turn",
        LAST_FRAGMENT,
        OPEN,
        "closes",
    ),
    (
        "a fragment where no message is open has nothing to continue",
        "wrong/nothing_to_continue",
        LAST_FRAGMENT,
        |_| (),
        "tears closes",
    ),
    (
        "unless the message may have begun before the wire was watched",
        "wire::tests::a_continuation_is_only_out_of_place_where_every_frame_before_it_was_seen",
        LAST_FRAGMENT,
        |it| it.has_seen_data = false,
        "closes",
    ),
    (
        "or other bytes have gone out",
        "right/frames_past_the_object",
        LAST_FRAGMENT,
        |it| it.after.taken = it.after.taken.map(|taken| taken + 9),
        "closes",
    ),
    (
        "other bytes may have ended the message",
        "right/frames_past_the_object",
        TEXT,
        |it| {
            OPEN(it);
            it.after.taken = it.after.taken.map(|taken| taken + 9);
        },
        "",
    ),
    (
        "what another writer did during the call is not known",
        "wrong/three_writers",
        TEXT,
        |it| {
            OPEN(it);
            it.is_contested = true;
            it.after.snapshot.state = 5;
        },
        "",
    ),
    (
        "a whole message between the fragments of one call tears it",
        "wire::tests::fragments_and_a_message_between_them_in_one_call_are_a_torn_message",
        &[0x01, 1, b'a', 0x89, 0, 0x82, 1, b'b', 0x80, 1, b'c'],
        |_| (),
        "opens tears closes",
    ),
    (
        "a message in one call is whole",
        "right/frames_flushed_together",
        &[0x01, 1, b'a', 0x89, 0, 0x80, 1, b'c'],
        |_| (),
        "opens closes",
    ),
];

#[test]
fn data_frames_and_the_message_that_is_open() {
    for (rule, shown_by, bytes, change, expected) in MESSAGES {
        let scene = Scene::new(bytes)
            .with(|it| it.was_open = false)
            .with(*change);
        let steps = scene.judge(Vec::new()).messages;
        let names = steps.iter().map(|step| match step {
            Step::Tears(_) => "tears",
            Step::Opens(_) => "opens",
            Step::Closes => "closes",
        });
        assert_eq!(
            names.collect::<Vec<_>>().join(" "),
            *expected,
            "{rule} ({shown_by})"
        );
    }
}

#[test]
fn bytes_that_tear_a_frame_are_not_accused_of_tearing_its_message() {
    // wrong/half_a_frame: an open frame is nearly always the frame of an open message, too.
    let scene = Scene::new(TEXT).with(|it| it.message = Some(Some((OUT, OUT))));
    let verdict = scene.judge(Vec::new());
    assert_eq!((verdict.frames.len(), verdict.messages.len()), (1, 0));
}
