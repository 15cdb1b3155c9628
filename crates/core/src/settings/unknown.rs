//! Names of `REDHANDED_*` variables that nothing reads: a setting that is misspelt would otherwise stay without effect.

use std::ffi::OsString;

/// Every variable that some part of redhanded reads. Those of its own tests begin with `REDHANDED_TEST_`.
const KNOWN: &[&str] = &[
    "REDHANDED_BIND",
    "REDHANDED_CAPTURE",
    "REDHANDED_EXITCODE",
    "REDHANDED_PAYLOAD",
    "REDHANDED_PLAN",
    "REDHANDED_POLICY",
    "REDHANDED_PROOF",
    "REDHANDED_PROVOKE",
    "REDHANDED_RELEASE",
    "REDHANDED_REPORT_DIR",
    "REDHANDED_SEED",
    "REDHANDED_SOURCE",
    "REDHANDED_STALL",
    "REDHANDED_STDERR",
    "REDHANDED_SUPPRESSIONS",
];

const PREFIX: &str = "REDHANDED_";
const OF_TESTS: &str = "REDHANDED_TEST_";

/// A name further away than this is no misspelling.
const MOST: usize = 4;

/// What is said of each name that is not known, in the order of the names.
pub(super) fn unknown(names: impl Iterator<Item = OsString>) -> Vec<String> {
    let mut unknown: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name.starts_with(PREFIX) && !name.starts_with(OF_TESTS))
        .filter(|name| !KNOWN.contains(&&**name))
        .collect();
    unknown.sort();
    unknown.iter().map(|name| told(name)).collect()
}

fn told(name: &str) -> String {
    let nearest = KNOWN
        .iter()
        .map(|known| (distance(name, known), known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= MOST => {
            format!("{name} is no setting, and has no effect: is it {known}?")
        }
        _ => format!("{name} is no setting, and has no effect"),
    }
}

/// How many characters have to be put in, taken out or replaced to make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, from) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, to) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_what_has_to_be_changed() {
        let table = [
            ("", "", 0),
            ("STALL", "STALL", 0),
            ("STAL", "STALL", 1),
            ("STALLL", "STALL", 1),
            ("STOLL", "STALL", 1),
            ("POLICE", "POLICY", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ];
        for (one, other, expected) in table {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest_known_one_if_one_is_near() {
        let names = [
            "PATH",
            "REDHANDED_STALL",
            "REDHANDED_TEST_STORM",
            "REDHANDED_STAL",
            "REDHANDED_EXIT_CODE",
            "REDHANDED_COLOUR_OF_THE_PAGE",
        ];
        assert_eq!(
            unknown(names.into_iter().map(OsString::from)),
            [
                "REDHANDED_COLOUR_OF_THE_PAGE is no setting, and has no effect",
                "REDHANDED_EXIT_CODE is no setting, and has no effect: is it REDHANDED_EXITCODE?",
                "REDHANDED_STAL is no setting, and has no effect: is it REDHANDED_STALL?",
            ]
        );
    }
}
