//! The rules of intrusions: calls of other writers that fell into a call.

use super::{Bytes, Case, JudgedIntrusion};
use crate::wire::bytes::{Clip, Cut, Doubt, Inside, Intrusion, Passed, Proof, Reading, Tear, Torn};
use redhanded_report::Kind;

impl Case<'_> {
    /// Others came into this call: which of its frames they tore. With how many bytes went past every watched handle,
    /// if any did: the count must come out even, or nothing is certain.
    pub(super) fn intrusions(
        &self,
        intrusions: Vec<Intrusion>,
    ) -> (Vec<JudgedIntrusion>, Option<u64>) {
        let excess = self.after.and_then(Reading::under_way);
        let is_quiet = self
            .after
            .is_some_and(|after| after.snapshot.inside == Inside::None);
        let cuts: Vec<Cut> = intrusions.iter().map(|intrusion| intrusion.cut).collect();
        let verdict = |intrusion: Intrusion| {
            let by = intrusion.by;
            let verdict = match (is_quiet, excess) {
                (true, Some(0)) => self.intrusion(intrusion, &cuts),
                (true, Some(_)) => Err(Doubt::Unwatched),
                (true, None) => Err(Doubt::BothInside),
                (false, _) => Err(Doubt::SeveralInside),
            };
            (by, verdict)
        };
        let verdicts = intrusions.into_iter().map(verdict).collect();
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
