//! What goes into one step of the model and what comes out of it, as plain arrays.
//!
//! The ONNX names of these arrays stand in `wok-infer`'s contract; the numbers stand here because
//! the features are made here. All values are finite; what is unknown is zero *and* masked.

use crate::grid::{EEG_PER_HOP, MEL_PER_HOP};

/// EEG channels of the model; a headset's own channels are put on these slots by its montage.
pub const EEG_CHANNELS: usize = 8;
/// Log-mel bands.
pub const MELS: usize = 64;
/// Height of the thermal crop in pixels.
pub const THERMAL_ROWS: usize = 24;
/// Width of the thermal crop in pixels.
pub const THERMAL_COLS: usize = 32;
/// Pixels of the thermal crop.
pub const THERMAL_PIXELS: usize = THERMAL_ROWS * THERMAL_COLS;
/// Modalities that carry a quality, in this order: EEG, audio, thermal, auxiliary.
pub const MODALITIES: usize = 4;
/// Numbers of a recipe's target vector: 8 targets × (low, high, known).
pub const RECIPE: usize = 24;
/// Auxiliary readings: gas, 3 × acceleration, probe °C, ambient °C, humidity, spare.
pub const AUX: usize = 8;
/// Quantiles of the final score: 10 %, 25 %, 50 %, 75 %, 90 %.
pub const QUANTILES: usize = 5;
/// Aspects, in the order of [`crate::verdict::Aspect`].
pub const ASPECTS: usize = 6;
/// Phases, in the order of [`crate::verdict::Phase`].
pub const PHASES: usize = 6;
/// Cues, in the order of [`crate::verdict::CueKind`].
pub const CUES: usize = 3;
/// Length of the embedding that family editions build on.
pub const EMBEDDING: usize = 64;
/// Tokens that attention looks at for its report: EEG, audio, thermal, memory.
pub const ATTENTION: usize = 4;

/// The inputs of one hop of one station.
#[derive(Debug, Clone, PartialEq)]
pub struct StepInput {
    /// Filtered EEG on the grid, `[channel][tick]`, in units of 50 µV, clipped to ±10.
    pub eeg: [[f32; EEG_PER_HOP]; EEG_CHANNELS],
    /// 1 where a channel is wired and usable in this hop, else 0.
    pub eeg_mask: [f32; EEG_CHANNELS],
    /// Log-mel, `[band][frame]`, natural log of power, shifted and scaled to about ±3.
    pub mel: [[f32; MEL_PER_HOP]; MELS],
    /// Mean, standard deviation and maximum over the hop's frames, `[3][row × col]`, °C / 100.
    pub thermal: [[f32; THERMAL_PIXELS]; 3],
    /// Quality per modality, 0 (masked) to 1.
    pub quality: [f32; MODALITIES],
    /// Wall temperature (°C / 100) and toss frequency (Hz); zero where their sensors are masked.
    pub heat: [f32; 2],
    /// Maillard dose so far: ln(1 + equivalent seconds at 150 °C).
    pub dose: [f32; 1],
    /// The recipe's targets; see [`crate::recipe`].
    pub recipe: [f32; RECIPE],
    /// Auxiliary readings, scaled to about ±1.
    pub aux: [f32; AUX],
    /// 1 where an auxiliary reading is fresh, else 0.
    pub aux_mask: [f32; AUX],
    /// 1 while the normalisation is bypassed by the emergency protocol.
    pub bypass: [f32; 1],
    /// Hops since the last step of this station; 1 in the steady state.
    pub hops: [f32; 1],
    /// 1 where the state must be forgotten before this step.
    pub reset: [f32; 1],
}

impl StepInput {
    /// An input in which every modality is masked.
    #[must_use]
    pub fn masked() -> Self {
        Self {
            eeg: [[0.0; EEG_PER_HOP]; EEG_CHANNELS],
            eeg_mask: [0.0; EEG_CHANNELS],
            mel: [[0.0; MEL_PER_HOP]; MELS],
            thermal: [[0.0; THERMAL_PIXELS]; 3],
            quality: [0.0; MODALITIES],
            heat: [0.0; 2],
            dose: [0.0; 1],
            recipe: [0.0; RECIPE],
            aux: [0.0; AUX],
            aux_mask: [0.0; AUX],
            bypass: [0.0; 1],
            hops: [1.0; 1],
            reset: [0.0; 1],
        }
    }
}

/// What the model says after one step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepOutput {
    /// Quantiles of the final technique score, 0–100, rising.
    pub score: [f32; QUANTILES],
    /// Aspects, 0–1.
    pub aspects: [f32; ASPECTS],
    /// Phase probabilities; they sum to 1.
    pub phase: [f32; PHASES],
    /// Chance that each cue's crossing comes within five seconds ([`crate::cue::LEAD`] and one that
    /// firing takes), or has come and nobody has acted, 0–1.
    pub hazard: [f32; CUES],
    /// Embedding for family editions.
    pub embedding: [f32; EMBEDDING],
    /// Weight that attention gave to each token kind; sums to 1.
    pub attention: [f32; ATTENTION],
}

impl StepOutput {
    /// Every number of the output, in declaration order.
    pub fn values(&self) -> impl Iterator<Item = f32> + '_ {
        self.score
            .iter()
            .chain(&self.aspects)
            .chain(&self.phase)
            .chain(&self.hazard)
            .chain(&self.embedding)
            .chain(&self.attention)
            .copied()
    }

    /// Whether every number is finite. A step that is not resets the state and gives no score.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.values().all(f32::is_finite)
    }
}
