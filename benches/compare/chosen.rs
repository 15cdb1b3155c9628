//! What the command line asks for: words on it choose what has one of them in its name.

/// Whether the command line asks for this comparison.
pub fn is_chosen(what: &str) -> bool {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    words.is_empty() || words.iter().any(|word| what.contains(word))
}
