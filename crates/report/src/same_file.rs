//! Whether two paths name one file: debug information has absolute paths, and call sites have paths below the workspace.

/// Whether two paths name one file: they are the same, or the longer one ends with the shorter one.
pub(super) fn is_same_file(one: &str, other: &str) -> bool {
    let (one, other) = (one.replace('\\', "/"), other.replace('\\', "/"));
    let (long, short) = if one.len() < other.len() {
        (&other, &one)
    } else {
        (&one, &other)
    };
    let before = long.strip_suffix(short.as_str());
    !short.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_path_names_the_file_that_a_longer_one_ends_with() {
        for (one, other, is_same) in [
            ("src/a.rs", "src/a.rs", true),
            ("src/a.rs", "/w/app/src/a.rs", true),
            ("src\\a.rs", "C:\\app\\src\\a.rs", true),
            ("rc/a.rs", "/w/app/src/a.rs", false),
            ("src/a.rs", "src/b.rs", false),
            ("", "src/b.rs", false),
        ] {
            assert_eq!(is_same_file(one, other), is_same, "{one} {other}");
            assert_eq!(is_same_file(other, one), is_same, "{one} {other}");
        }
    }
}
