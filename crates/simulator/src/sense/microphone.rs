//! The microphone: sound through a gain into i16 little-endian PCM blocks.

use super::Source;
use super::sound::Sound;
use crate::config::{Config, Device, Faults};
use crate::cook::Cook;
use crate::link::{self, Jitter};
use crate::rng::{Dice, Stream};
use crate::truth::DeviceClock;

/// A microphone that delivers blocks of a few milliseconds.
#[derive(Debug)]
pub(crate) struct MicrophoneSource {
    clock: DeviceClock,
    faults: Faults,
    jitter: Jitter,
    sound: Sound,
    gain: f32,
    delay_s: f64,
    index: u64,
    block: Vec<f32>,
}

impl MicrophoneSource {
    pub(crate) fn new(config: &Config, clock: DeviceClock, cook: &Cook) -> MicrophoneSource {
        let mut dials = link::dials(config, Device::Microphone);
        let gain_db = dials.between(-20.0, 20.0) + config.faults.microphone_gain_db;
        let delay_s = dials.between(0.002, 0.008);
        let block_ms = config.link.audio_block_ms.unwrap_or(10.0).clamp(1.0, 200.0);
        let samples = ((clock.nominal_hz * block_ms * 1e-3) as usize).max(1);
        MicrophoneSource {
            clock,
            faults: config.faults.clone(),
            jitter: Jitter::new(config, Device::Microphone),
            sound: Sound::new(
                Dice::new(config.device_seed(), Stream::Sound),
                clock.nominal_hz as f32,
                &config.faults,
                config.kitchen,
                cook.wok.hidden.spl_exponent,
            ),
            gain: 10f64.powf(gain_db / 20.0) as f32 * 32_767.0,
            delay_s,
            index: 0,
            block: vec![0.0; samples],
        }
    }
}

impl Source for MicrophoneSource {
    fn fill(&mut self, cook: &mut Cook, out: &mut Vec<u8>) -> Option<f64> {
        let start_s = self.clock.stamp(self.index);
        let end_s = self.clock.stamp(self.index + self.block.len() as u64);
        if !cook.reach(end_s) {
            return None;
        }
        self.sound
            .block(cook, start_s, 1.0 / self.clock.rate_hz, &mut self.block);
        self.index += self.block.len() as u64;
        let at_s = self.jitter.read_s(end_s + self.delay_s);
        let lost = self.jitter.dice().chance(self.faults.packet_loss);
        if !lost && !link::unplugged(&self.faults, Device::Microphone, at_s) {
            for &sample in &self.block {
                // The cast saturates: that is the converter's clipping.
                out.extend(((sample * self.gain).round() as i16).to_le_bytes());
            }
        }
        Some(at_s)
    }
}
