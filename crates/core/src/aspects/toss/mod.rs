//! The toss frequency 颠勺频率, from the sound of landing food and from the moving picture.
//!
//! Chefs toss at about 3 Hz (Ko & Hu 2020). At eight pictures a second a toss has 2.7 of them, so
//! that sound decides where there is sound.

mod motion;
mod sound;

pub use motion::Motion;
pub use sound::Sound;

use crate::dsp::audio::Envelope;
use crate::dsp::thermal::Reading;
use crate::grid::MEL_PER_HOP;
use crate::time::HostTime;

/// Frequencies of a toss, Hz.
pub const BAND_HZ: (f32, f32) = (2.0, 4.0);

/// A found rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rhythm {
    /// Tosses per second, 2–4 Hz; 0 at rest.
    pub hz: f32,
    /// How regular it is, 0–1: C of the wok-hei index.
    pub coherence: f32,
}

/// The last two seconds of sound and motion.
#[derive(Debug, Clone, Default)]
pub struct Toss {
    sound: Sound,
    motion: Motion,
}

impl Toss {
    /// Nothing heard or seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.sound.reset();
        self.motion.reset();
    }

    /// Takes the envelopes of one hop in; `None` where a frame was not heard.
    pub fn hear(&mut self, frames: &[Option<Envelope>; MEL_PER_HOP]) {
        self.sound.hear(frames);
    }

    /// Takes what one new picture says in.
    pub fn see(&mut self, at: HostTime, reading: &Reading) {
        self.motion.see(at, reading);
    }

    /// The rhythm at `now`: from sound where two seconds of it were heard, else from pictures where
    /// there are enough; both at rest is rest. `None` where neither can tell.
    #[must_use]
    pub fn rhythm(&mut self, now: HostTime) -> Option<Rhythm> {
        let heard = self.sound.rhythm();
        if heard.is_some_and(|rhythm| rhythm.hz > 0.0) {
            return heard;
        }
        let seen = self.motion.rhythm(now);
        if seen.is_some_and(|rhythm| rhythm.hz > 0.0) {
            seen
        } else {
            heard.or(seen)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{MS, SECOND};

    #[test]
    fn sound_goes_before_pictures_and_both_may_be_silent() {
        let wave = |hz: f32, t: f32| (core::f32::consts::TAU * hz * t).sin();
        for (heard_hz, seen_hz, expect) in [
            (Some(3.0), Some(2.5), Some(3.0)),
            (Some(0.0), Some(2.5), Some(2.5)),
            (None, Some(2.5), Some(2.5)),
            (Some(3.0), None, Some(3.0)),
            (Some(0.0), None, Some(0.0)),
            (None, Some(0.0), Some(0.0)),
            (None, None, None),
        ] {
            let mut toss = Toss::new();
            for k in 0..300 {
                let t = k as f32 * 0.01;
                if let (Some(hz), 0) = (seen_hz, k % 12) {
                    let reading = Reading {
                        mean_celsius: 150.0 + 10.0 * wave(hz, t),
                        ..Reading::default()
                    };
                    toss.see(HostTime::from_nanos(k * 10 * MS), &reading);
                }
                if k % 20 == 0 {
                    let frame = |j: usize| {
                        let swing = wave(heard_hz?, t + j as f32 * 0.01);
                        Some(Envelope {
                            impact: 1e-3 * (1.0 + 0.8 * swing),
                            ..Envelope::default()
                        })
                    };
                    toss.hear(&core::array::from_fn(frame));
                }
            }
            let got = toss.rhythm(HostTime::from_nanos(3 * SECOND)).map(|r| r.hz);
            let near = match (got, expect) {
                (Some(a), Some(b)) => (a - b).abs() < 0.1,
                (a, b) => a == b,
            };
            assert!(near, "{heard_hz:?} {seen_hz:?}: {got:?}");
            toss.reset();
            assert_eq!(toss.rhythm(HostTime::from_nanos(3 * SECOND)), None);
        }
    }
}
