//! Symbols where `blazesym` does not reach, by the `backtrace` crate.
//!
//! It resolves under the lock under which it captures, so that a writer which captures at that moment waits for it:
//! the first resolution loads the debug information.

use super::Symbol;
use std::ffi::c_void;

pub(super) struct Resolver(());

impl Resolver {
    pub(super) fn new() -> Self {
        Resolver(())
    }

    pub(super) fn resolve(&mut self, addresses: &[usize]) -> Vec<Symbol> {
        addresses
            .iter()
            .flat_map(|address| symbols(*address))
            .collect()
    }
}

fn symbols(address: usize) -> Vec<Symbol> {
    let mut found = Vec::new();
    // A return address lies behind its call; one byte before it lies in the call.
    backtrace::resolve(address.saturating_sub(1) as *mut c_void, |symbol| {
        found.push(Symbol {
            function: symbol
                .name()
                .map_or_else(|| format!("{address:#x}"), |name| format!("{name:#}")),
            file: symbol
                .filename()
                .map(|file| file.to_string_lossy().into_owned()),
            line: symbol.lineno(),
            column: symbol.colno(),
        });
    });
    if found.is_empty() {
        found.push(Symbol {
            function: format!("{address:#x}"),
            file: None,
            line: None,
            column: None,
        });
    }
    found
}
