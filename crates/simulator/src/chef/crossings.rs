//! The cues' moments: when each crossing came, or would have come had nobody acted, and when the
//! chef acted on it.

use super::judgement::met;
use crate::dish::{Recipe, Stage};
use crate::wok::Wok;

/// Tolerances beyond which a missed crossing counts no further.
pub(super) const WORST: f64 = 3.0;

/// The moments of one cook's cues, by [`Cue::index`](crate::truth::Cue::index), in seconds of the cook.
#[derive(Debug, Clone, Default)]
pub(crate) struct Crossings {
    /// When the crossing came; where the chef was first, when it would have come.
    pub(crate) came: [Option<f64>; 3],
    /// When the chef acted.
    pub(crate) acted: [Option<f64>; 3],
}

impl Crossings {
    /// Notes the crossing of the stage's cue if it is there, `elapsed_s` into the stage.
    pub(super) fn observe(&mut self, now_s: f64, elapsed_s: f64, stage: &Stage, wok: &Wok) {
        if let Some(cue) = stage.cue
            && self.came[cue.index()].is_none()
            && met(stage.until, 0.0, wok, elapsed_s, wok.hidden.pace)
        {
            self.came[cue.index()] = Some(now_s);
        }
    }

    /// Mean cue error in tolerances, each capped at 3, over the cues that came up; 0 without any.
    pub(crate) fn timing_error(&self, recipe: &Recipe) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for cue in 0..3 {
            let Some(acted) = self.acted[cue] else {
                continue;
            };
            // A crossing that was further away means that the chef was early beyond measure.
            let error =
                self.came[cue].map_or(WORST, |t| (acted - t).abs() / recipe.tolerance_s[cue]);
            sum += error.min(WORST);
            count += 1.0;
        }
        if count > 0.0 { sum / count } else { 0.0 }
    }
}
