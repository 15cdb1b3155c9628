//! Globs over names of functions and files: `*` is any text without `/`, `**` is any text, `?` is one character except
//! `/`.
//!
//! No crate is used for this. Those that exist bring a regular-expression engine into every watched program, or give `::`
//! and `{` a meaning.

/// A glob, as tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob(Vec<Token>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// This character.
    Exactly(char),
    /// `?`
    One,
    /// `*`
    Some,
    /// `**`
    Any,
}

impl Glob {
    pub(super) fn new(pattern: &str) -> Self {
        let mut tokens = Vec::new();
        for character in pattern.chars() {
            match (character, tokens.last()) {
                ('*', Some(Token::Some | Token::Any)) => {
                    *tokens.last_mut().unwrap_or(&mut Token::Any) = Token::Any
                }
                ('*', _) => tokens.push(Token::Some),
                ('?', _) => tokens.push(Token::One),
                (character, _) => tokens.push(Token::Exactly(character)),
            }
        }
        Glob(tokens)
    }

    /// Whether the glob matches the whole text. The time is at most in proportion to the product of both lengths.
    pub(super) fn matches(&self, text: &str) -> bool {
        let tokens = &self.0;
        // The places in the glob that the text so far may lead to.
        let mut at = vec![false; tokens.len() + 1];
        at[0] = true;
        skip_empty(tokens, &mut at);
        for character in text.chars() {
            let mut next = vec![false; tokens.len() + 1];
            for (index, token) in tokens.iter().enumerate().filter(|(index, _)| at[*index]) {
                match token {
                    Token::Exactly(wanted) => next[index + 1] |= *wanted == character,
                    Token::One => next[index + 1] |= character != '/',
                    Token::Some => next[index] |= character != '/',
                    Token::Any => next[index] = true,
                }
            }
            skip_empty(tokens, &mut next);
            at = next;
        }
        at[tokens.len()]
    }
}

/// Adds the places behind stars, which may stand for nothing.
fn skip_empty(tokens: &[Token], at: &mut [bool]) {
    for (index, token) in tokens.iter().enumerate() {
        at[index + 1] |= at[index] && matches!(token, Token::Some | Token::Any);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_slash_and_two_do_not() {
        for (pattern, text, is_match) in [
            ("src/*.rs", "src/main.rs", true),
            ("src/*.rs", "src/a/main.rs", false),
            ("src/**.rs", "src/a/main.rs", true),
            ("src/**/main.rs", "src/a/b/main.rs", true),
            ("app::*", "app::reader::{{closure}}", true),
            ("app::*::run", "app::a::b::run", true),
            ("app", "app::run", false),
            ("a?p", "app", true),
            ("a?p", "a/p", false),
            ("a?p", "ap", false),
            ("***", "a/b", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("[a]{b}", "[a]{b}", true),
            ("größe?", "größe™", true),
        ] {
            assert_eq!(
                Glob::new(pattern).matches(text),
                is_match,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn many_stars_take_no_longer_than_the_lengths_say() {
        assert!(!Glob::new(&"*a".repeat(200)).matches(&"a".repeat(199)));
        assert!(!Glob::new(&format!("{}b", "*a".repeat(200))).matches(&"a".repeat(2_000)));
    }
}
