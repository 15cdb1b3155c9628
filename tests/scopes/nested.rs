//! Scopes in one another.

use crate::pair::{Pair, overlap};
use crate::{address, beside, drained, found};

#[test]
fn what_is_found_on_the_connections_of_an_inner_scope_is_not_seen_outside() {
    let _beside = beside();
    let outer = redhanded::watch();
    let own = drained();
    overlap(&own);
    let inner = redhanded::watch();
    let others = drained();
    (0..2).for_each(|_| overlap(&others));
    assert_eq!(found(&inner), (2, vec![address(&others)]));
    drop(inner);
    assert_eq!(found(&outer), (1, vec![address(&own)]));
}

#[test]
fn what_is_found_on_a_connection_of_the_outer_scope_is_seen_inside_from_its_beginning_on() {
    let _beside = beside();
    let outer = redhanded::watch();
    let stream = drained();
    let kept = crate::pair::writer(&stream);
    overlap(&stream);
    let inner = redhanded::watch();
    assert_eq!(found(&inner), (0, vec![]));
    overlap(&stream);
    assert_eq!((found(&inner).0, found(&outer).0), (1, 2));
    drop(kept);
}

#[test]
fn an_inner_scope_goes_on_when_the_outer_one_has_ended() {
    let _beside = beside();
    let outer = redhanded::watch();
    let stream = drained();
    let pair = Pair::on(&stream);
    let inner = redhanded::watch();
    overlap(&stream);
    assert_eq!(found(&inner), (1, vec![address(&stream)]));
    drop(outer);
    assert_eq!(found(&inner), (1, vec![address(&stream)]));
    pair.overlap();
    assert_eq!(found(&inner), (2, vec![address(&stream)]));
}

#[test]
fn a_scope_that_takes_the_place_of_another_sees_what_is_found_from_then_on() {
    let _beside = beside();
    let stream = drained();
    let mut watch = redhanded::watch();
    let kept = crate::pair::writer(&stream);
    for _ in 0..5 {
        overlap(&stream);
        assert_eq!(found(&watch), (1, vec![address(&stream)]));
        watch = redhanded::watch();
    }
    watch.assert_clean();
    drop(kept);
}
