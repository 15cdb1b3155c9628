//! Names of functions as the compiler writes them: which crate wrote the function.

use super::crates::OWN_CRATES;

/// `app::publish::{{closure}}` in `core::ptr::drop_in_place<app::publish::{{closure}}>`.
pub(super) fn what_is_dropped(function: &str) -> Option<&str> {
    let parameter = function
        .strip_prefix("core::ptr::drop_in_place")?
        .trim_start_matches(':')
        .strip_prefix('<')?;
    Some(&parameter[..at_top_level(parameter, ">").unwrap_or(parameter.len())])
}

/// The crate that a function's name says it is written in. An `impl` of a trait is written in the crate of the trait or
/// in that of the type. If one of the two is of the runtime, as `is_runtime` says of its name, the other decides. `None` for a
/// name without a path, which inlined functions and those of C have.
pub(super) fn owner(function: &str, is_runtime: impl Fn(&str) -> bool + Copy) -> Option<&str> {
    let Some(qualified) = function.strip_prefix('<') else {
        return crate_of_path(function);
    };
    let qualified = &qualified[..at_top_level(qualified, ">").unwrap_or(qualified.len())];
    let (the_type, the_trait) = match qualified.strip_prefix("impl ") {
        Some(implementation) => {
            split(implementation, " for ").map_or((implementation, None), |(t, s)| (s, Some(t)))
        }
        None => split(qualified, " as ").map_or((qualified, None), |(s, t)| (s, Some(t))),
    };
    let crates = [Some(the_type), the_trait]
        .map(|it| crate_of_type(it?, is_runtime))
        .into_iter()
        .flatten();
    let ours = crates.clone().find(|name| OWN_CRATES.contains(name));
    ours.or_else(|| crates.clone().find(|name| !is_runtime(name)))
        .or(Some("core"))
}

/// The crate that defines this type. A parameter, a primitive, a tuple and a slice have none.
pub(super) fn crate_of_type(
    mut name: &str,
    is_runtime: impl Fn(&str) -> bool + Copy,
) -> Option<&str> {
    while let Some(rest) = ["&", "(dyn ", "dyn ", "impl ", "mut "]
        .iter()
        .find_map(|word| name.strip_prefix(word))
    {
        name = rest;
    }
    if name.starts_with('\'') {
        return crate_of_type(name.split_once(' ')?.1, is_runtime);
    }
    if let Some(lifetimes) = name.strip_prefix("for<") {
        return crate_of_type(lifetimes.split_once("> ")?.1, is_runtime);
    }
    if name.starts_with('<') {
        return owner(name, is_runtime);
    }
    crate_of_path(name)
}

fn crate_of_path(name: &str) -> Option<&str> {
    let first = identifier(name);
    let behind = &name[first.len()..];
    // A crate's name may be followed by its disambiguator.
    let behind = behind
        .strip_prefix('[')
        .and_then(|hash| hash.split_once(']'))
        .map_or(behind, |(_, rest)| rest);
    (!first.is_empty() && behind.starts_with("::")).then_some(first)
}

fn identifier(name: &str) -> &str {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    &name[..name.find(|letter| !is_part(letter)).unwrap_or(name.len())]
}

fn split<'a>(name: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let at = at_top_level(name, word)?;
    Some((&name[..at], &name[at + word.len()..]))
}

/// Where a word stands outside of all brackets. The `>` of an arrow is not a bracket.
fn at_top_level(name: &str, word: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, letter) in name.char_indices() {
        if depth == 0 && name[at..].starts_with(word) && previous != '-' {
            return Some(at);
        }
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if previous == '-' => {}
            '>' | ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        previous = letter;
    }
    None
}
