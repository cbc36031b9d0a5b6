//! The EEG's share of a step.

use crate::dsp::eeg::{BandPowers, Filter, Quality, Window};
use crate::grid::EEG_PER_HOP;
use crate::hop::{EegHop, Presence};
use crate::step::{EEG_CHANNELS, StepInput};

/// One unit of the model's EEG input, µV, and its largest value.
const UNIT_MICROVOLTS: f32 = 50.0;
const CLIP: f32 = 10.0;

/// A channel that scores less is bad: it is masked.
const BAD: f32 = 0.5;

/// Filters and windows of all channels.
#[derive(Debug)]
pub(super) struct Eeg {
    filters: [Filter; EEG_CHANNELS],
    window: Window,
    bands: [BandPowers; EEG_CHANNELS],
    quality: [Quality; EEG_CHANNELS],
    idle: bool,
}

impl Eeg {
    pub(super) fn new(mains_hz: u8) -> Self {
        Self {
            filters: core::array::from_fn(|_| Filter::new(mains_hz)),
            window: Window::new(mains_hz),
            bands: [BandPowers::default(); EEG_CHANNELS],
            quality: [Quality::default(); EEG_CHANNELS],
            idle: true,
        }
    }

    pub(super) fn reset(&mut self) {
        self.filters.iter_mut().for_each(Filter::reset);
        self.window.reset();
        self.bands = Default::default();
        self.quality = Default::default();
        self.idle = true;
    }

    pub(super) fn bands(&self) -> &[BandPowers; EEG_CHANNELS] {
        &self.bands
    }

    pub(super) fn quality(&self) -> &[Quality; EEG_CHANNELS] {
        &self.quality
    }

    /// Fills `eeg` and `eeg_mask`; gives the quality, 0–1.
    pub(super) fn hop(&mut self, hop: &EegHop, input: &mut StepInput) -> f32 {
        if matches!(hop.presence, Presence::Absent | Presence::Missing) {
            if !self.idle {
                self.reset();
            }
            input.eeg = [[0.0; EEG_PER_HOP]; EEG_CHANNELS];
            input.eeg_mask = [0.0; EEG_CHANNELS];
            return 0.0;
        }
        self.idle = false;
        let mut usable = [0usize; EEG_CHANNELS];
        for (i, (tick, valid)) in hop.ticks.iter().zip(&hop.valid).enumerate() {
            for channel in 0..EEG_CHANNELS {
                let filter = &mut self.filters[channel];
                let filtered = if *valid && hop.wired[channel] {
                    filter.run(tick[channel]).filter(|_| filter.is_settled())
                } else {
                    filter.reset();
                    None
                };
                self.window.put(channel, filtered);
                usable[channel] += usize::from(filtered.is_some());
                let clean = filtered.map_or(0.0, |(_, clean)| clean);
                input.eeg[channel][i] = (clean / UNIT_MICROVOLTS).clamp(-CLIP, CLIP);
            }
            self.window.advance();
        }
        let (mut wired, mut bad, mut good) = (0.0, 0.0, 0.0);
        for channel in 0..EEG_CHANNELS {
            let mut seen = false;
            if hop.wired[channel] {
                (self.bands[channel], self.quality[channel]) = self.window.measure(channel);
                let quality = self.quality[channel];
                let score = quality.score();
                wired += 1.0;
                good += quality.usable * score;
                bad += f32::from(u8::from(score < BAD));
                seen = score >= BAD && 2 * usable[channel] >= EEG_PER_HOP;
            } else {
                self.bands[channel] = BandPowers::default();
                self.quality[channel] = Quality::default();
            }
            input.eeg_mask[channel] = f32::from(u8::from(seen));
            if !seen {
                input.eeg[channel].fill(0.0);
            }
        }
        let blind = !input.eeg_mask.contains(&1.0);
        if wired == 0.0 || bad > 0.5 * wired || blind || !hop.contact.is_finite() {
            return 0.0;
        }
        (good / wired * hop.contact).clamp(0.0, 1.0)
    }
}
