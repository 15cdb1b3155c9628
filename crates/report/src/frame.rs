//! One line of a backtrace, and whose code it is.

use super::CallSite;

/// One function of a backtrace, inlined functions included.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
pub struct Frame {
    /// The demangled name, or the address where no symbol is known.
    pub function: String,
    /// The source file, where debug information names it.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: Option<u32>,
    /// The column, counted from 1.
    pub column: Option<u32>,
    /// Whose code it is. Views fold the frames that are not the application's.
    pub origin: Origin,
}

impl Frame {
    /// The frame's place in the source, where file and line are known.
    pub fn call_site(&self) -> Option<CallSite> {
        Some(CallSite {
            file: self.file.clone()?,
            line: self.line?,
            column: self.column.unwrap_or(1),
        })
    }
}

/// Whose code a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "formats", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "formats", serde(rename_all = "lowercase"))]
pub enum Origin {
    /// The application's own code: everything that is not one of the others.
    App,
    /// A crate from a registry or a git checkout.
    Dependency,
    /// The standard library, an async runtime, or the system below them.
    Runtime,
    /// The crates of redhanded.
    Redhanded,
}

impl Origin {
    /// The name in reports: `app`, `dependency`, `runtime` or `redhanded`.
    pub fn name(self) -> &'static str {
        match self {
            Origin::App => "app",
            Origin::Dependency => "dependency",
            Origin::Runtime => "runtime",
            Origin::Redhanded => "redhanded",
        }
    }
}
