//! What the model said, as columns.

use wok_core::cue::Change;
use wok_core::step::{ASPECTS, ATTENTION, CUES, MODALITIES, PHASES, QUANTILES, StepOutput};
use wok_core::verdict::Verdict;

use super::shard::Shard;
use crate::rehearsal;

/// A shard whose columns of cues are there though no cue may fire.
pub(super) fn shard() -> Shard {
    let mut shard = Shard::default();
    shard.bytes("fired_kind", &[], []);
    shard.floats("fired_s", &[], &[]);
    shard.floats("fired_confidence", &[], &[]);
    shard
}

/// Adds the cues that fired in a hop: kind, seconds since the start, confidence.
pub(super) fn cues(shard: &mut Shard, verdict: &Verdict) {
    for cue in verdict.cues.iter().flatten() {
        if cue.change == Change::New {
            let at = (cue.fired - rehearsal::START) as f32 * 1e-9;
            shard.bytes("fired_kind", &[], [cue.kind.index() as u8]);
            shard.floats("fired_s", &[], &[at]);
            shard.floats("fired_confidence", &[], &[cue.confidence]);
        }
    }
}

/// Adds a scored hop and gives its number.
pub(super) fn hop(shard: &mut Shard, verdict: &Verdict, output: &StepOutput) -> u32 {
    let hop = u32::try_from(verdict.hop).unwrap_or(u32::MAX);
    shard.wholes("hop", &[], [hop]);
    shard.floats("score", &[QUANTILES], &output.score);
    shard.floats("aspects", &[ASPECTS], &output.aspects);
    shard.floats("phase", &[PHASES], &output.phase);
    shard.floats("hazard", &[CUES], &output.hazard);
    shard.floats("attention", &[ATTENTION], &output.attention);
    shard.floats("quality", &[MODALITIES], &verdict.quality);
    hop
}
