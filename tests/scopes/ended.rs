//! Scopes that end before their connections do.

use crate::pair::{overlap, writer};
use crate::{address, beside, drained, elsewhere, found};

#[test]
fn what_an_ended_scope_leaves_is_seen_by_the_one_around_it() {
    let _beside = beside();
    let outer = redhanded::watch();
    let stream = drained();
    let inner = redhanded::watch();
    let kept = writer(&stream);
    overlap(&stream);
    assert_eq!((found(&inner).0, found(&outer).0), (1, 0));
    drop(inner);
    elsewhere(|| overlap(&stream));
    assert_eq!(found(&outer), (1, vec![address(&stream)]));
    drop(kept);
}

#[test]
fn what_the_last_scope_leaves_is_seen_by_later_ones_of_its_thread_and_by_no_other() {
    let _beside = beside();
    let stream = drained();
    let ended = redhanded::watch();
    let kept = writer(&stream);
    overlap(&stream);
    drop(ended);
    let before = elsewhere(redhanded::watch);
    let later = redhanded::watch();
    elsewhere(|| overlap(&stream));
    assert_eq!(found(&later), (1, vec![address(&stream)]));
    assert_eq!(found(&before), (0, vec![]));
    drop(kept);
}
