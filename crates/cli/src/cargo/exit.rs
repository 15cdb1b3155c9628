//! The exit code.

/// How cargo ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    Code(i32),
    Signal(i32),
}

/// The command could not run cargo.
pub(super) const FAILED: u8 = 2;
/// There are reports that are not suppressed.
const FOUND: u8 = 66;

/// Cargo's own if it is not 0, else whether there are reports. A program that ends with `REDHANDED_EXITCODE` makes cargo fail,
/// so that is cargo's own, too.
pub(super) fn code(ended: Ended, has_reports: bool) -> u8 {
    match ended {
        Ended::Code(0) if has_reports => FOUND,
        // As shells have it.
        Ended::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        Ended::Code(code) => u8::try_from(code).unwrap_or(u8::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_own_code_comes_first_and_reports_second() {
        for (ended, has_reports, expected) in [
            (Ended::Code(0), false, 0),
            (Ended::Code(0), true, 66),
            (Ended::Code(101), true, 101),
            (Ended::Code(101), false, 101),
            (Ended::Code(66), true, 66),
            (Ended::Signal(2), true, 130),
            (Ended::Signal(15), false, 143),
            (Ended::Code(-1), false, 255),
            (Ended::Code(256), true, 255),
        ] {
            assert_eq!(
                code(ended, has_reports),
                expected,
                "{ended:?} {has_reports}"
            );
        }
    }
}
