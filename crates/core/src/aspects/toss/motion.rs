//! Tosses by eye: the wok's heat sways in the picture.

use core::f32::consts::TAU;

use super::{BAND_HZ, Rhythm};
use crate::dsp::thermal::Reading;
use crate::time::{HostTime, SECOND};

/// Pictures of the window: 25 a second for 2 s, and some.
const PICTURES: usize = 64;
/// Fewer pictures in two seconds do not show a rhythm.
const LEAST_PICTURES: usize = 9;
/// Share of a motion's variance that one sine must explain (design choice).
const COHERENCE: f32 = 0.6;
/// Step of the frequency search, Hz.
const STEP_HZ: f32 = 0.05;
/// Steps of the search.
const STEPS: usize = 41;
/// Least amplitude that is a movement: 1 K of the mean, a fifth of a pixel of the centre of heat.
const LEAST: [f32; SERIES] = [1.0, 0.2, 0.2];
/// Mean temperature, centre of heat by row, centre of heat by column.
const SERIES: usize = 3;

/// Mean temperature and centre of heat of the pictures of two seconds.
#[derive(Debug, Clone)]
pub struct Motion {
    pictures: Box<[(HostTime, [f32; SERIES]); PICTURES]>,
    next: usize,
    len: usize,
}

impl Default for Motion {
    fn default() -> Self {
        Self {
            pictures: Box::new([(HostTime::ZERO, [0.0; SERIES]); PICTURES]),
            next: 0,
            len: 0,
        }
    }
}

impl Motion {
    /// Forgets everything.
    pub fn reset(&mut self) {
        self.len = 0;
    }

    /// Takes what one new picture says in.
    pub fn see(&mut self, at: HostTime, reading: &Reading) {
        let [row, col] = reading.centroid;
        self.pictures[self.next] = (at, [reading.mean_celsius, row, col]);
        self.next = (self.next + 1) % PICTURES;
        self.len = (self.len + 1).min(PICTURES);
    }

    /// The rhythm at `now`: one sine by least squares through whichever series it explains best.
    /// `None` where the camera is too slow or too few pictures are there.
    #[must_use]
    pub fn rhythm(&self, now: HostTime) -> Option<Rhythm> {
        let mut times = [0.0f32; PICTURES];
        let mut values = [[0.0f32; SERIES]; PICTURES];
        let mut n = 0;
        for back in 1..=self.len {
            let (at, value) = self.pictures[(self.next + PICTURES - back) % PICTURES];
            if !(0..=2 * SECOND).contains(&(now - at)) {
                break;
            }
            times[n] = (at - now) as f32 * 1e-9;
            values[n] = value;
            n += 1;
        }
        if n < LEAST_PICTURES {
            return None;
        }
        let (times, values) = (&times[..n], &mut values[..n]);
        let rate = (n - 1) as f32 / (times[0] - times[n - 1]).max(0.1);
        // With fewer than 2.5 pictures a toss there is no frequency to find.
        let highest = BAND_HZ.1.min(rate / 2.5);
        if highest < BAND_HZ.0 + 0.5 {
            return None;
        }
        detrend(times, values);
        let mut weight = [0.0; SERIES];
        for series in 0..SERIES {
            let energy: f32 = values.iter().map(|v| v[series] * v[series]).sum();
            // A sine of amplitude a has the mean square a²/2.
            if energy > n as f32 * 0.5 * LEAST[series] * LEAST[series] {
                weight[series] = energy.recip();
            }
        }
        if weight == [0.0; SERIES] {
            return Some(Rhythm::default());
        }
        let best = search(times, values, &weight, highest);
        Some(if best.coherence < COHERENCE {
            Rhythm::default()
        } else {
            best
        })
    }
}

/// Takes mean and slope out of every series.
fn detrend(times: &[f32], values: &mut [[f32; SERIES]]) {
    let n = times.len() as f32;
    let t0 = times.iter().sum::<f32>() / n;
    let tt = times.iter().map(|t| (t - t0) * (t - t0)).sum::<f32>() + 1e-9;
    for series in 0..SERIES {
        let v0 = values.iter().map(|v| v[series]).sum::<f32>() / n;
        let tv: f32 = times
            .iter()
            .zip(values.iter())
            .map(|(t, v)| (t - t0) * (v[series] - v0))
            .sum();
        for (t, v) in times.iter().zip(values.iter_mut()) {
            v[series] -= v0 + tv / tt * (t - t0);
        }
    }
}

/// The frequency whose sine explains the largest share of one series.
fn search(times: &[f32], values: &[[f32; SERIES]], weight: &[f32; SERIES], highest: f32) -> Rhythm {
    // Each picture's phasor turns by a fixed angle from one frequency to the next.
    let (mut phasor, mut turn) = ([(1.0f32, 0.0f32); PICTURES], [(1.0f32, 0.0f32); PICTURES]);
    for ((p, d), t) in phasor.iter_mut().zip(&mut turn).zip(times) {
        let (s, c) = (TAU * BAND_HZ.0 * t).sin_cos();
        *p = (c, s);
        let (s, c) = (TAU * STEP_HZ * t).sin_cos();
        *d = (c, s);
    }
    let mut best = Rhythm::default();
    for step in 0..STEPS {
        let hz = BAND_HZ.0 + step as f32 * STEP_HZ;
        if hz > highest + 1e-3 {
            break;
        }
        let (mut cc, mut ss, mut cs) = (0.0, 0.0, 0.0);
        let (mut cv, mut sv) = ([0.0; SERIES], [0.0; SERIES]);
        for ((p, d), v) in phasor.iter_mut().zip(&turn).zip(values) {
            let (c, s) = *p;
            cc += c * c;
            ss += s * s;
            cs += c * s;
            for i in 0..SERIES {
                cv[i] += c * v[i];
                sv[i] += s * v[i];
            }
            *p = (c * d.0 - s * d.1, s * d.0 + c * d.1);
        }
        let det = cc * ss - cs * cs;
        if det < 1e-3 * cc * ss {
            continue;
        }
        for i in 0..SERIES {
            let explained =
                (cv[i] * cv[i] * ss - 2.0 * cv[i] * sv[i] * cs + sv[i] * sv[i] * cc) / det;
            let share = (explained * weight[i]).min(1.0);
            if share > best.coherence {
                best = Rhythm {
                    hz,
                    coherence: share,
                };
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(hz: f32, rate: f32) -> Option<Rhythm> {
        let mut motion = Motion::default();
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
            motion.see(now, &reading);
        }
        motion.rhythm(now)
    }

    #[test]
    fn tosses_are_seen_where_the_camera_is_quick_enough() {
        for (hz, rate) in [(3.0, 8.0), (2.5, 8.7), (2.8, 7.46), (3.4, 25.0)] {
            let got = seen(hz, rate).expect("seen");
            assert!((got.hz - hz).abs() < 0.1, "{hz} at {rate}: {got:?}");
        }
        assert_eq!(seen(0.0, 8.0), Some(Rhythm::default()));
    }

    #[test]
    fn too_slow_a_camera_cannot_tell() {
        for rate in [4.0, 2.0, 0.5] {
            assert_eq!(seen(3.0, rate), None, "{rate}");
        }
    }

    #[test]
    fn old_pictures_and_pictures_of_the_future_say_nothing() {
        let mut motion = Motion::default();
        for k in 0..20 {
            motion.see(HostTime::from_nanos(k * SECOND / 10), &Reading::default());
        }
        assert!(motion.rhythm(HostTime::from_nanos(2 * SECOND)).is_some());
        assert_eq!(motion.rhythm(HostTime::from_nanos(10 * SECOND)), None);
        assert_eq!(motion.rhythm(HostTime::ZERO), None);
    }
}
