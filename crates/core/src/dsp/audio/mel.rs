//! The mel filter bank: 64 triangles from 50 to 8000 Hz on Slaney's scale.

use crate::dsp::lanes::LANES;
use crate::step::MELS;

/// Sampling rate of the audio grid, Hz.
const RATE_HZ: f32 = 16_000.0;
/// Length of the transform; the window is padded with zeros.
pub(super) const FFT: usize = 512;
/// Bins of the transform.
pub(super) const BINS: usize = FFT / 2 + 1;
/// Room for the zero weights that fill up the last band.
pub(super) const PADDED: usize = BINS + LANES;
/// Lowest and highest frequency of the mel bands, Hz.
pub const BAND_HZ: (f32, f32) = (50.0, 8000.0);

/// A triangle of the mel filter bank: weights of consecutive bins, zeros up to whole lanes.
#[derive(Debug, Clone)]
pub(super) struct Band {
    /// First bin.
    pub(super) first: usize,
    /// Weights from there on.
    pub(super) weights: Box<[f32]>,
}

/// Hz to mel on Slaney's scale: linear to 1 kHz, logarithmic above (Slaney 1998, Auditory Toolbox).
fn mel(hz: f64) -> f64 {
    if hz < 1000.0 {
        hz * 3.0 / 200.0
    } else {
        15.0 + (hz / 1000.0).ln() * 27.0 / 6.4f64.ln()
    }
}

/// Mel to Hz on Slaney's scale.
fn hz(mel: f64) -> f64 {
    if mel < 15.0 {
        mel * 200.0 / 3.0
    } else {
        1000.0 * ((mel - 15.0) * 6.4f64.ln() / 27.0).exp()
    }
}

/// Corner `i` of the bank (0 to `MELS + 1`), Hz. Band b rises from corner b over b + 1 to b + 2.
pub(super) fn corner(i: usize) -> f64 {
    let (low, high) = (mel(f64::from(BAND_HZ.0)), mel(f64::from(BAND_HZ.1)));
    hz(low + (high - low) * i as f64 / (MELS + 1) as f64)
}

/// The bank: each triangle's weights sum to 1, so that white noise is flat over the bands.
pub(super) fn bank() -> Vec<Band> {
    let bin_hz = f64::from(RATE_HZ) / FFT as f64;
    (0..MELS)
        .map(|b| {
            let (low, centre, high) = (corner(b), corner(b + 1), corner(b + 2));
            let weight = |k: usize| {
                let f = k as f64 * bin_hz;
                ((f - low) / (centre - low))
                    .min((high - f) / (high - centre))
                    .max(0.0)
            };
            let first = (low / bin_hz).ceil() as usize;
            let last = ((high / bin_hz).floor() as usize).min(BINS - 1);
            let sum: f64 = (first..=last).map(weight).sum();
            Band {
                first,
                weights: (0..(last + 1 - first).next_multiple_of(LANES))
                    .map(|k| (weight(first + k) / sum) as f32)
                    .collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_holds_a_bin_and_is_normalised() {
        for (b, band) in bank().iter().enumerate() {
            let sum: f32 = band.weights.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5, "band {b}: {sum}");
        }
    }
}
