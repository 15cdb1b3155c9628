//! The ids of events. They follow from the content alone, so that the same event always has the same id.

/// 128 bits that name an event, or one record of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Id(u128);

impl Id {
    /// The id of these texts, in this order.
    pub(super) fn of(texts: &[&str]) -> Id {
        // A separator that no text has keeps `ab`, `c` and `a`, `bc` apart.
        let bytes = texts.iter().flat_map(|text| text.bytes().chain([0xff]));
        // FNV-1a, 128 bits (draft-eastlake-fnv).
        let hash = bytes.fold(
            0x6c62_272e_07bb_0142_62b8_2175_6295_c58d,
            |hash: u128, byte| {
                (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
            },
        );
        Id(hash)
    }

    /// Reads what [`Display`](std::fmt::Display) writes.
    pub(super) fn parse(text: &str) -> Option<Id> {
        let is_hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex
            .then(|| u128::from_str_radix(text, 16).ok().map(Id))
            .flatten()
    }
}

impl std::fmt::Display for Id {
    /// Thirty-two hex digits, as Sentry writes the id of an event.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_follows_from_the_texts_and_from_where_each_begins() {
        assert_eq!(Id::of(&["ab", "c"]), Id::of(&["ab", "c"]));
        assert_ne!(Id::of(&["ab", "c"]), Id::of(&["a", "bc"]));
        assert_ne!(Id::of(&["a", "b"]), Id::of(&["b", "a"]));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let id = Id::of(&["a"]);
        assert_eq!(Id::parse(&id.to_string()), Some(id));
        for text in [
            "",
            "12",
            "+1234567890123456789012345678901",
            &"g".repeat(32),
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
