//! The toss frequency 颠勺频率, from the sound of landing food and from the moving picture.
//!
//! Chefs toss at about 3 Hz (Ko & Hu 2020). At eight pictures a second a toss has 2.7 of them, so
//! that sound decides where there is sound.

use core::f32::consts::TAU;

use crate::dsp::audio::Envelope;
use crate::dsp::thermal::Reading;
use crate::grid::MEL_PER_HOP;
use crate::time::{HostTime, SECOND};

/// Frequencies of a toss, Hz.
pub const BAND_HZ: (f32, f32) = (2.0, 4.0);

/// Envelope frames of the window: 2 s at 100 Hz.
const FRAMES: usize = 200;
/// Lags looked at: 6.25 to 1.67 Hz; tosses are lags 25 to 50.
const LAGS: core::ops::RangeInclusive<usize> = 16..=60;
const TOSS_LAGS: core::ops::RangeInclusive<usize> = 25..=50;

/// Autocorrelation from which an envelope is periodic (design choice).
const AUDIO_COHERENCE: f32 = 0.45;
/// Standard deviation of the log envelope below which nothing hits anything.
const LEAST_MODULATION: f32 = 0.08;

/// Pictures of the window: 25 a second for 2 s, and some.
const PICTURES: usize = 64;
const LEAST_PICTURES: usize = 9;
/// Share of a motion's variance that one sine must explain (design choice).
const THERMAL_COHERENCE: f32 = 0.6;
/// Step of the frequency search in pictures, Hz.
const STEP_HZ: f32 = 0.05;

/// A found rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rhythm {
    /// Tosses per second, 2–4 Hz; 0 at rest.
    pub hz: f32,
    /// How regular it is, 0–1: C of the wok-hei index.
    pub coherence: f32,
}

/// The last two seconds of sound and motion.
#[derive(Debug, Clone)]
pub struct Toss {
    /// Natural log of the impact band's power, newest at the end; NaN where not heard.
    envelope: Box<[f32; FRAMES]>,
    centred: Box<[f32; FRAMES]>,
    /// Time, mean °C, centre of heat (rows, columns) of the last pictures.
    pictures: Box<[(HostTime, [f32; 3]); PICTURES]>,
    next: usize,
    len: usize,
}

impl Default for Toss {
    fn default() -> Self {
        Self::new()
    }
}

impl Toss {
    /// Nothing heard or seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            envelope: Box::new([f32::NAN; FRAMES]),
            centred: Box::new([0.0; FRAMES]),
            pictures: Box::new([(HostTime::ZERO, [0.0; 3]); PICTURES]),
            next: 0,
            len: 0,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.envelope.fill(f32::NAN);
        self.len = 0;
    }

    /// Takes the envelopes of one hop in.
    pub fn hear(&mut self, frames: &[Option<Envelope>; MEL_PER_HOP]) {
        self.envelope.copy_within(MEL_PER_HOP.., 0);
        for (slot, frame) in self.envelope[FRAMES - MEL_PER_HOP..].iter_mut().zip(frames) {
            *slot = frame.map_or(f32::NAN, |e| (e.impact + 1e-10).ln());
        }
    }

    /// Takes what one new picture says in.
    pub fn see(&mut self, at: HostTime, reading: &Reading) {
        let [row, col] = reading.centroid;
        self.pictures[self.next] = (at, [reading.mean_celsius, row, col]);
        self.next = (self.next + 1) % PICTURES;
        self.len = (self.len + 1).min(PICTURES);
    }

    /// The rhythm at `now`: from sound where two seconds of it were heard, else from pictures where
    /// there are enough; both at rest is rest. `None` where neither can tell.
    #[must_use]
    pub fn rhythm(&mut self, now: HostTime) -> Option<Rhythm> {
        let heard = self.heard();
        let seen = self.seen(now);
        match (heard, seen) {
            (Some(a), _) if a.hz > 0.0 => Some(a),
            (_, Some(b)) if b.hz > 0.0 => Some(b),
            (a, b) => a.or(b),
        }
    }

    /// From the autocorrelation of the log envelope, which no gain changes.
    fn heard(&mut self) -> Option<Rhythm> {
        if self.envelope.iter().any(|e| e.is_nan()) {
            return None;
        }
        // Take the straight line out: a wok that heats up grows louder.
        let n = FRAMES as f32;
        let mid = (n - 1.0) / 2.0;
        let mean = self.envelope.iter().sum::<f32>() / n;
        let slope = self
            .envelope
            .iter()
            .enumerate()
            .map(|(i, e)| (i as f32 - mid) * (e - mean))
            .sum::<f32>()
            / (n * (n * n - 1.0) / 12.0);
        for (i, (c, e)) in self
            .centred
            .iter_mut()
            .zip(self.envelope.iter())
            .enumerate()
        {
            *c = e - mean - slope * (i as f32 - mid);
        }
        let energy: f32 = self.centred.iter().map(|c| c * c).sum();
        if energy < n * LEAST_MODULATION * LEAST_MODULATION {
            return Some(Rhythm::default());
        }
        let mut r = [0.0f32; *LAGS.end() + 1];
        for lag in LAGS {
            let (early, late) = (&self.centred[..FRAMES - lag], &self.centred[lag..]);
            let (mut product, mut a, mut b) = (0.0, 1e-9, 1e-9);
            for (x, y) in early.iter().zip(late) {
                product += x * y;
                a += x * x;
                b += y * y;
            }
            r[lag] = product / (a * b).sqrt();
        }
        Some(best_lag(&r).unwrap_or_default())
    }

    /// From one sine through the mean temperature or the centre of heat, whichever it explains best.
    fn seen(&self, now: HostTime) -> Option<Rhythm> {
        let mut times = [0.0f32; PICTURES];
        let mut values = [[0.0f32; PICTURES]; 3];
        let mut n = 0;
        for back in 1..=self.len {
            let (at, value) = self.pictures[(self.next + PICTURES - back) % PICTURES];
            if now - at > 2 * SECOND {
                break;
            }
            times[n] = (at - now) as f32 * 1e-9;
            for (series, v) in values.iter_mut().zip(value) {
                series[n] = v;
            }
            n += 1;
        }
        if n < LEAST_PICTURES {
            return None;
        }
        let times = &times[..n];
        let rate = (n - 1) as f32 / (times[0] - times[n - 1]).max(0.1);
        // Below 2.5 pictures a toss there is no frequency to find.
        let highest = BAND_HZ.1.min(rate / 2.5);
        if highest < BAND_HZ.0 + 0.5 {
            return None;
        }
        let mut best = Rhythm::default();
        // Least movement: 1 K of the mean, a fifth of a pixel of the centre.
        for (series, least) in values.iter_mut().zip([1.0, 0.2, 0.2]) {
            let series = &mut series[..n];
            detrend(times, series);
            let energy: f32 = series.iter().map(|v| v * v).sum();
            if energy < n as f32 * 0.5 * least * least {
                continue;
            }
            let steps = ((highest - BAND_HZ.0) / STEP_HZ) as usize;
            for step in 0..=steps {
                let hz = BAND_HZ.0 + step as f32 * STEP_HZ;
                let share = explained(times, series, hz) / energy;
                if share > best.coherence {
                    best = Rhythm {
                        hz,
                        coherence: share.min(1.0),
                    };
                }
            }
        }
        if best.coherence < THERMAL_COHERENCE {
            Some(Rhythm::default())
        } else {
            Some(best)
        }
    }
}

/// The shortest toss lag whose peak is nearly the highest; none where half of it is as high (then the
/// sound repeats faster than any toss).
fn best_lag(r: &[f32; *LAGS.end() + 1]) -> Option<Rhythm> {
    let is_peak = |lag: usize| r[lag] >= r[lag - 1] && r[lag] >= r[lag + 1];
    let peaks = || TOSS_LAGS.filter(|lag| is_peak(*lag));
    let top = peaks().map(|lag| r[lag]).fold(0.0, f32::max);
    if top < AUDIO_COHERENCE {
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

fn detrend(times: &[f32], series: &mut [f32]) {
    let n = times.len() as f32;
    let (t0, v0) = (
        times.iter().sum::<f32>() / n,
        series.iter().sum::<f32>() / n,
    );
    let (mut tv, mut tt) = (0.0, 1e-9);
    for (t, v) in times.iter().zip(series.iter()) {
        tv += (t - t0) * (v - v0);
        tt += (t - t0) * (t - t0);
    }
    let slope = tv / tt;
    for (t, v) in times.iter().zip(series.iter_mut()) {
        *v -= v0 + slope * (t - t0);
    }
}

/// Energy of a series that one sine of `hz` explains, by least squares.
fn explained(times: &[f32], series: &[f32], hz: f32) -> f32 {
    let (mut cc, mut ss, mut cs, mut cv, mut sv) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (t, v) in times.iter().zip(series) {
        let (s, c) = (TAU * hz * t).sin_cos();
        cc += c * c;
        ss += s * s;
        cs += c * s;
        cv += c * v;
        sv += s * v;
    }
    let det = cc * ss - cs * cs;
    if det < 1e-3 * cc * ss {
        return 0.0;
    }
    (cv * cv * ss - 2.0 * cv * sv * cs + sv * sv * cc) / det
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MS;

    /// Landing food: an impact that decays within 60 ms, over a steady sizzle.
    fn heard(hz: f32, seconds: f32) -> Option<Rhythm> {
        let mut toss = Toss::new();
        for hop in 0..(seconds * 5.0) as usize {
            let frames = core::array::from_fn(|j| {
                let t = (hop * MEL_PER_HOP + j) as f32 * 0.01;
                let since = if hz > 0.0 { (t * hz).fract() / hz } else { 1.0 };
                let wobble = 1.0 + 0.05 * (t * 77.0).sin();
                let impact = 1e-4 * wobble + 1e-3 * (-since / 0.03).exp();
                Some(Envelope {
                    impact,
                    ..Envelope::default()
                })
            });
            toss.hear(&frames);
        }
        toss.rhythm(HostTime::ZERO)
    }

    #[test]
    fn tosses_are_heard_within_a_tenth_of_a_hertz() {
        for hz in [2.1, 2.5, 3.0, 3.14, 3.6, 3.9] {
            let got = heard(hz, 3.0).expect("heard");
            assert!(
                (got.hz - hz).abs() < 0.1 && got.coherence > 0.6,
                "{hz}: {got:?}"
            );
        }
        for hz in [0.0, 1.0, 1.4, 5.5] {
            assert_eq!(heard(hz, 3.0).expect("heard").hz, 0.0, "{hz}");
        }
        assert_eq!(heard(3.0, 1.0), None);
    }

    fn seen(hz: f32, rate: f32) -> Option<Rhythm> {
        let mut toss = Toss::new();
        let mut now = HostTime::ZERO;
        for k in 0..(3.0 * rate) as usize {
            let t = k as f32 / rate;
            now = HostTime::from_nanos((f64::from(t) * 1e9) as i64);
            let sway = if hz > 0.0 { (TAU * hz * t).sin() } else { 0.0 };
            let reading = Reading {
                mean_celsius: 150.0 + 2.0 * t + 12.0 * sway + 0.3 * (91.0 * t).sin(),
                centroid: [1.5 * sway + 0.05 * (37.0 * t).sin(), 0.0],
                ..Reading::default()
            };
            toss.see(now, &reading);
        }
        toss.rhythm(now)
    }

    #[test]
    fn tosses_are_seen_where_the_camera_is_quick_enough() {
        for (hz, rate) in [(3.0, 8.0), (2.5, 8.7), (3.4, 25.0)] {
            let got = seen(hz, rate).expect("seen");
            assert!((got.hz - hz).abs() < 0.1, "{hz} at {rate}: {got:?}");
        }
        assert_eq!(seen(0.0, 8.0), Some(Rhythm::default()));
        // Too slow a camera cannot tell.
        assert_eq!(seen(3.0, 4.0), None);
        assert_eq!(seen(3.0, 0.5), None);
    }

    #[test]
    fn sound_goes_before_pictures_and_old_pictures_say_nothing() {
        let mut toss = Toss::new();
        toss.see(HostTime::ZERO, &Reading::default());
        assert_eq!(toss.rhythm(HostTime::from_nanos(100 * MS)), None);
        assert_eq!(toss.rhythm(HostTime::from_nanos(10 * SECOND)), None);
    }
}
