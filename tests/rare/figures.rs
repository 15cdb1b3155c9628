//! The figures, and a small part of them as tests.

use crate::harness::{assert_found, assert_unharmed, picked, print_found, print_noticed, runs};
use crate::{right, wrong};

#[test]
fn rare_races_are_found_in_the_first_run() {
    assert_found(wrong::PROGRAMS, runs(5));
}

#[test]
fn right_programs_are_not_accused_and_lose_no_send() {
    assert_unharmed(right::PROGRAMS, runs(1));
}

/// Prints the tables that are asked for.
#[test]
fn table() {
    let runs = runs(50);
    print_found(&picked("wrong", wrong::PROGRAMS), runs);
    print_noticed(&picked("right", right::PROGRAMS), runs);
    print_noticed(&picked("turns", right::TURNS_THROUGH_THE_PEER), runs);
}
