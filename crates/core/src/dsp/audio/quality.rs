//! How far a hop's audio can be trusted.

use crate::dsp::{falling, lanes};
use crate::grid::{AUDIO_PER_HOP, AUDIO_PER_MEL, MEL_PER_HOP};

/// Hops whose range decides on digital silence: 1 s.
const HOPS: usize = 5;

/// A sample this close to full scale counts as clipped.
const CLIPPED: f32 = 0.999;

/// Less peak-to-peak than one and a half steps of 16 bits over a second is a muted or dead
/// microphone, not a quiet kitchen (design choice).
const SILENCE: f32 = 1.5 / 32_768.0;

/// Quality of the audio, over one second for silence and one hop for the rest.
#[derive(Debug, Clone, Default)]
pub struct Quality {
    /// Lowest and highest valid sample of the last hops; `None` where a hop had none.
    ranges: [Option<(f32, f32)>; HOPS],
    next: usize,
}

impl Quality {
    /// Forgets what came before.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Quality 0–1 of a hop: the share of valid frames, less what is clipped (none at 0.1 % of the
    /// samples, useless at 10 %), zero in digital silence.
    pub fn hop(
        &mut self,
        samples: &[f32; AUDIO_PER_HOP],
        valid: &[bool; MEL_PER_HOP],
        frames: usize,
    ) -> f32 {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        let (mut clipped, mut count) = (0usize, 0usize);
        for (block, _) in samples
            .chunks_exact(AUDIO_PER_MEL)
            .zip(valid)
            .filter(|(_, v)| **v)
        {
            let (bottom, top) = lanes::range(block);
            low = low.min(bottom);
            high = high.max(top);
            if top >= CLIPPED || bottom <= -CLIPPED {
                clipped += block.iter().filter(|x| x.abs() >= CLIPPED).count();
            }
            count += block.len();
        }
        self.ranges[self.next] =
            (count > 0 && low.is_finite() && high.is_finite()).then_some((low, high));
        self.next = (self.next + 1) % HOPS;
        let heard = self
            .ranges
            .iter()
            .flatten()
            .copied()
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let alive = heard.is_some_and(|(low, high)| high - low >= SILENCE);
        if count == 0 || !alive {
            return 0.0;
        }
        let share = frames as f32 / MEL_PER_HOP as f32;
        share * falling(clipped as f32 / count as f32, 0.001, 0.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_lowers_it() {
        let tone =
            |gain: f32| core::array::from_fn(|i| (gain * (i as f32 * 0.3).sin()).clamp(-1.0, 1.0));
        let half = core::array::from_fn(|i| i < MEL_PER_HOP / 2);
        #[expect(clippy::type_complexity, reason = "a table of cases")]
        let cases: [(&str, [f32; AUDIO_PER_HOP], [bool; MEL_PER_HOP], usize, f32); 6] = [
            ("good", tone(0.1), [true; MEL_PER_HOP], 20, 1.0),
            ("half of it", tone(0.1), half, 8, 0.4),
            ("clipped", tone(4.0), [true; MEL_PER_HOP], 20, 0.0),
            ("muted", [0.0; AUDIO_PER_HOP], [true; MEL_PER_HOP], 20, 0.0),
            ("stuck", [0.25; AUDIO_PER_HOP], [true; MEL_PER_HOP], 20, 0.0),
            ("nothing", tone(0.1), [false; MEL_PER_HOP], 0, 0.0),
        ];
        for (name, samples, valid, frames, expect) in cases {
            let got = Quality::default().hop(&samples, &valid, frames);
            assert!((got - expect).abs() < 1e-6, "{name}: {got}");
        }
    }

    #[test]
    fn silence_takes_a_second_to_show() {
        let mut quality = Quality::default();
        let tone = core::array::from_fn(|i| 0.1 * (i as f32 * 0.3).sin());
        quality.hop(&tone, &[true; MEL_PER_HOP], 20);
        let after: Vec<f32> = (0..6)
            .map(|_| quality.hop(&[0.0; AUDIO_PER_HOP], &[true; MEL_PER_HOP], 20))
            .collect();
        assert_eq!(after, [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
