//! When each cue fires and how long it stands. A new cue is a line here and a kind in the contract.

use super::{LEAD, LEAST_QUALITY, Scene};
use crate::step::CUES;
use crate::time::SECOND;
use crate::verdict::{CueKind, Phase, StreamKind};

/// The rule of one cue.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The cue.
    pub kind: CueKind,
    /// It fires when its chance has been at least this …
    pub on: f32,
    /// … and fades when it has been below this …
    pub off: f32,
    /// … for so many hops in a row.
    pub hops: u8,
    /// How late after its moment it is still worth following, ns.
    pub tolerance: i64,
    /// Rest after its end, ns.
    pub rest: i64,
    /// Phases in which it cannot fire.
    pub never: &'static [Phase],
    /// Streams of which one at least must tell something of what the cue is about.
    pub needs: &'static [StreamKind],
}

impl Rule {
    /// How long it is worth delivering, ns.
    #[must_use]
    pub const fn lasts(&self) -> i64 {
        LEAD + self.tolerance
    }

    /// Whether a hop has what the cue needs.
    pub(super) fn sees(&self, scene: &Scene<'_>) -> bool {
        let tells = |stream: &StreamKind| scene.quality[stream.index()] >= LEAST_QUALITY;
        self.needs.iter().any(tells)
    }
}

/// Every cue, in the order of the model's hazards. The chances were chosen on calibration cooks
/// (`python -m flavorformer calibrate`), by the F1 of firings within tolerance of the crossing; rests and tolerances are design choices.
pub const RULES: [Rule; CUES] = [
    Rule {
        kind: CueKind::Bloom,
        on: 0.6,
        off: 0.3,
        hops: 2,
        tolerance: 6 * SECOND,
        rest: 30 * SECOND,
        never: &[Phase::Off],
        // A temperature of oil: nobody hears it.
        needs: &[StreamKind::Thermal],
    },
    Rule {
        kind: CueKind::Reduce,
        on: 0.5,
        off: 0.25,
        hops: 2,
        tolerance: 20 * SECOND,
        rest: 120 * SECOND,
        never: &[Phase::Reduce, Phase::Off],
        needs: &[StreamKind::Thermal, StreamKind::Audio],
    },
    Rule {
        kind: CueKind::FlameOff,
        on: 0.5,
        off: 0.25,
        hops: 2,
        tolerance: 8 * SECOND,
        rest: 30 * SECOND,
        never: &[Phase::Off],
        needs: &[StreamKind::Thermal, StreamKind::Audio],
    },
];
