//! The guide and the programs are the same text.

use crate::PROGRAMS;
use std::collections::BTreeSet;

const GUIDE: &str = include_str!("../../CONCURRENCY.md");
const HARNESS: [&str; 3] = [
    include_str!("wrong.rs"),
    include_str!("right.rs"),
    include_str!("recipes.rs"),
];

/// The code blocks of Rust, letter for letter.
fn blocks() -> Vec<&'static str> {
    let mut rest = GUIDE;
    let mut blocks = Vec::new();
    while let Some((_, behind)) = rest.split_once("```rust\n") {
        let (block, after) = behind.split_once("```\n").expect("every block ends");
        blocks.push(block);
        rest = after;
    }
    blocks
}

#[test]
fn every_code_block_of_the_guide_is_a_program_and_every_program_is_in_the_guide() {
    let (blocks, programs) = (blocks(), PROGRAMS.iter().map(|(_, text)| *text));
    assert_eq!(
        blocks.len(),
        blocks.iter().collect::<BTreeSet<_>>().len(),
        "no block stands there twice"
    );
    let in_guide: BTreeSet<&str> = blocks.into_iter().collect();
    let in_files: BTreeSet<&str> = programs.collect();
    let only = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        one.difference(other)
            .map(|text| (*text).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (only(&in_guide, &in_files), only(&in_files, &in_guide)),
        (vec![], vec![])
    );
    // The test looks only at blocks that begin with ```rust.
    let fences = GUIDE
        .lines()
        .filter(|line| line.starts_with("```") && *line != "```");
    let kinds: BTreeSet<&str> = fences.map(|line| line.trim_start_matches('`')).collect();
    assert!(
        kinds.is_subset(&BTreeSet::from(["rust", "text"])),
        "{kinds:?}"
    );
}

#[test]
fn every_folder_entry_is_a_program_that_is_run_as_what_it_says_it_is() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guide/programs");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = PROGRAMS
        .iter()
        .map(|(name, _)| format!("{name}.rs"))
        .collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), names);
    for (name, text) in PROGRAMS {
        let runner = match text.split_once(": ").map(|(word, _)| word) {
            Some("// Wrong") => "caught",
            Some("// Right") => "clean",
            other => panic!("{name} begins with {other:?}"),
        };
        let call = format!("{runner}(\"{name}\"");
        assert!(
            HARNESS.iter().any(|file| file.contains(&call)),
            "{name} is not run by `{runner}`"
        );
    }
}
