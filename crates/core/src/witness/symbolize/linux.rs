//! Symbols on Linux, by `blazesym`.
//!
//! `blazesym` takes no process-wide lock. The `backtrace` crate captures and resolves under one lock. The debug
//! information of a large program takes a second to load, and for this second every writer that captures would wait.
//!
//! Each file is read by itself, so that one that cannot be read leaves the frames of the others as they are.

mod mappings;
mod places;

use super::Symbol;
use blazesym::symbolize::source::{Elf, Source};
use blazesym::symbolize::{CodeInfo, Input, Sym, Symbolized, Symbolizer};
use mappings::{Mapping, Mappings};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// What is mapped while one stack is resolved.
pub(super) struct Search {
    mappings: Mappings,
    /// Frames of one file mostly come together.
    latest: Option<(Mapping, mappings::Source)>,
}

impl Search {
    pub(super) fn now() -> Self {
        Search::in_mappings(Mappings::now())
    }

    fn in_mappings(mappings: Mappings) -> Self {
        Search {
            mappings,
            latest: None,
        }
    }
}

pub(super) struct Resolver {
    symbolizer: Symbolizer,
    /// Files whose debug information cannot be read. To try again takes long, and ends in the same way.
    unreadable: HashSet<PathBuf>,
    /// Why the program's own frames have no lines.
    missing: Option<String>,
    places: places::Places,
}

impl Resolver {
    pub(super) fn new() -> Self {
        Resolver {
            symbolizer: Symbolizer::new(),
            unreadable: HashSet::new(),
            missing: None,
            places: places::Places::default(),
        }
    }

    /// Each address as a place in a file, without names, and which builds of which files these are. This is quick.
    pub(super) fn places(&mut self, addresses: &[usize]) -> (Vec<Symbol>, Vec<String>) {
        self.places.of(addresses)
    }

    /// Why frames of the program had no lines, if some had none.
    pub(super) fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The symbols at an address, innermost first. There is one at least.
    pub(super) fn symbols_at(&mut self, search: &mut Search, address: usize) -> Vec<Symbol> {
        let address = address as u64;
        // A return address is behind its call. The byte before it is in the call.
        let inside_call = address.saturating_sub(1);
        let Search { mappings, latest } = search;
        let Some(mapping) = mappings.at(inside_call) else {
            return vec![nameless(format!("{address:#x}"))];
        };
        let source = match latest.take() {
            Some((of, source)) if of == *mapping => source,
            _ => mappings.source(mapping),
        };
        let is_own = mappings.is_executable(mapping);
        let mut symbols = match &source {
            mappings::Source::File(path) => {
                self.symbols(path, mapping.offset_of(inside_call), is_own)
            }
            mappings::Source::Replaced => Vec::new(),
        };
        if symbols.is_empty() {
            let word = match (&source, is_own) {
                (mappings::Source::File(_), _) => "",
                (mappings::Source::Replaced, true) => " (the executable has been replaced)",
                (mappings::Source::Replaced, false) => " (this file has been replaced)",
            };
            let offset = mapping.offset_of(address);
            symbols.push(nameless(format!("{}+{offset:#x}{word}", mapping.name())));
        }
        *latest = Some((mapping.clone(), source));
        symbols
    }

    /// What is known of this place in the file. Nothing, if the file cannot be read or has no name for it.
    fn symbols(&mut self, file: &Path, offset: u64, is_own: bool) -> Vec<Symbol> {
        if !self.unreadable.contains(file) {
            match self.symbols_of(file, true, offset) {
                Ok(symbols) => return symbols,
                Err(error) if is_own => {
                    self.missing = Some(format!(
                        "no lines: the debug information of the program cannot be read ({error})"
                    ));
                }
                Err(_) => {}
            }
            self.unreadable.insert(file.to_owned());
        }
        // Debug information that cannot be read, such as what is compressed, leaves the names of functions.
        self.symbols_of(file, false, offset).unwrap_or_default()
    }

    fn symbols_of(
        &self,
        file: &Path,
        debug_syms: bool,
        offset: u64,
    ) -> Result<Vec<Symbol>, blazesym::Error> {
        let mut elf = Elf::new(file);
        elf.debug_syms = debug_syms;
        let symbolized = self
            .symbolizer
            .symbolize_single(&Source::Elf(elf), Input::FileOffset(offset))?;
        Ok(match symbolized {
            Symbolized::Sym(sym) => symbols(&sym),
            Symbolized::Unknown(_) => Vec::new(),
        })
    }
}

fn symbols(sym: &Sym<'_>) -> Vec<Symbol> {
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
        function: format!("{:#}", rustc_demangle::demangle(function)),
        file: code.map(|code| code.to_path().to_string_lossy().into_owned()),
        line: code.and_then(|code| code.line),
        column: code.and_then(|code| code.column).map(u32::from),
    }
}

fn nameless(place: String) -> Symbol {
    Symbol {
        function: place,
        file: None,
        line: None,
        column: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::witness::Stack;
    use mappings::tests::with_another_path;
    use std::fs;

    #[inline(never)]
    fn capture_here() -> Stack {
        std::hint::black_box(Stack::capture())
    }

    fn function_here(symbols: &[Symbol]) -> &Symbol {
        symbols
            .iter()
            .find(|symbol| symbol.function.contains("capture_here"))
            .expect("this function is in its own stack")
    }

    fn resolve(resolver: &mut Resolver, mappings: Mappings, stack: &Stack) -> Vec<Symbol> {
        let mut search = Search::in_mappings(mappings);
        let symbols = |address: &usize| resolver.symbols_at(&mut search, *address);
        stack.addresses().iter().flat_map(symbols).collect()
    }

    #[test]
    fn a_library_that_cannot_be_read_leaves_the_frames_of_the_program_as_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let unreadable = folder.path().join("libc-of-another-kind.so");
        fs::write(&unreadable, "no library at all").expect("a file");
        let mappings = with_another_path("libc.so", &unreadable);
        let stack = capture_here();
        let mut resolver = Resolver::new();
        let symbols = resolve(&mut resolver, mappings, &stack);
        let here = function_here(&symbols);
        assert!(here.line.is_some() && resolver.missing().is_none());
        let last = symbols.last().expect("the thread begins in libc");
        assert!(
            last.function.starts_with("libc-of-another-kind.so+0x"),
            "{}",
            last.function
        );
    }

    #[test]
    fn debug_information_that_cannot_be_read_leaves_the_names_of_functions() {
        let folder = tempfile::tempdir().expect("a folder");
        let executable = std::env::current_exe().expect("a name");
        let damaged = folder.path().join("damaged");
        let mut file = fs::read(&executable).expect("it can be read");
        assert!(compress_by_name_only(&mut file, b".debug_info"));
        fs::write(&damaged, file).expect("a file");
        let name = executable.file_name().expect("a name").to_string_lossy();
        let mappings = with_another_path(&name, &damaged);
        let stack = capture_here();
        let mut resolver = Resolver::new();
        let symbols = resolve(&mut resolver, mappings, &stack);
        assert_eq!(function_here(&symbols).line, None);
        let missing = resolver.missing().expect("it is said");
        assert!(
            missing.starts_with("no lines: the debug information of the program cannot be read ("),
            "{missing}"
        );
    }

    /// Marks a section of an ELF file as compressed, which it is not. Whether there is one.
    fn compress_by_name_only(file: &mut [u8], name: &[u8]) -> bool {
        let number = |file: &[u8], at: usize, size: usize| {
            let bytes = file[at..at + size].iter().rev();
            bytes.fold(0, |number, byte| number << 8 | usize::from(*byte))
        };
        let (headers, count) = (number(file, 0x28, 8), number(file, 0x3c, 2));
        let header = |section: usize| headers + section * 0x40;
        let names = number(file, header(number(file, 0x3e, 2)) + 0x18, 8);
        for section in 0..count {
            let at = names + number(file, header(section), 4);
            if file[at..].starts_with(name) && file[at + name.len()] == 0 {
                const SHF_COMPRESSED: u16 = 0x800;
                file[header(section) + 9] |= (SHF_COMPRESSED >> 8) as u8;
                return true;
            }
        }
        false
    }
}
