//! The seed of a race: from the environment, or a new one.

use crate::error::SettingError;
use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::hash::{BuildHasher, Hasher};

const VARIABLE: &str = "REDHANDED_SEED";

/// The seed that the environment gives, or a new one.
pub(super) fn of_environment() -> u64 {
    let read = std::env::var_os(VARIABLE).map(|value| parse(&value));
    match read {
        Some(Ok(seed)) => seed,
        Some(Err(error)) => {
            eprintln!("redhanded: {error}; going on with a new one");
            new()
        }
        None => new(),
    }
}

fn parse(value: &OsStr) -> Result<u64, SettingError> {
    let number = value
        .to_str()
        .and_then(|text| match text.strip_prefix("0x") {
            // `from_str_radix` would take a sign.
            Some(digits) if digits.starts_with('+') => None,
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        });
    let takes = "the seed of a race as it was printed, such as 0x1f, or a number up to 18446744073709551615";
    number.ok_or_else(|| SettingError {
        variable: VARIABLE,
        value: value.to_string_lossy().into_owned(),
        takes,
    })
}

/// A random seed: the standard library seeds its hash maps from the system.
fn new() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_read_as_it_is_printed_and_as_a_number() {
        let seed = |text: &str| parse(text.as_ref()).ok();
        assert_eq!(
            (seed("0x1f"), seed("31"), seed("0")),
            (Some(31), Some(31), Some(0))
        );
        assert_eq!(seed(&format!("{:#x}", u64::MAX)), Some(u64::MAX));
    }

    #[test]
    fn a_bad_value_is_one_line_that_names_the_variable_and_what_it_takes() {
        for value in [
            "",
            "0x",
            "0x+1",
            "-1",
            "a",
            "1 2",
            "18446744073709551616",
            "1\n2",
        ] {
            let line = parse(value.as_ref()).expect_err(value).to_string();
            assert!(
                line.contains(VARIABLE)
                    && line.contains("the seed of a race")
                    && !line.contains('\n'),
                "{line}"
            );
        }
    }

    #[test]
    fn new_seeds_differ() {
        assert_ne!(new(), new());
    }
}
