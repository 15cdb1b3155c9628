//! The fingerprint of a report: findings with the same one are one report.

use super::Kind;

/// Sixteen hex digits made of the kind and the unordered pair of (operation class, place in the source).
///
/// Two writers that overlap sooner or later tear a frame or a message. That is one report, of the worst of its findings, and
/// its fingerprint is the same from its first overlap on: the kinds `overlap`, `torn-frame` and `torn-message` count as one.
///
/// It is made of text only, never of addresses. So it is the same in every run and on every machine.
pub fn fingerprint(kind: Kind, sides: [(&str, &str); 2]) -> String {
    let mut sides = sides.map(|(class, place)| format!("{class}\n{place}"));
    sides.sort();
    format!(
        "{:016x}",
        fnv1a(&format!("{}\n{}\n{}", class(kind), sides[0], sides[1]))
    )
}

/// The kind that stands for all of those that one pair of writers may come to.
pub(super) fn class(kind: Kind) -> Kind {
    match kind {
        Kind::TornFrame | Kind::TornMessage | Kind::Overlap => Kind::TornFrame,
        Kind::AbandonedWrite | Kind::Stall => kind,
    }
}

/// FNV-1a, 64 bits (draft-eastlake-fnv): short and stable. It does not resist an attacker.
pub(super) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a_gives_the_published_values() {
        assert_eq!(fnv1a(""), 0xcbf29ce484222325);
        assert_eq!(fnv1a("a"), 0xaf63dc4c8601ec8c);
        assert_eq!(fnv1a("foobar"), 0x85944171f73967e8);
    }

    #[test]
    fn the_order_of_the_writers_does_not_matter_and_everything_else_does() {
        let (one, other) = ("src/main.rs:1:9", "src/main.rs:2:9");
        let same = fingerprint(
            Kind::Overlap,
            [("send Text", one), ("automatic pong", other)],
        );
        assert_eq!(
            same,
            fingerprint(
                Kind::Overlap,
                [("automatic pong", other), ("send Text", one)]
            )
        );
        assert_ne!(
            same,
            fingerprint(
                Kind::Overlap,
                [("automatic pong", one), ("send Text", other)]
            )
        );
        let sides = [("send Text", one), ("automatic pong", other)];
        for kind in Kind::ALL {
            let is_same = !matches!(kind, Kind::AbandonedWrite | Kind::Stall);
            assert_eq!(same == fingerprint(kind, sides), is_same, "{kind}");
        }
        assert_ne!(
            same,
            fingerprint(Kind::Overlap, [("send Text", one), ("automatic pong", one)])
        );
        assert_eq!(same.len(), 16);
    }
}
