//! Symbols on Linux, by `blazesym`.
//!
//! `blazesym` takes no process-wide lock. The `backtrace` crate captures and resolves under one lock. The debug
//! information of a large program takes a second to load, and for this second every writer that captures would wait.

use super::Symbol;
use blazesym::Pid;
use blazesym::symbolize::source::{Process, Source};
use blazesym::symbolize::{CodeInfo, Input, Symbolized, Symbolizer};

pub(super) struct Resolver(Symbolizer);

impl Resolver {
    pub(super) fn new() -> Self {
        Resolver(Symbolizer::new())
    }

    pub(super) fn resolve(&mut self, addresses: &[usize]) -> Vec<Symbol> {
        let mut process = Process::new(Pid::Slf);
        // Opening files through /proc/self/map_files needs a privilege that debug sessions rarely have.
        process.map_files = false;
        // A return address is behind its call. The byte before it is in the call.
        let inside_calls: Vec<u64> = addresses
            .iter()
            .map(|address| address.saturating_sub(1) as u64)
            .collect();
        match self
            .0
            .symbolize(&Source::Process(process), Input::AbsAddr(&inside_calls))
        {
            Ok(symbolized) => symbolized
                .iter()
                .zip(addresses)
                .flat_map(|(one, address)| symbols(one, *address))
                .collect(),
            Err(_) => addresses.iter().map(|address| unknown(*address)).collect(),
        }
    }
}

fn symbols(symbolized: &Symbolized<'_>, address: usize) -> Vec<Symbol> {
    let Symbolized::Sym(sym) = symbolized else {
        return vec![unknown(address)];
    };
    let outer = symbol(&sym.name, sym.code_info.as_deref());
    let inlined = sym
        .inlined
        .iter()
        .rev()
        .map(|inlined| symbol(&inlined.name, inlined.code_info.as_ref()));
    inlined.chain([outer]).collect()
}

fn symbol(function: &str, code: Option<&CodeInfo<'_>>) -> Symbol {
    Symbol {
        function: function.to_owned(),
        file: code.map(|code| code.to_path().to_string_lossy().into_owned()),
        line: code.and_then(|code| code.line),
        column: code.and_then(|code| code.column).map(u32::from),
    }
}

fn unknown(address: usize) -> Symbol {
    Symbol {
        function: format!("{address:#x}"),
        file: None,
        line: None,
        column: None,
    }
}
