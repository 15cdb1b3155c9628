//! Open findings: one of their writers has not returned.

use crate::pair::Pair;
use crate::{address, beside, drained, elsewhere, found};

#[test]
fn an_open_finding_is_seen_in_its_scope_and_in_no_other() {
    let _beside = beside();
    let others = elsewhere(redhanded::watch);
    // The report of these lines has all the samples that it keeps.
    {
        let _first = redhanded::watch();
        (0..5).for_each(|_| Pair::on(&drained()).overlap());
    }
    let watch = redhanded::watch();
    let streams = [drained(), drained()];
    let met = streams.each_ref().map(|stream| Pair::on(stream).meet());
    let [report] = &watch.findings()[..] else {
        panic!("one report: {:?}", watch.findings())
    };
    let wires = streams.each_ref().map(address);
    assert!(
        report.open && wires.contains(report.wire.local.as_ref().expect("it has an address")),
        "{report}"
    );
    assert_eq!(
        report.count, 1,
        "open findings that are only counted are not shown"
    );
    met.into_iter().for_each(|met| met.part());
    let (count, seen) = found(&watch);
    assert!(
        count == 2 && seen.iter().all(|wire| wires.contains(wire)),
        "{count} {seen:?}"
    );
    assert_eq!(found(&others), (0, vec![]));
}

#[test]
fn a_finding_that_was_open_when_a_scope_began_does_not_belong_to_it() {
    let _beside = beside();
    let outer = redhanded::watch();
    let stream = drained();
    let met = Pair::on(&stream).meet();
    assert_eq!(found(&outer), (1, vec![address(&stream)]));
    let inner = redhanded::watch();
    met.part();
    inner.assert_clean();
    assert_eq!(found(&outer), (1, vec![address(&stream)]));
}

#[test]
fn a_finding_that_is_open_when_its_scope_ends_does_not_belong_to_the_next_scope() {
    let _beside = beside();
    let stream = drained();
    let watch = redhanded::watch();
    let met = Pair::on(&stream).meet();
    assert_eq!(found(&watch).0, 1);
    drop(watch);
    let next = redhanded::watch();
    met.part();
    next.assert_clean();
}
