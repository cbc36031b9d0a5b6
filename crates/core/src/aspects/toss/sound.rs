//! Tosses by ear: the food lands once a toss.

use super::{BAND_HZ, Rhythm};
use crate::dsp::audio::Envelope;
use crate::dsp::lanes;
use crate::grid::MEL_PER_HOP;

/// Envelope frames of the window: 2 s at 100 Hz.
const FRAMES: usize = 200;
/// Lags looked at, in frames: 6.25 to 1.67 Hz.
const LAGS: core::ops::RangeInclusive<usize> = 16..=60;
/// Lags of tosses: 4 to 2 Hz.
const TOSS_LAGS: core::ops::RangeInclusive<usize> = 25..=50;

/// Autocorrelation from which an envelope is periodic (design choice).
const COHERENCE: f32 = 0.45;
/// Standard deviation of the log envelope below which nothing hits anything.
const LEAST_MODULATION: f32 = 0.08;

/// Autocorrelation by lag; zero outside [`LAGS`].
type Lags = [f32; *LAGS.end() + 1];

/// The log envelope of the impact band over two seconds; its logarithm makes gain an offset.
#[derive(Debug, Clone)]
pub struct Sound {
    /// Newest at the end; NaN where not heard.
    envelope: Box<[f32; FRAMES]>,
    centred: Box<[f32; FRAMES]>,
}

impl Default for Sound {
    fn default() -> Self {
        Self {
            envelope: Box::new([f32::NAN; FRAMES]),
            centred: Box::new([0.0; FRAMES]),
        }
    }
}

impl Sound {
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.envelope.fill(f32::NAN);
    }

    /// Takes the envelopes of one hop in.
    pub fn hear(&mut self, frames: &[Option<Envelope>; MEL_PER_HOP]) {
        self.envelope.copy_within(MEL_PER_HOP.., 0);
        for (slot, frame) in self.envelope[FRAMES - MEL_PER_HOP..].iter_mut().zip(frames) {
            *slot = frame.map_or(f32::NAN, |e| (e.impact + 1e-10).ln());
        }
    }

    /// The rhythm by autocorrelation; `None` where the two seconds have holes.
    #[must_use]
    pub fn rhythm(&mut self) -> Option<Rhythm> {
        let n = FRAMES as f32;
        let mean = lanes::sum(&*self.envelope) / n;
        if !mean.is_finite() {
            return None;
        }
        // Take the straight line out: a wok that heats up grows louder.
        let mid = (n - 1.0) / 2.0;
        for (i, c) in self.centred.iter_mut().enumerate() {
            *c = i as f32 - mid;
        }
        let slope = lanes::dot(&*self.centred, &*self.envelope) / (n * (n * n - 1.0) / 12.0);
        for (c, e) in self.centred.iter_mut().zip(self.envelope.iter()) {
            *c = e - mean - slope * *c;
        }
        let energy = lanes::dot(&*self.centred, &*self.centred);
        if energy < n * LEAST_MODULATION * LEAST_MODULATION {
            return Some(Rhythm::default());
        }
        let mut r: Lags = [0.0; *LAGS.end() + 1];
        // Energy of what a lag leaves out at the end and at the beginning.
        let (mut tail, mut head) = (0.0, 0.0);
        for lag in 1..=*LAGS.end() {
            tail += self.centred[FRAMES - lag].powi(2);
            head += self.centred[lag - 1].powi(2);
            if LAGS.contains(&lag) {
                let product = lanes::dot(&self.centred[..FRAMES - lag], &self.centred[lag..]);
                let scale = (energy - tail).max(0.0) * (energy - head).max(0.0);
                r[lag] = product / (scale.sqrt() + 1e-9);
            }
        }
        Some(best_lag(&r).unwrap_or_default())
    }
}

/// The shortest toss lag whose peak is nearly the highest; none where half of it is as high (then the
/// sound repeats faster than any toss).
fn best_lag(r: &Lags) -> Option<Rhythm> {
    let is_peak = |lag: usize| r[lag] >= r[lag - 1] && r[lag] >= r[lag + 1];
    let peaks = || TOSS_LAGS.filter(|lag| is_peak(*lag));
    let top = peaks().map(|lag| r[lag]).fold(0.0, f32::max);
    if top < COHERENCE {
        return None;
    }
    let lag = peaks().find(|lag| r[*lag] >= 0.85 * top)?;
    let half = lag / 2;
    if half >= *LAGS.start() && r[half].max(r[half + 1]) > 0.85 * r[lag] {
        return None;
    }
    let (before, at, after) = (r[lag - 1], r[lag], r[lag + 1]);
    let bend = before - 2.0 * at + after;
    let shift = if bend < -1e-6 {
        (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    } else {
        0.0
    };
    let hz = (100.0 / (lag as f32 + shift)).clamp(BAND_HZ.0, BAND_HZ.1);
    Some(Rhythm {
        hz,
        coherence: at.clamp(0.0, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Landing food: an impact that decays within 60 ms, over a steady sizzle.
    fn heard(hz: f32, gain: f32, seconds: f32) -> Option<Rhythm> {
        let mut sound = Sound::default();
        for hop in 0..(seconds * 5.0) as usize {
            let frames = core::array::from_fn(|j| {
                let t = (hop * MEL_PER_HOP + j) as f32 * 0.01;
                let since = if hz > 0.0 { (t * hz).fract() / hz } else { 1.0 };
                let wobble = 1.0 + 0.05 * (t * 77.0).sin();
                let impact = gain * (1e-4 * wobble + 1e-3 * (-since / 0.03).exp());
                Some(Envelope {
                    impact,
                    ..Envelope::default()
                })
            });
            sound.hear(&frames);
        }
        sound.rhythm()
    }

    #[test]
    fn tosses_are_heard_within_a_tenth_of_a_hertz() {
        for hz in [2.1, 2.5, 3.0, 3.15, 3.6, 3.9] {
            for gain in [0.01, 1.0, 100.0] {
                let got = heard(hz, gain, 3.0).expect("heard");
                assert!(
                    (got.hz - hz).abs() < 0.1 && got.coherence > 0.6,
                    "{hz}: {got:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_slower_or_faster_is_no_toss() {
        for hz in [0.0, 1.0, 1.4, 5.5] {
            assert_eq!(heard(hz, 1.0, 3.0), Some(Rhythm::default()), "{hz}");
        }
    }

    #[test]
    fn two_seconds_must_be_heard_whole() {
        assert_eq!(heard(3.0, 1.0, 1.0), None);
        let mut sound = Sound::default();
        let mut frames = [Some(Envelope {
            impact: 1e-3,
            ..Envelope::default()
        }); MEL_PER_HOP];
        (0..10).for_each(|_| sound.hear(&frames));
        assert_eq!(sound.rhythm(), Some(Rhythm::default()));
        frames[3] = None;
        sound.hear(&frames);
        assert_eq!(sound.rhythm(), None);
    }
}
