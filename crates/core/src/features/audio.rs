//! The microphone's share of a step.

use crate::dsp::audio::{Envelope, LogMel, Quality};
use crate::grid::MEL_PER_HOP;
use crate::hop::{AudioHop, Presence};
use crate::step::{MELS, StepInput};

/// Log-mel and quality.
#[derive(Debug)]
pub(super) struct Audio {
    log_mel: LogMel,
    quality: Quality,
    idle: bool,
}

impl Audio {
    pub(super) fn new() -> Self {
        Self {
            log_mel: LogMel::new(),
            quality: Quality::default(),
            idle: true,
        }
    }

    pub(super) fn reset(&mut self) {
        self.log_mel.reset();
        self.quality.reset();
        self.idle = true;
    }

    /// Envelopes of the last hop's frames.
    pub(super) fn envelopes(&self) -> &[Option<Envelope>; MEL_PER_HOP] {
        self.log_mel.envelopes()
    }

    /// Fills `mel`; gives the quality, 0–1.
    pub(super) fn hop(&mut self, hop: &AudioHop, input: &mut StepInput) -> f32 {
        if matches!(hop.presence, Presence::Absent | Presence::Missing) {
            if !self.idle {
                self.reset();
            }
            input.mel = [[0.0; MEL_PER_HOP]; MELS];
            return 0.0;
        }
        self.idle = false;
        let frames = self.log_mel.hop(&hop.samples, &hop.valid, &mut input.mel);
        let quality = self.quality.hop(&hop.samples, &hop.valid, frames);
        if quality == 0.0 {
            input.mel = [[0.0; MEL_PER_HOP]; MELS];
        }
        quality
    }
}
