//! From a hop to the model's inputs and the measured numbers. The only implementation: training
//! reads what this writes.

mod audio;
mod auxiliary;
mod eeg;
mod spec;
mod thermal;

pub use spec::{ID, SPEC, id_text};

use crate::aspects::maillard::Dose;
use crate::aspects::toss::Toss;
use crate::aspects::wok_hei::{SMOKE_CELSIUS, Terms, WokHei};
use crate::dsp::audio::Envelope;
use crate::dsp::eeg::{BandPowers, Quality};
use crate::dsp::rising;
use crate::dsp::thermal::{Mounting, Reading};
use crate::grid::{HOP, MEL_PER_HOP};
use crate::hop::Hop;
use crate::recipe::Recipe;
use crate::step::{EEG_CHANNELS, StepInput};
use crate::verdict::{Measured, StreamKind};

/// Length of a hop in seconds.
const HOP_SECONDS: f64 = HOP as f64 * 1e-9;

/// What the features must know of a station.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureConfig {
    /// Mains frequency, 50 or 60 Hz.
    pub mains_hz: u8,
    /// What is cooked.
    pub recipe: Recipe,
    /// How the thermal camera hangs.
    pub mounting: Mounting,
}

impl Default for FeatureConfig {
    fn default() -> Self {
        Self {
            mains_hz: 50,
            recipe: Recipe::unknown(),
            mounting: Mounting::default(),
        }
    }
}

/// The features of one hop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureRow<'a> {
    /// The model's inputs; `hops` is 1 and `reset` 0.
    pub input: &'a StepInput,
    /// What is measured apart from the model.
    pub measured: Measured,
}

/// The features of one station, hop by hop. Sees every hop, in order; allocates only in `new`.
#[derive(Debug)]
pub struct Features {
    eeg: eeg::Eeg,
    audio: audio::Audio,
    thermal: thermal::Thermal,
    toss: Toss,
    wok_hei: WokHei,
    dose: Dose,
    reading: Option<Reading>,
    input: Box<StepInput>,
}

impl Features {
    /// Prepares everything for a station.
    #[must_use]
    pub fn new(config: &FeatureConfig) -> Self {
        let mut features = Self {
            eeg: eeg::Eeg::new(config.mains_hz),
            audio: audio::Audio::new(),
            thermal: thermal::Thermal::new(config.mounting.clone()),
            toss: Toss::new(),
            wok_hei: WokHei::default(),
            dose: Dose::default(),
            reading: None,
            input: Box::new(StepInput::masked()),
        };
        features.set_recipe(&config.recipe);
        features
    }

    /// Forgets the cook so far; recipe and bypass stay.
    pub fn reset(&mut self) {
        self.eeg.reset();
        self.audio.reset();
        self.thermal.reset();
        self.toss.reset();
        self.wok_hei.reset();
        self.dose = Dose::default();
        self.reading = None;
    }

    /// Sets what is cooked.
    pub fn set_recipe(&mut self, recipe: &Recipe) {
        self.input.recipe = recipe.vector();
    }

    /// Sets or lifts the bypass of the normalisation (the emergency protocol's).
    pub fn set_bypass(&mut self, bypass: bool) {
        self.input.bypass = [f32::from(u8::from(bypass))];
    }

    /// EEG band powers over the last two seconds, by channel, µV².
    #[must_use]
    pub fn band_powers(&self) -> &[BandPowers; EEG_CHANNELS] {
        self.eeg.bands()
    }

    /// EEG quality over the last two seconds, by channel.
    #[must_use]
    pub fn eeg_quality(&self) -> &[Quality; EEG_CHANNELS] {
        self.eeg.quality()
    }

    /// Band envelopes of the last hop's audio frames, full scale².
    #[must_use]
    pub fn envelopes(&self) -> &[Option<Envelope>; MEL_PER_HOP] {
        self.audio.envelopes()
    }

    /// What the camera said of the last hop; `None` where it said nothing.
    #[must_use]
    pub fn reading(&self) -> Option<&Reading> {
        self.reading.as_ref()
    }

    /// Takes one hop in and gives its row. All numbers are finite, whatever the hop holds.
    ///
    /// A stream that is absent, missing or useless has quality 0 and zeros. What is derived from it
    /// goes with it: without the camera there is no wall and no wok-hei index and the dose stands
    /// still; without camera and microphone there is no toss.
    pub fn hop(&mut self, hop: &Hop) -> FeatureRow<'_> {
        let end = hop.start + HOP;
        let input = &mut *self.input;
        let ambient = auxiliary::ambient(&hop.aux);

        let mut quality = [0.0; StreamKind::ALL.len()];
        quality[StreamKind::Eeg.index()] = self.eeg.hop(&hop.eeg, input);
        quality[StreamKind::Audio.index()] = self.audio.hop(&hop.audio, input);
        quality[StreamKind::Aux.index()] =
            auxiliary::fill(&hop.aux, &mut input.aux, &mut input.aux_mask);
        let toss = &mut self.toss;
        let seen = self.thermal.hop(
            &hop.thermal,
            end,
            ambient,
            SMOKE_CELSIUS,
            input,
            |at, reading| {
                toss.see(at, reading);
            },
        );
        quality[StreamKind::Thermal.index()] = seen.map_or(0.0, |s| s.quality);
        input.quality = quality;

        let audible = quality[StreamKind::Audio.index()] > 0.0;
        self.toss.hear(if audible {
            self.audio.envelopes()
        } else {
            &[None; MEL_PER_HOP]
        });
        let rhythm = self.toss.rhythm(end);

        let mut measured = Measured {
            toss_hz: rhythm.map(|r| r.hz),
            ..Measured::default()
        };
        match &seen {
            Some(seen) => {
                let reading = &seen.reading;
                // Food or liquid cools the middle below the outer wall; a bare wok is hottest there.
                let cover = rising(reading.outer_celsius - reading.surface_celsius, -20.0, 0.0);
                self.dose.add(reading.surface_celsius, cover, HOP_SECONDS);
                let index = self.wok_hei.hop(&Terms {
                    excess_kelvin: reading.excess_kelvin,
                    turbulence: seen.turbulence,
                    coherence: rhythm.map_or(0.0, |r| r.coherence),
                    gradient: reading.gradient,
                    wet: reading.wet,
                });
                measured.wall_celsius = Some(reading.wall_celsius);
                measured.wok_hei = index;
                measured.dose_seconds = Some(self.dose.seconds());
            }
            None => self.wok_hei.skip(),
        }
        self.reading = seen.map(|s| s.reading);
        input.heat = [
            measured.wall_celsius.unwrap_or(0.0) / 100.0,
            measured.toss_hz.unwrap_or(0.0),
        ];
        input.dose = [self.dose.seconds().ln_1p()];
        input.hops = [1.0];
        input.reset = [0.0];
        FeatureRow { input, measured }
    }
}
