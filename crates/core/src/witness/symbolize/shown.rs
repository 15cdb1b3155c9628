//! Which addresses of a stack are looked up: those whose names a report shows.
//!
//! To look up an address costs most where it is the first one of its file or of its compilation unit. The standard library is
//! one large unit, and a function without debug information has its whole file's symbols sorted. A small program needs
//! neither, because the frames that would are not shown.

/// What the frames at an address mean for those around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Marks {
    /// It captured the stack. It is not shown, and nothing inside it is.
    pub(super) captures: bool,
    /// The standard library begins a thread or a program with it. Nothing outside it is shown, as in a short backtrace of
    /// the standard library.
    pub(super) begins: bool,
    /// Its caller is mostly `__rust_try`, which has no debug information.
    pub(super) is_tried: bool,
}

impl Marks {
    /// Of an address with functions of these names.
    pub(super) fn of<'a>(
        functions: impl Iterator<Item = &'a str>,
        captures: fn(&str) -> bool,
    ) -> Marks {
        functions.fold(Marks::default(), |marks, function| Marks {
            captures: marks.captures || captures(function),
            begins: marks.begins || begins(function),
            // The last one is the function that was really called.
            is_tried: function.contains("::do_call"),
        })
    }
}

/// The standard library's own rule, by the same name.
pub(super) fn begins(function: &str) -> bool {
    function.contains("__rust_begin_short_backtrace")
}

/// Looks up the addresses whose frames are shown, and no others that cost much. Addresses are innermost first. `None` as soon
/// as `look_up` gives `None`.
pub(super) fn look_up_shown(
    addresses: &[usize],
    mut look_up: impl FnMut(usize) -> Option<Marks>,
) -> Option<()> {
    let mut postponed = Vec::new();
    let mut is_postponed = false;
    for address in addresses.iter().copied() {
        if is_postponed {
            postponed.push(address);
            is_postponed = false;
            continue;
        }
        let marks = look_up(address)?;
        if marks.captures {
            postponed.clear();
        }
        if marks.begins {
            break;
        }
        is_postponed = marks.is_tried;
    }
    postponed
        .into_iter()
        .try_for_each(|address| look_up(address).map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [(&str, Marks); 6] = [
        ("app::main", marks(false, false, false)),
        ("ours::walk", marks(true, false, false)),
        (
            "std::sys::backtrace::__rust_begin_short_backtrace",
            marks(false, true, false),
        ),
        (
            "__rust_begin_short_backtrace<fn(), ()>",
            marks(false, true, false),
        ),
        (
            "std::panicking::catch_unwind::do_call",
            marks(false, false, true),
        ),
        ("__rust_try", marks(false, false, false)),
    ];

    const fn marks(captures: bool, begins: bool, is_tried: bool) -> Marks {
        Marks {
            captures,
            begins,
            is_tried,
        }
    }

    fn is_ours(function: &str) -> bool {
        function.starts_with("ours::")
    }

    #[test]
    fn each_name_has_its_mark() {
        for (name, expected) in NAMES {
            assert_eq!(Marks::of([name].into_iter(), is_ours), expected, "{name}");
        }
    }

    #[test]
    fn only_the_function_that_was_really_called_is_tried() {
        let inlined = ["std::panicking::catch_unwind::do_call", "app::run"];
        assert_eq!(
            Marks::of(inlined.into_iter(), is_ours),
            marks(false, false, false)
        );
        let inside = ["ours::hook", "std::panicking::catch_unwind::do_call"];
        assert_eq!(
            Marks::of(inside.into_iter(), is_ours),
            marks(true, false, true)
        );
    }

    /// The stack, a letter an address, and what is looked up of it, in this order: `o` captures the stack, `d` is tried, `b`
    /// begins a thread, all others have no mark.
    #[test]
    fn what_is_not_shown_is_not_looked_up() {
        let rows = [
            ("", ""),
            ("xy", "xy"),
            // Outside of what begins a thread.
            ("xybzc", "xyb"),
            ("xbybz", "xb"),
            // Tried, inside what captured the stack.
            ("odtoxyb", "odoxyb"),
            ("odtxdtoyb", "odxdoyb"),
            // Tried, and shown.
            ("oxdtyb", "oxdybt"),
            ("odtoxdtyb", "odoxdybt"),
            ("xdt", "xdt"),
            // Tried at the end.
            ("xd", "xd"),
        ];
        for (stack, expected) in rows {
            let addresses: Vec<usize> = stack.bytes().map(usize::from).collect();
            let mut looked_up = String::new();
            let look_up = |address: usize| {
                let letter = char::from(u8::try_from(address).unwrap());
                looked_up.push(letter);
                Some(marks(letter == 'o', letter == 'b', letter == 'd'))
            };
            assert_eq!(look_up_shown(&addresses, look_up), Some(()));
            assert_eq!(looked_up, expected, "{stack}");
        }
    }

    #[test]
    fn what_cannot_be_looked_up_is_told() {
        let known = |address| (address < 3).then_some(marks(false, address == 2, address == 0));
        assert_eq!(look_up_shown(&[0, 1, 2, 9], known), Some(()));
        assert_eq!(look_up_shown(&[0, 9, 2], known), None);
        assert_eq!(look_up_shown(&[1, 9], known), None);
    }
}
