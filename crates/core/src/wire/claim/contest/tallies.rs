//! The tallies of a contest's pairs, as the recorder has handed them out.

use super::Contest;
use super::entry::Token;
use crate::wire::finding::{Audience, PairKey, Recorder};
use crate::wire::tally::Tally;
use std::sync::Arc;

/// How many tallies a wire remembers, so that a storm does not ask the recorder again and again.
const MAX_REMEMBERED_TALLIES: usize = 256;

impl Contest {
    /// The tally of a finding of these two.
    pub(super) fn tally_of(
        &mut self,
        key: PairKey,
        sides: [Token; 2],
        recorder: &dyn Recorder,
    ) -> Arc<dyn Tally> {
        let all = Audience::default();
        let sides = sides.map(|token| self.entry(token).map_or(&all, |entry| &entry.audience));
        let audience = recorder.audience_of_pair(self.wire, sides);
        self.tally_for(key, &audience, recorder)
    }

    pub(super) fn tally_for(
        &mut self,
        key: PairKey,
        audience: &Audience,
        recorder: &dyn Recorder,
    ) -> Arc<dyn Tally> {
        let wanted = (key, audience.number());
        if let Some((_, _, tally)) = self
            .tallies
            .iter()
            .find(|(key, audience, _)| (*key, *audience) == wanted)
        {
            return tally.clone();
        }
        let tally = recorder.tally(&key, audience);
        if self.tallies.len() >= MAX_REMEMBERED_TALLIES {
            self.tallies.clear();
        }
        self.tallies.push((key, audience.number(), tally.clone()));
        tally
    }
}
