//! Turns captured addresses into functions, files and lines. The collector's thread does this, once for each stack.

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(not(target_os = "linux"))]
#[path = "portable.rs"]
mod system;

// Under test on Linux too, so that the tests compare both resolvers.
#[cfg(all(test, target_os = "linux"))]
mod portable;
mod shown;

use super::origin::{Vendored, origin_where};
use super::stack::Stack;
use redhanded_report::Frame;
use shown::{Marks, look_up_shown};
use std::collections::HashMap;
use std::sync::Arc;

/// A function at an address. One address has several where functions are inlined there, innermost first.
#[derive(Clone)]
struct Symbol {
    function: String,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

/// The functions at an address, as frames.
struct Known {
    frames: Vec<Frame>,
    marks: Marks,
}

/// Resolves stacks, and keeps the answers.
pub(crate) struct Symbolizer {
    /// Has debug information in memory. `None` while there is nothing to resolve.
    resolver: Option<system::Resolver>,
    known: HashMap<Arc<[usize]>, Arc<[Frame]>>,
    /// The frames at each address: most stacks of a program have most of their frames in common.
    at: HashMap<usize, Known>,
    vendored: Vendored,
    missing: Option<String>,
}

impl Symbolizer {
    /// How many stacks it keeps the answers of. When there are more, it forgets all of them.
    const MAX_KNOWN: usize = 4096;

    /// The same for addresses.
    const MAX_ADDRESSES: usize = 16_384;

    pub(crate) fn new() -> Self {
        Symbolizer {
            resolver: None,
            known: HashMap::new(),
            at: HashMap::new(),
            vendored: Vendored::default(),
            missing: None,
        }
    }

    /// What is missing in all stacks, and why, if anything is known to be.
    pub(crate) fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// The stack's frames, innermost first, without those that captured the stack and those that begin a thread.
    pub(crate) fn resolve(&mut self, stack: &Stack) -> Arc<[Frame]> {
        if let Some(frames) = self.known.get(stack.addresses()) {
            return frames.clone();
        }
        self.learn(stack.addresses());
        let known = stack.addresses().iter();
        let known = known.filter_map(|address| self.at.get(address));
        let mut frames: Vec<Frame> = known.flat_map(|known| &known.frames).cloned().collect();
        let outermost = frames
            .iter()
            .position(|frame| shown::begins(&frame.function));
        frames.truncate(outermost.unwrap_or(frames.len()));
        let machinery = frames
            .iter()
            .rposition(|frame| is_machinery(&frame.function))
            .map_or(0, |last| last.saturating_add(1));
        frames.drain(..machinery);
        if self.known.len() >= Self::MAX_KNOWN {
            self.known.clear();
        }
        let frames: Arc<[Frame]> = frames.into();
        self.known.insert(stack.addresses().clone(), frames.clone());
        frames
    }

    /// Whether [`resolve`](Self::resolve) has nothing to load for this stack.
    pub(crate) fn knows(&self, stack: &Stack) -> bool {
        let addresses = stack.addresses();
        let marks = |address| self.at.get(&address).map(|known| known.marks);
        self.known.contains_key(addresses) || look_up_shown(addresses, marks).is_some()
    }

    /// The stack's frames without names, as places in files, and why they have none.
    pub(crate) fn outline(&mut self, stack: &Stack) -> (Vec<Frame>, String) {
        let resolver = self.resolver.get_or_insert_with(system::Resolver::new);
        let (places, files) = resolver.places(stack.addresses());
        let vendored = &mut self.vendored;
        let frames = places.into_iter().map(|symbol| frame(symbol, vendored));
        let mut why = "the names of functions are not resolved yet".to_owned();
        if !files.is_empty() {
            why.push_str(&format!("; the frames are places in {}", files.join(", ")));
        }
        (frames.collect(), why)
    }

    /// Resolves those of these addresses that are shown and not known.
    fn learn(&mut self, addresses: &[usize]) {
        if self.at.len() >= Self::MAX_ADDRESSES {
            self.at.clear();
        }
        let Symbolizer {
            resolver,
            at,
            vendored,
            ..
        } = self;
        let mut search = None;
        // All of them can be looked up, so there is always an answer.
        let _: Option<()> = look_up_shown(addresses, |address| {
            if let Some(known) = at.get(&address) {
                return Some(known.marks);
            }
            let resolver = resolver.get_or_insert_with(system::Resolver::new);
            let search = search.get_or_insert_with(system::Search::now);
            let symbols = resolver.symbols_at(search, address).into_iter();
            let frames: Vec<Frame> = symbols.map(|symbol| frame(symbol, vendored)).collect();
            let functions = frames.iter().map(|frame| frame.function.as_str());
            let marks = Marks::of(functions, is_machinery);
            at.insert(address, Known { frames, marks });
            Some(marks)
        });
        let missing = resolver.as_ref().and_then(system::Resolver::missing);
        if let Some(missing) = missing {
            self.missing = Some(missing.to_owned());
        }
    }

    /// Releases the memory that debug information takes. The next resolution loads it again.
    pub(crate) fn release_memory(&mut self) {
        self.resolver = None;
    }
}

fn frame(symbol: Symbol, vendored: &mut Vendored) -> Frame {
    let file = symbol.file.as_deref();
    let is_vendored = file.and_then(|file| vendored.look(file));
    let origin = origin_where(&symbol.function, file, is_vendored);
    Frame {
        function: symbol.function,
        file: symbol.file,
        line: symbol.line,
        column: symbol.column,
        origin,
    }
}

/// The modules whose functions the operation calls to capture the stack.
const MACHINERY: [&str; 4] = [
    "backtrace::",
    concat!(env!("CARGO_CRATE_NAME"), "::witness::stack"),
    concat!(env!("CARGO_CRATE_NAME"), "::wire::"),
    concat!(env!("CARGO_CRATE_NAME"), "::collector::"),
];

fn is_machinery(function: &str) -> bool {
    let function = function.trim_start_matches('<');
    MACHINERY.iter().any(|module| function.starts_with(module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_names_this_function(frames: &[Frame]) {
        let here = frames
            .iter()
            .find(|frame| frame.function.contains("capture_here"))
            .unwrap_or_else(|| panic!("{frames:#?}"));
        assert!(
            here.file.as_deref().unwrap().ends_with("symbolize/mod.rs"),
            "{here:?}"
        );
        assert!(here.line.is_some());
    }

    #[inline(never)]
    fn capture_here() -> Stack {
        std::hint::black_box(Stack::capture())
    }

    #[test]
    fn a_stack_is_resolved_to_functions_files_and_lines() {
        let frames = Symbolizer::new().resolve(&capture_here());
        assert_names_this_function(&frames);
        assert!(
            !frames.iter().any(|frame| is_machinery(&frame.function)),
            "{frames:#?}"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_outline_has_a_place_in_a_file_for_each_address_and_says_which_files_these_are() {
        let (stack, mut symbolizer) = (capture_here(), Symbolizer::new());
        let (frames, why) = symbolizer.outline(&stack);
        assert_eq!(frames.len(), stack.addresses().len());
        let executable = std::env::current_exe().expect("a path");
        let name = executable.file_name().expect("a name").to_string_lossy();
        let is_place = |frame: &Frame| frame.function.starts_with(&format!("{name}+0x"));
        assert!(is_place(&frames[0]), "{:?}", frames[0]);
        assert!(why.starts_with("the names of functions are not resolved yet; "));
        assert!(why.contains(&*name), "{why}");
        assert!(!symbolizer.knows(&stack));
        symbolizer.resolve(&stack);
        assert!(symbolizer.knows(&stack));
    }

    #[test]
    fn a_stack_ends_where_the_standard_library_begins_the_thread() {
        let thread = std::thread::spawn(|| std::hint::black_box(capture_here()));
        let stack = thread.join().expect("a stack");
        let mut symbolizer = Symbolizer::new();
        let frames = symbolizer.resolve(&stack);
        assert_names_this_function(&frames);
        let outermost = &frames.last().expect("it has frames").function;
        assert!(outermost.contains("{{closure}}"), "{frames:#?}");
        let outside = stack.addresses().last().expect("it has addresses");
        assert!(!symbolizer.at.contains_key(outside), "it is looked up");
        symbolizer.known.clear();
        assert!(symbolizer.knows(&stack));
    }

    #[test]
    fn what_is_between_a_caught_call_and_its_catcher_is_shown() {
        let stack = std::panic::catch_unwind(capture_here).expect("it does not panic");
        let frames = Symbolizer::new().resolve(&stack);
        let calls = frames
            .iter()
            .position(|frame| frame.function.contains("do_call"));
        let catcher = calls.and_then(|calls| frames.get(calls.saturating_add(1)));
        assert_eq!(
            catcher.map(|frame| &*frame.function),
            Some("__rust_try"),
            "{frames:#?}"
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_portable_resolver_gives_the_same_functions() {
        let (mut resolver, mut search) = (portable::Resolver::new(), portable::Search::now());
        let stack = capture_here();
        let symbols = stack.addresses().iter();
        let symbols = symbols.flat_map(|address| resolver.symbols_at(&mut search, *address));
        let vendored = &mut Vendored::default();
        let frames = symbols.map(|symbol| frame(symbol, vendored));
        assert_names_this_function(&frames.collect::<Vec<_>>());
    }
}
