//! Log-mel frames and band envelopes from one spectrum every 10 ms.

use core::fmt;
use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex};

use super::mel::{BINS, Band, FFT, PADDED, bank};
use crate::dsp::eeg::hann;
use crate::dsp::lanes;
use crate::grid::{AUDIO_PER_HOP, AUDIO_PER_MEL, MEL_PER_HOP};
use crate::step::MELS;

/// Window of a frame: 25 ms.
const WINDOW: usize = 400;
/// Samples of earlier hops that the first frame of a hop still sees.
const HISTORY: usize = WINDOW - AUDIO_PER_MEL;
/// Blocks that a frame touches: its own and those that its window reaches back into.
const BLOCKS: usize = WINDOW.div_ceil(AUDIO_PER_MEL);

/// Floor of the power: below the quantisation noise of 16 bits in a band.
const FLOOR: f32 = 1e-10;
/// Shift and scale that bring ln(power + 1e-10) of a kitchen to about ±3: −23 (silence) becomes
/// −3.1, a full-scale sine +3.4 (design choice).
const SHIFT: f32 = 12.0;
const SCALE: f32 = 1.0 / 3.5;

/// Mean-square amplitude in three bands of a 10 ms frame, in units of full scale².
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Envelope {
    /// Burner roar, 100–500 Hz (Industrial Burners Handbook).
    pub burner: f32,
    /// Sizzle, 2–8 kHz.
    pub sizzle: f32,
    /// Impacts of spatula and food, 0.5–8 kHz.
    pub impact: f32,
}

/// Log-mel frames: 64 bands from 50 to 8000 Hz on Slaney's scale, 25 ms Hann window, 512-point
/// transform, one frame every 10 ms that *ends* on the grid, `(ln(power + 1e-10) + 12) / 3.5`, where a
/// full-scale sine has the power 1.
pub struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    taper: Box<[f32]>,
    bank: Vec<Band>,
    /// From |X|² to the squared amplitude of a sine.
    sine_scale: f32,
    /// From |X|² to mean square per bin.
    power_scale: f32,
    samples: Box<[f32; HISTORY + AUDIO_PER_HOP]>,
    /// Whether the blocks before this hop and of it were measured.
    valid: [bool; BLOCKS - 1 + MEL_PER_HOP],
    input: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    powers: Box<[f32; PADDED]>,
    envelopes: [Option<Envelope>; MEL_PER_HOP],
}

impl fmt::Debug for LogMel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogMel").finish_non_exhaustive()
    }
}

impl Default for LogMel {
    fn default() -> Self {
        Self::new()
    }
}

impl LogMel {
    /// Prepares window, transform and bank.
    #[must_use]
    pub fn new() -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(FFT);
        let taper: Box<[f32]> = hann(WINDOW).collect();
        let sum: f32 = taper.iter().sum();
        let energy: f32 = taper.iter().map(|w| w * w).sum();
        Self {
            sine_scale: 4.0 / (sum * sum),
            power_scale: 2.0 / (FFT as f32 * energy),
            taper,
            bank: bank(),
            samples: Box::new([0.0; HISTORY + AUDIO_PER_HOP]),
            valid: [false; BLOCKS - 1 + MEL_PER_HOP],
            input: fft.make_input_vec(),
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            powers: Box::new([0.0; PADDED]),
            envelopes: [None; MEL_PER_HOP],
            fft,
        }
    }

    /// Forgets what came before.
    pub fn reset(&mut self) {
        self.samples.fill(0.0);
        self.valid.fill(false);
        self.envelopes.fill(None);
    }

    /// The frames that end in a hop: writes `[band][frame]` and gives the number of valid frames.
    ///
    /// A frame whose window overlaps a block that is not valid is zero. Samples that are no numbers
    /// make their block invalid; samples beyond full scale are clipped to ±1.
    pub fn hop(
        &mut self,
        samples: &[f32; AUDIO_PER_HOP],
        valid: &[bool; MEL_PER_HOP],
        mel: &mut [[f32; MEL_PER_HOP]; MELS],
    ) -> usize {
        self.samples.copy_within(AUDIO_PER_HOP.., 0);
        self.valid.copy_within(MEL_PER_HOP.., 0);
        self.samples[HISTORY..].copy_from_slice(samples);
        for (block, (new, ok)) in self.samples[HISTORY..]
            .chunks_exact_mut(AUDIO_PER_MEL)
            .zip(self.valid[BLOCKS - 1..].iter_mut().zip(valid))
        {
            *new = *ok && block.iter().all(|x| x.is_finite());
            if *new {
                block.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
            } else {
                block.fill(0.0);
            }
        }
        let mut count = 0;
        for j in 0..MEL_PER_HOP {
            if self.valid[j..j + BLOCKS].iter().all(|v| *v) {
                self.transform(j * AUDIO_PER_MEL);
                for (band, out) in self.bank.iter().zip(mel.iter_mut()) {
                    let bins = &self.powers[band.first..band.first + band.weights.len()];
                    let power = lanes::dot(&band.weights, bins);
                    out[j] = ((power * self.sine_scale + FLOOR).ln() + SHIFT) * SCALE;
                }
                self.envelopes[j] = Some(self.envelope());
                count += 1;
            } else {
                mel.iter_mut().for_each(|band| band[j] = 0.0);
                self.envelopes[j] = None;
            }
        }
        count
    }

    /// Band envelopes of the last hop's frames; `None` where a frame is not valid.
    #[must_use]
    pub fn envelopes(&self) -> &[Option<Envelope>; MEL_PER_HOP] {
        &self.envelopes
    }

    /// |X|² of the window that begins at `start`.
    fn transform(&mut self, start: usize) {
        let window = &self.samples[start..start + WINDOW];
        for ((x, y), w) in self.input.iter_mut().zip(window).zip(&self.taper) {
            *x = y * w;
        }
        // The transform uses its input as scratch.
        self.input[WINDOW..].fill(0.0);
        let done =
            self.fft
                .process_with_scratch(&mut self.input, &mut self.spectrum, &mut self.scratch);
        debug_assert!(done.is_ok(), "the buffers are the plan's own");
        for (p, x) in self.powers.iter_mut().zip(&self.spectrum) {
            *p = x.norm_sqr();
        }
    }

    fn envelope(&self) -> Envelope {
        // Bins of 31.25 Hz: 100–500 Hz are 4–16, 0.5–2 kHz 17–63, 2–8 kHz 64–256.
        let sum = |bins: core::ops::RangeInclusive<usize>| {
            lanes::sum(&self.powers[bins]) * self.power_scale
        };
        let sizzle = sum(64..=BINS - 1);
        Envelope {
            burner: sum(4..=16),
            sizzle,
            impact: sum(17..=63) + sizzle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mel::corner;
    use super::*;

    fn mels_of(
        signal: impl Fn(usize) -> f32,
        hops: usize,
    ) -> (Box<[[f32; MEL_PER_HOP]; MELS]>, LogMel) {
        let mut log_mel = LogMel::new();
        let mut mel = Box::new([[0.0; MEL_PER_HOP]; MELS]);
        for hop in 0..hops {
            let samples = core::array::from_fn(|i| signal(hop * AUDIO_PER_HOP + i));
            log_mel.hop(&samples, &[true; MEL_PER_HOP], &mut mel);
        }
        (mel, log_mel)
    }

    fn sine(hz: f32, amplitude: f32) -> impl Fn(usize) -> f32 {
        move |i| {
            (core::f64::consts::TAU * f64::from(hz) * i as f64 / 16_000.0).sin() as f32 * amplitude
        }
    }

    #[test]
    fn a_sine_peaks_in_its_band() {
        for frequency in [100.0, 330.0, 1000.0, 3300.0, 7000.0] {
            let (mel, _) = mels_of(sine(frequency, 0.5), 2);
            let peak = (0..MELS)
                .max_by(|a, b| mel[*a][10].total_cmp(&mel[*b][10]))
                .expect("bands");
            let (low, high) = (corner(peak) as f32, corner(peak + 2) as f32);
            assert!(
                (low..=high).contains(&frequency),
                "{frequency} Hz in {low}–{high} Hz"
            );
        }
    }

    #[test]
    fn levels_stay_within_about_three() {
        let noise = |i: usize| {
            let x = (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((x ^ (x >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32 / (1u64 << 23) as f32
                - 1.0
        };
        #[expect(clippy::type_complexity, reason = "a table of cases")]
        let cases: [(&str, Box<dyn Fn(usize) -> f32>, f32, f32); 3] = [
            ("silence", Box::new(|_| 0.0), -3.2, -3.1),
            ("full-scale sine", Box::new(sine(1000.0, 1.0)), 2.5, 3.5),
            (
                "noise at −34 dB",
                Box::new(move |i| 0.02 * noise(i)),
                -1.5,
                1.5,
            ),
        ];
        for (name, signal, low, high) in cases {
            let (mel, _) = mels_of(signal, 2);
            let top = mel.iter().map(|band| band[10]).fold(f32::MIN, f32::max);
            assert!((low..=high).contains(&top), "{name}: {top}");
        }
    }

    #[test]
    fn envelopes_are_mean_squares_of_their_band() {
        // A sine of amplitude 0.2 has a mean square of 0.02.
        for (frequency, burner, sizzle, impact) in [
            (300.0, 1.0, 0.0, 0.0),
            (1000.0, 0.0, 0.0, 1.0),
            (5000.0, 0.0, 1.0, 1.0),
        ] {
            let (_, log_mel) = mels_of(sine(frequency, 0.2), 2);
            let e = log_mel.envelopes()[5].expect("valid");
            for (got, want) in [(e.burner, burner), (e.sizzle, sizzle), (e.impact, impact)] {
                assert!((got / 0.02 - want).abs() < 0.05, "{frequency} Hz: {e:?}");
            }
        }
    }

    #[test]
    fn a_hole_blanks_just_the_frames_that_overlap_it() {
        let mut log_mel = LogMel::new();
        let mut mel = Box::new([[0.0; MEL_PER_HOP]; MELS]);
        let samples = core::array::from_fn(sine(1000.0, 0.5));
        let mut valid = [true; MEL_PER_HOP];
        valid[7] = false;
        // Nothing lies before the first hop: its first two frames reach back into nothing.
        assert_eq!(log_mel.hop(&samples, &valid, &mut mel), 15);
        for j in 0..MEL_PER_HOP {
            let blank = j < 2 || (7..10).contains(&j);
            assert_eq!(mel.iter().all(|band| band[j] == 0.0), blank, "frame {j}");
            assert_eq!(log_mel.envelopes()[j].is_none(), blank, "frame {j}");
        }
        let mut broken = samples;
        broken[3199] = f32::NAN;
        assert_eq!(log_mel.hop(&broken, &[true; MEL_PER_HOP], &mut mel), 19);
        assert_eq!(log_mel.hop(&samples, &[true; MEL_PER_HOP], &mut mel), 18);
        assert!(mel.iter().flatten().all(|x| x.is_finite()));
    }
}
