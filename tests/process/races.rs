//! Races of whole processes: the seed is printed, and repeated.

use crate::launch::{Ended, Launch, NO_PAGE};
use redhanded::testing::Race;

/// The line that a race prints at its beginning.
fn line(seed: u64) -> String {
    format!("redhanded: 2 threads race with the seed {seed:#x} (REDHANDED_SEED repeats it)")
}

#[track_caller]
fn printed_seed(ended: &Ended) -> u64 {
    let printed = ended
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("the seed is "));
    printed
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(|| panic!("no seed: {ended}"))
}

#[test]
fn a_race_prints_its_seed_and_takes_it_from_the_environment() {
    let first = Launch::of(races).with(NO_PAGE).run().in_order();
    let seed = printed_seed(&first);
    assert_eq!(first.lines(), [line(seed)]);
    for value in [format!("{seed:#x}"), seed.to_string()] {
        let again = Launch::of(races)
            .with(NO_PAGE)
            .with(("REDHANDED_SEED", value))
            .run()
            .in_order();
        assert_eq!(
            (again.lines(), printed_seed(&again)),
            (vec![&*line(seed)], seed)
        );
    }
}

#[test]
fn an_invalid_seed_is_named_and_a_new_one_is_used() {
    let ended = Launch::of(races)
        .with(NO_PAGE)
        .with(("REDHANDED_SEED", "dice"))
        .run()
        .in_order();
    let takes = "the seed of a race as it was printed, such as 0x1f, or a number up to 18446744073709551615";
    let named = format!(
        "redhanded: REDHANDED_SEED=\"dice\" is not understood: it takes {takes}; going on with a new one"
    );
    assert_eq!(ended.lines(), [named, line(printed_seed(&ended))]);
}

pub fn races() {
    let outcome = Race::of(2).rounds(2).run(|_| {});
    println!("the seed is {}", outcome.seed());
}

#[test]
fn a_racer_that_panics_is_named_with_the_seed() {
    let ended = Launch::of(panics).with(NO_PAGE).run().with_code(101);
    assert!(
        ended
            .stderr
            .contains("redhanded: racer 1 has panicked in round 1 with the seed 0x7"),
        "{ended}"
    );
    assert!(ended.stderr.contains("its own words"), "{ended}");
}

pub fn panics() {
    let _ = Race::of(2)
        .seed(7)
        .run(|racer| assert_eq!(racer, 0, "its own words"));
}
