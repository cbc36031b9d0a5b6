//! Do the streams really agree? How much later one stream shows the chef's tosses than another.
//!
//! Each stream's clock takes out drift and jitter, but a *fixed* delay that the configuration does not
//! name cannot be seen in one stream alone. Tosses show in three streams: food lands with a sound, the
//! picture sways, and the muscles of head and neck work. The sound keeps the beat (`beat.rs` finds bouts
//! of tosses by their landings); how well the others fit a bout at every lag of ±1.2 s is a
//! log-likelihood, and its sum over bouts has its peak at the lag of the pair (`evidence.rs`). That is
//! the generalised cross-correlation of Knapp & Carter (1976, IEEE Trans. ASSP 24:320) in its
//! maximum-likelihood weighting, taken over events: the one factor of the product is not a waveform but
//! a train of landings.
//!
//! Two things of a bout speak of lag. Its ends say where it lies as a whole, to ±1.2 s; within, the
//! picture's sway has a phase, which is finer but repeats with every toss, for the picture even twice.
//! Both are summed, so that the ends decide which repetition is meant; where they do not decide yet, the
//! answer is [`Lag::Ambiguous`]. An end may have been heard at the wrong toss (`ends.rs`).
//!
//! For whoever sets a station up there are knocks of the ladle too, which nobody listens for unless asked
//! to (`knock.rs`).
//!
//! **What is assumed of the toss** (and limits how exact an answer is in a real kitchen): food lands
//! [`LANDING`] of a cycle after the arm set out and is heard as it lands, the picture is at an end of its sway
//! when the arm sets out, and the muscles work from the first cycle's start to the last one's end. The simulator makes tosses like that; a chef's own may differ by tens of milliseconds.

mod beat;
mod edges;
mod ends;
mod evidence;
mod knock;
mod lag;
mod muscle;
mod onset;
mod sway;

pub use knock::LEAST as LEAST_KNOCKS;
pub use lag::{Estimate, Lag, Lags, Pair, Unknown};

use beat::Beat;
use edges::Edges;
use evidence::Evidence;
use knock::Knocks;
use muscle::Muscle;
use onset::Onsets;
use sway::Sway;

use crate::grid::{HOP, MEL_PER_HOP};
use crate::hop::{Hop, Presence};
use crate::step::MELS;

/// Where in its cycle, which begins as the arm sets out, a toss's food lands (the simulator's choice:
/// food flies 0.22 s of a third of a second [Ko & Hu 2020], and has to be thrown first).
pub const LANDING: f64 = 0.6;

/// Seconds of every stream that are remembered: the longest bout that counts, and the lags around it.
const MEMORY: f64 = 32.0;
/// From one log-mel frame to the next, seconds.
const FRAME_S: f64 = HOP_S / MEL_PER_HOP as f64;
/// Length of a hop, seconds.
const HOP_S: f64 = HOP as f64 * 1e-9;
/// Hops without a stream after which what it said is void: its delay may be another when it returns.
const GONE: u32 = 15;

/// A bout of tosses, as it was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bout {
    /// When the first toss's cycle began, seconds since the grid opened.
    start: f64,
    /// Length of a cycle, seconds.
    period: f64,
    /// Whole cycles.
    tosses: u32,
}

impl Bout {
    fn end(&self) -> f64 {
        self.start + self.period * f64::from(self.tosses)
    }

    fn seconds(&self) -> f64 {
        self.end() - self.start
    }
}

/// The lags of one station's streams, from hop to hop. Costs the same every hop, but for some tens of
/// microseconds when a bout has ended, and a millisecond when a row of knocks has; allocates only in `new`.
#[derive(Debug)]
pub struct Crossmodal {
    onsets: Onsets,
    beat: Beat,
    muscle: Muscle,
    sway: Sway,
    edges: Edges,
    eeg: Evidence,
    thermal: Evidence,
    /// Where somebody asked for it.
    knocks: Option<Box<Knocks>>,
    /// Hops since each of EEG, audio and thermal was last there.
    gone: [u32; 3],
    lags: Lags,
}

impl Crossmodal {
    /// Nothing known yet. `mains_hz` is 50 or 60.
    #[must_use]
    pub fn new(mains_hz: u8) -> Self {
        Self {
            onsets: Onsets::new(),
            beat: Beat::new(),
            muscle: Muscle::new(mains_hz),
            sway: Sway::new(),
            edges: Edges::new(),
            eeg: Evidence::new(false),
            thermal: Evidence::new(true),
            knocks: None,
            gone: [u32::MAX; 3],
            lags: Lags::default(),
        }
    }

    /// What is known of the lags.
    #[must_use]
    pub fn lags(&self) -> &Lags {
        &self.lags
    }

    /// Listens for knocks from now on.
    pub fn listen_for_knocks(&mut self) {
        self.knocks = Some(Box::new(Knocks::new()));
    }

    /// The knocks that counted, and the lags by them; 0 while nobody listens.
    #[must_use]
    pub fn knocks(&self) -> (u32, Lags) {
        let Some(knocks) = &self.knocks else {
            return (0, Lags::default());
        };
        let lags = self.by_sound(knocks.lags());
        (knocks.heard, lags)
    }

    /// Takes a closed hop in, with its log-mel frames as the features made them (`[band][frame]`; a
    /// frame of zeros was not heard). Gives whether the lags may have changed.
    pub fn hop(&mut self, hop: &Hop, mel: &[[f32; MEL_PER_HOP]; MELS]) -> bool {
        let mut changed = self.presence(hop);
        let start = hop.index as f64 * HOP_S;
        self.onsets.hop(hop.index, mel);
        self.muscle.hop(hop.index, &hop.eeg);
        self.sway.hop(start, hop.start, &hop.thermal);
        if let Some(knocks) = &mut self.knocks {
            knocks.hop(&self.onsets, &self.muscle, &self.sway);
        }
        self.beat.hear(&mut self.onsets);
        if let Some(bout) = self.beat.bout(&self.onsets) {
            self.weigh(&bout);
            changed = true;
        }
        if changed {
            self.lags = self.judge();
        }
        changed
    }

    /// Forgets what a stream said that has gone.
    fn presence(&mut self, hop: &Hop) -> bool {
        let mut changed = false;
        let now = [hop.eeg.presence, hop.audio.presence, hop.thermal.presence];
        for (gone, presence) in self.gone.iter_mut().zip(now) {
            let here = !matches!(presence, Presence::Absent | Presence::Missing);
            let before = *gone;
            *gone = if here { 0 } else { gone.saturating_add(1) };
            changed |= (before < GONE) != (*gone < GONE);
        }
        let [eeg, audio, thermal] = self.gone.map(|hops| hops >= GONE);
        if eeg || audio {
            changed |= self.eeg.clear();
        }
        if thermal || audio {
            changed |= self.thermal.clear();
        }
        if let Some(knocks) = &mut self.knocks {
            knocks.forget(eeg, thermal);
        }
        changed
    }

    /// What a bout says.
    fn weigh(&mut self, bout: &Bout) {
        self.edges.clear();
        let span = Edges::span(bout.start, bout.end());
        self.muscle.around(span, &mut self.edges);
        self.eeg.add(bout, &mut self.edges, |_, _, _, _| false);
        self.edges.clear();
        self.sway.around(span, &mut self.edges);
        let sway = &self.sway;
        self.thermal
            .add(bout, &mut self.edges, |lag, edges, ends, sum| {
                sway.phase(bout, lag, edges, ends, sum)
            });
    }

    fn judge(&self) -> Lags {
        self.by_sound([self.eeg.lag(), self.thermal.lag()])
    }

    /// The lags of EEG and thermal against the sound, where the streams are there.
    fn by_sound(&self, [by_eeg, by_thermal]: [Lag; 2]) -> Lags {
        let [eeg, audio, thermal] = self.gone.map(|hops| hops >= GONE);
        let of = |lag: Lag, gone: bool| {
            if gone || audio {
                Lag::Unknown(Unknown::NoStream)
            } else {
                lag
            }
        };
        Lags::by_sound(of(by_eeg, eeg), of(by_thermal, thermal))
    }
}

#[cfg(test)]
mod tests;
