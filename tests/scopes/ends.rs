//! The end of a scope, and the two ends of a connection: at both of them, the same scopes see what is found.

use crate::pair::{Pair, overlap, writer};
use crate::{drained, elsewhere, found, tcp};

#[test]
fn what_an_inner_watch_has_seen_is_not_seen_by_the_outer_one_even_if_it_was_not_asked() {
    let _alone = crate::alone();
    for by_trait in [false, true] {
        for _ in 0..20 {
            let outer = redhanded::watch();
            let stream = drained();
            let inner = redhanded::watch();
            if by_trait {
                Pair::of_taps(&stream).overlap_by_trait()
            } else {
                overlap(&stream)
            }
            drop(inner);
            assert_eq!(found(&outer).0, 0);
        }
    }
}

#[test]
fn findings_at_the_far_end_are_seen_by_all_scopes_that_see_the_near_end() {
    let _alone = crate::alone();
    let (near, far) = tcp();
    let [one, other] = [(); 2].map(|()| elsewhere(redhanded::watch));
    let enter = |watch: &redhanded::Watch| {
        let scope = watch.scope();
        elsewhere(|| {
            let _entered = scope.enter();
            writer(&near)
        })
    };
    let first = enter(&one);
    let pair = elsewhere(|| Pair::on(&far));
    let second = enter(&other);
    pair.overlap();
    assert_eq!((found(&one).0, found(&other).0), (1, 1));
    drop((first, second));
}
