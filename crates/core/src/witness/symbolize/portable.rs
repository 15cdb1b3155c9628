//! Symbols on systems other than Linux, by the `backtrace` crate.
//!
//! The crate captures and resolves under one lock. A writer that captures while symbols are resolved waits; the first
//! resolution takes longest, because it loads the debug information.

use super::Symbol;
use std::ffi::c_void;

pub(super) struct Resolver(());

impl Resolver {
    pub(super) fn new() -> Self {
        Resolver(())
    }

    /// Why frames of the program had no lines. This crate does not tell.
    #[cfg_attr(target_os = "linux", allow(dead_code))] // There it is under test only.
    pub(super) fn missing(&self) -> Option<&str> {
        None
    }

    /// Each address without a name. Which builds of which files these are is not known.
    #[cfg_attr(target_os = "linux", allow(dead_code))] // As above.
    pub(super) fn places(&mut self, addresses: &[usize]) -> (Vec<Symbol>, Vec<String>) {
        let places = addresses.iter().map(|address| nameless(*address));
        (places.collect(), Vec::new())
    }

    /// The symbols at an address, innermost first. There is one at least.
    pub(super) fn symbols_at(&mut self, _: &mut Search, address: usize) -> Vec<Symbol> {
        symbols(address)
    }
}

/// Needed by the resolver of Linux.
pub(super) struct Search(());

impl Search {
    pub(super) fn now() -> Self {
        Search(())
    }
}

fn symbols(address: usize) -> Vec<Symbol> {
    let mut found = Vec::new();
    // A return address is behind its call. The byte before it is in the call.
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
        found.push(nameless(address));
    }
    found
}

fn nameless(address: usize) -> Symbol {
    Symbol {
        function: format!("{address:#x}"),
        file: None,
        line: None,
        column: None,
    }
}
