//! Implementations in the names of functions. Rust's two ways to mangle names write the same one as `app::<impl app::Hub>` and as
//! `<app::Hub>`, or as `app::<impl Drop for app::Hub>` and as `<app::Hub as Drop>`.

use std::borrow::Cow;

/// One name for an implementation, whichever way it is written: `app::Hub`, or `<app::Hub as Drop>` if it is that of a trait. Type
/// arguments are left out: one of the two ways has those of each instance, and the other has the names of the parameters.
pub(super) fn implementation(part: &str) -> Cow<'_, str> {
    let inner = part.strip_prefix('<').and_then(|it| it.strip_suffix('>'));
    let Some(inner) = inner else {
        return part.into();
    };
    let bare = without_arguments(inner);
    let of = match bare.strip_prefix("impl ") {
        Some(bare) => bare
            .split_once(" for ")
            .map(|(of, it)| (it, of))
            .ok_or(bare),
        None => bare.split_once(" as ").ok_or(&*bare),
    };
    match of {
        Ok((it, of)) => format!("<{it} as {of}>").into(),
        Err(it) => it.to_owned().into(),
    }
}

/// The text without what is in angle brackets.
pub(super) fn without_arguments(text: &str) -> Cow<'_, str> {
    if !text.contains('<') {
        return text.into();
    }
    let (mut bare, mut depth, mut before) = (String::with_capacity(text.len()), 0_u32, ' ');
    for character in text.chars() {
        match character {
            '<' => depth += 1,
            // The end of `->` closes nothing.
            '>' if depth > 0 && before != '-' => depth -= 1,
            _ if depth == 0 => bare.push(character),
            _ => {}
        }
        before = character;
    }
    bare.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_an_implementation_are_one() {
        for (one, other, name) in [
            ("<impl app::Hub<T>>", "<app::Hub<u8>>", "app::Hub"),
            (
                "<impl app::Drop for app::Hub<T>>",
                "<app::Hub<u8> as app::Drop>",
                "<app::Hub as app::Drop>",
            ),
            (
                "<impl From<u8> for app::Hub>",
                "<app::Hub as From<u16>>",
                "<app::Hub as From>",
            ),
            ("<impl Run for F>", "<F as Run>", "<F as Run>"),
            (
                "<F as Fn(A<B>) -> a::B>",
                "<F as Fn(A) -> a::B>",
                "<F as Fn(A) -> a::B>",
            ),
            ("<impl bool>", "<bool>", "bool"),
        ] {
            assert_eq!(
                (&*implementation(one), &*implementation(other)),
                (name, name)
            );
        }
        for odd in ["<", "", "<a", "a>", "<a<b"] {
            assert_eq!(implementation(odd), odd);
        }
        assert_eq!(implementation("<>"), "");
        assert_eq!(without_arguments("a<fn() -> b<c>>d"), "ad");
        assert_eq!(without_arguments("ü<ß"), "ü");
    }
}
