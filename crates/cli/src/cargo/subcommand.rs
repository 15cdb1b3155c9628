//! What is known of each of cargo's subcommands.

/// How a subcommand is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Subcommand {
    pub class: Class,
    /// It runs programs as tests: their pages would come and go.
    pub is_test: bool,
    /// It runs a program at all.
    pub is_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Cargo's own. It resolves the tree once, and builds.
    Builds,
    /// `nextest` or `clippy`: programs of their own, which ask cargo for the tree before they have it build.
    BuildsByItself,
    /// Not known: it may ask cargo for the tree at any time.
    Unknown,
    /// It changes the project or the machine.
    Changes,
}

const CHANGES: &[&str] = &[
    "add",
    "clean",
    "fix",
    "generate-lockfile",
    "init",
    "install",
    "login",
    "logout",
    "new",
    "owner",
    "package",
    "publish",
    "remove",
    "rm",
    "uninstall",
    "update",
    "upgrade",
    "vendor",
    "yank",
];

impl Subcommand {
    pub fn named(name: &str) -> Subcommand {
        let (class, is_test, is_run) = match name {
            "test" | "t" | "bench" => (Class::Builds, true, true),
            "run" | "r" => (Class::Builds, false, true),
            "build" | "b" | "check" | "c" | "doc" | "d" | "rustc" | "rustdoc" => {
                (Class::Builds, false, false)
            }
            "nextest" => (Class::BuildsByItself, true, true),
            "clippy" => (Class::BuildsByItself, false, false),
            name if CHANGES.contains(&name) => (Class::Changes, false, false),
            _ => (Class::Unknown, false, true),
        };
        Subcommand {
            class,
            is_test,
            is_run,
        }
    }

    /// Whether the tree is resolved for the last time before cargo locks its build directory.
    pub fn resolves_before_it_builds(self) -> bool {
        matches!(self.class, Class::Builds | Class::BuildsByItself)
    }

    /// Whether the first word without a dash begins the arguments of the program that is run.
    pub fn has_program_arguments(self) -> bool {
        self.class == Class::Builds && self.is_run && !self.is_test
    }

    /// The profile that it builds with unless one is named.
    pub fn profile(self, name: &str) -> &'static str {
        match (name, self.is_test) {
            ("bench", _) => "bench",
            (_, true) => "test",
            _ => "dev",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subcommand_is_run_in_its_way() {
        for (name, class, is_test, profile) in [
            ("test", Class::Builds, true, "test"),
            ("bench", Class::Builds, true, "bench"),
            ("r", Class::Builds, false, "dev"),
            ("nextest", Class::BuildsByItself, true, "test"),
            ("llvm-cov", Class::Unknown, false, "dev"),
            ("update", Class::Changes, false, "dev"),
        ] {
            let subcommand = Subcommand::named(name);
            assert_eq!(
                (
                    subcommand.class,
                    subcommand.is_test,
                    subcommand.profile(name)
                ),
                (class, is_test, profile),
                "{name}"
            );
        }
    }
}
