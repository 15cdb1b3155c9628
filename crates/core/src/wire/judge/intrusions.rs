//! The rules of intrusions: calls of other writers that fell into a call.

use super::{Bytes, Case, JudgedIntrusion};
use crate::wire::bytes::{Clip, Cut, Doubt, Inside, Intrusion, Passed, Proof, Reading, Tear, Torn};
use redhanded_report::Kind;

impl Case<'_> {
    /// Others came into this call: which of its frames they tore. With how many bytes went past every watched handle,
    /// if any did: the count must come out even, or nothing is certain.
    ///
    /// Where one other call is under way, as many bytes as it offers may be in. If they were bytes of no watched handle,
    /// each place would be so much earlier at most: a place is then so much less exact, and as certain.
    pub(super) fn intrusions(
        &self,
        intrusions: Vec<Intrusion>,
    ) -> (Vec<JudgedIntrusion>, Option<u64>) {
        let excess = self.after.and_then(Reading::under_way);
        let inside = self.after.map(|after| after.snapshot.inside);
        let may_be_in = match inside {
            Some(Inside::None) => Some(0),
            Some(Inside::One(other)) => Some(other.offered),
            Some(Inside::Several) | None => None,
        };
        let mut intrusions = intrusions;
        for intrusion in &mut intrusions {
            let earlier = |place: u64| place.saturating_sub(excess.unwrap_or(0));
            intrusion.cut.from = earlier(intrusion.cut.from);
            intrusion.place.from = earlier(intrusion.place.from);
        }
        let cuts: Vec<Cut> = intrusions.iter().map(|intrusion| intrusion.cut).collect();
        let verdict = |intrusion: Intrusion| {
            let by = intrusion.by;
            let verdict = match (may_be_in, excess) {
                (Some(may_be_in), Some(excess)) if excess <= may_be_in => {
                    self.intrusion(intrusion, &cuts)
                }
                (Some(_), Some(_)) => Err(Doubt::Unwatched),
                (Some(_), None) => Err(Doubt::BothInside),
                (None, _) => Err(Doubt::SeveralInside),
            };
            (by, verdict)
        };
        let verdicts = intrusions.into_iter().map(verdict).collect();
        let is_quiet = inside == Some(Inside::None);
        (verdicts, excess.filter(|excess| is_quiet && *excess > 0))
    }

    /// What one of them has done to the frames of this call.
    fn intrusion(&self, intrusion: Intrusion, cuts: &[Cut]) -> Result<Tear, Doubt> {
        let Bytes {
            cursor, offered, ..
        } = self.bytes;
        let cut = intrusion.cut;
        match cursor.frame_round(offered, cut) {
            Some(frame) => Ok(Tear {
                kind: Kind::TornFrame,
                proof: Proof::Counters,
                place: Some(intrusion.place),
                before_watching: intrusion.before_watching,
                torn: Torn::Frame(Clip::new(frame, self.message_at(frame), offered, cut)),
                inserted: intrusion.inserted,
                is_one_of_several: self.is_torn_elsewhere(frame, cuts),
                is_encrypted: false,
                gap: None,
            }),
            None if cut.is_exact() => Err(Doubt::Whole),
            None => Err(Doubt::FrameEndsThere),
        }
    }

    /// Whether a frame was torn in an earlier call, or more than once in this one.
    fn is_torn_elsewhere(&self, frame: Passed, cuts: &[Cut]) -> bool {
        let Bytes {
            cursor, offered, ..
        } = self.bytes;
        let is_there = |cut: &&Cut| {
            cursor
                .frame_round(offered, **cut)
                .is_some_and(|it| it.start == frame.start)
        };
        frame.start < 0 || cuts.iter().filter(is_there).count() > 1
    }
}
