//! What is wrong with a variable of the environment that names an engine.

use std::fmt;

/// A variable of the environment that is missing or wrong. Its value may be a credential, and is not shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SettingError {
    Missing(&'static str),
    Wrong {
        variable: &'static str,
        takes: &'static str,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingError::Missing(variable) => {
                write!(f, "{variable} is not set in the environment")
            }
            SettingError::Wrong { variable, takes } => {
                write!(f, "{variable} is not understood: it takes {takes}")
            }
        }
    }
}
