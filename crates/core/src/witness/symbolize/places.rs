//! Addresses as places in files, without the names of functions. They tell the same when the program is gone.

use super::mappings::{Mappings, Source};
use super::{Symbol, nameless};
use blazesym::helper::read_elf_build_id;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long the list of what is mapped is taken as it was. To read it takes longer than to look up a stack.
const FRESH: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct Places {
    mappings: Option<(Instant, Mappings)>,
    build_ids: HashMap<PathBuf, Option<String>>,
}

impl Places {
    /// A place for each address, and the builds of all their files.
    pub(super) fn of(&mut self, addresses: &[usize]) -> (Vec<Symbol>, Vec<String>) {
        let kept = self.mappings.take();
        let (read, mappings) = kept
            .filter(|(read, _)| read.elapsed() < FRESH)
            .unwrap_or_else(|| (Instant::now(), Mappings::now()));
        let mut builds = Vec::new();
        let mut places = Vec::with_capacity(addresses.len());
        for address in addresses.iter().map(|address| *address as u64) {
            // A return address is behind its call. The byte before it is in the call.
            let Some(mapping) = mappings.at(address.saturating_sub(1)) else {
                places.push(nameless(format!("{address:#x}")));
                continue;
            };
            let (name, offset) = (mapping.name(), mapping.offset_of(address));
            places.push(nameless(format!("{name}+{offset:#x}")));
            let is_new = !builds.iter().any(|(known, _)| *known == name);
            if is_new {
                let build = match mappings.source(mapping) {
                    Source::File(path) => self.build_id(path),
                    Source::Replaced => None,
                };
                builds.push((name, build));
            }
        }
        self.mappings = Some((read, mappings));
        let named = builds.into_iter().map(|(name, build)| match build {
            Some(build) => format!("{name} (build id {build})"),
            None => name,
        });
        (places, named.collect())
    }

    fn build_id(&mut self, path: PathBuf) -> Option<String> {
        let read = |path: &PathBuf| {
            let id = read_elf_build_id(path).ok().flatten()?;
            Some(id.iter().map(|byte| format!("{byte:02x}")).collect())
        };
        let known = self.build_ids.entry(path);
        known.or_insert_with_key(|path| read(path)).clone()
    }
}
