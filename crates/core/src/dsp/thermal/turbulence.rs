//! How restless the hot surface is: each pixel's standard deviation over two seconds.

use super::wok::Scene;
use crate::step::THERMAL_PIXELS;
use crate::time::{HostTime, SECOND};

/// Length of the window in nanoseconds.
const SPAN: i64 = 2 * SECOND;
/// Frames that the window holds: 25 a second and some.
const FRAMES: usize = 64;
/// Fewer frames have no spread around a line.
const LEAST: usize = 5;

/// Standard deviation of a still pixel, K: 0.1 K at 1 Hz growing with the root of the rate makes
/// 0.3 K at 8 frames a second (MLX90640 module pages).
pub const NOISE_KELVIN: f32 = 0.3;

/// The frames of the last two seconds.
#[derive(Debug, Clone)]
pub struct Turbulence {
    frames: Box<[[f32; THERMAL_PIXELS]]>,
    times: [HostTime; FRAMES],
    next: usize,
    len: usize,
}

impl Default for Turbulence {
    fn default() -> Self {
        Self::new()
    }
}

impl Turbulence {
    /// Empty.
    #[must_use]
    pub fn new() -> Self {
        Self {
            frames: vec![[0.0; THERMAL_PIXELS]; FRAMES].into_boxed_slice(),
            times: [HostTime::ZERO; FRAMES],
            next: 0,
            len: 0,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.len = 0;
    }

    /// Takes a frame of °C in. Frames come in order; one that is older than the last is ignored, as
    /// is one that repeats its time.
    pub fn put(&mut self, at: HostTime, celsius: &[f32; THERMAL_PIXELS]) {
        if self.len > 0 && at <= self.times[(self.next + FRAMES - 1) % FRAMES] {
            return;
        }
        self.frames[self.next] = *celsius;
        self.times[self.next] = at;
        self.next = (self.next + 1) % FRAMES;
        self.len = (self.len + 1).min(FRAMES);
    }

    /// Indices of the frames of the two seconds up to `now`, newest first.
    fn recent(&self, now: HostTime) -> impl Iterator<Item = usize> + Clone + '_ {
        (1..=self.len)
            .map(|back| (self.next + FRAMES - back) % FRAMES)
            .take_while(move |i| now - self.times[*i] <= SPAN)
    }

    /// TI = √(σ_t² − σ_n²) / (T̄ − T_a): σ_t is the root mean square over the wok's pixels of each
    /// one's standard deviation in time around its own straight line, σ_n the camera's noise
    /// ([`NOISE_KELVIN`]), T̄ the mean over wok and time, T_a the `ambient` in °C.
    ///
    /// Zero while the wok is less than 20 K above the ambient; `None` with fewer than five frames
    /// in the last two seconds (a slow or silent camera).
    #[must_use]
    pub fn index(&self, scene: &Scene, now: HostTime, ambient: f32) -> Option<f32> {
        let count = self.recent(now).count();
        if count < LEAST {
            return None;
        }
        let n = count as f32;
        // Offsets and centred times keep the sums small, where single precision is exact enough.
        let last = (self.next + FRAMES - 1) % FRAMES;
        let seconds = |i: usize| (self.times[i] - self.times[last]) as f32 * 1e-9;
        let mid = self.recent(now).map(seconds).sum::<f32>() / n;
        let spread = self
            .recent(now)
            .map(|i| (seconds(i) - mid).powi(2))
            .sum::<f32>();
        let mut sums = [[0.0f32; THERMAL_PIXELS]; 3];
        let reference = &self.frames[last];
        for i in self.recent(now) {
            let t = seconds(i) - mid;
            let [sum, square, slope] = &mut sums;
            for (((x, r), a), (b, c)) in self.frames[i]
                .iter()
                .zip(reference)
                .zip(sum.iter_mut())
                .zip(square.iter_mut().zip(slope.iter_mut()))
            {
                let d = x - r;
                *a += d;
                *b += d * d;
                *c += d * t;
            }
        }
        let (mut variance, mut mean) = (0.0, 0.0);
        for &i in scene.wok() {
            let i = usize::from(i);
            let (sum, square, slope) = (sums[0][i], sums[1][i], sums[2][i]);
            let explained = if spread > 0.0 {
                slope * slope / spread
            } else {
                0.0
            };
            variance += (square - sum * sum / n - explained).max(0.0);
            mean += reference[i] + sum / n;
        }
        let pixels = scene.wok().len() as f32;
        // Two degrees of freedom went into the line.
        let variance = variance / pixels / (n - 2.0);
        let excess = mean / pixels - ambient;
        if excess < 20.0 {
            return Some(0.0);
        }
        Some((variance - NOISE_KELVIN * NOISE_KELVIN).max(0.0).sqrt() / excess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MS;

    fn index_of(pixel: impl Fn(usize, f32) -> f32, frames: i64) -> Option<f32> {
        let mut turbulence = Turbulence::new();
        for k in 0..frames {
            let celsius = core::array::from_fn(|i| pixel(i, k as f32 * 0.125));
            turbulence.put(HostTime::from_nanos(k * 125 * MS), &celsius);
        }
        turbulence.index(
            &Scene::new(),
            HostTime::from_nanos((frames - 1) * 125 * MS),
            25.0,
        )
    }

    #[test]
    fn only_what_moves_around_its_trend_counts() {
        // A swing of 20 K around 175 °C: 14.1 K over 150 K.
        let swing = |_: usize, t: f32| 175.0 + 20.0 * (core::f32::consts::TAU * 1.7 * t).sin();
        for (name, got, low, high) in [
            ("still", index_of(|_, _| 175.0, 30), 0.0, 0.0),
            (
                "heating at 4 K/s",
                index_of(|_, t| 100.0 + 4.0 * t, 30),
                0.0,
                1e-3,
            ),
            ("tossed", index_of(swing, 30), 0.088, 0.103),
            ("cold", index_of(|_, t| 30.0 + t.sin(), 30), 0.0, 0.0),
        ] {
            let got = got.expect("enough frames");
            assert!((low..=high).contains(&got), "{name}: {got}");
        }
        assert_eq!(index_of(swing, 4), None);
    }

    #[test]
    fn old_frames_leave_and_repeated_ones_do_not_enter() {
        let mut turbulence = Turbulence::new();
        for k in 0..200 {
            let celsius = [100.0 + (k % 2) as f32 * 10.0; THERMAL_PIXELS];
            turbulence.put(HostTime::from_nanos(k / 2 * 40 * MS), &celsius);
        }
        let scene = Scene::new();
        let end = HostTime::from_nanos(99 * 40 * MS);
        // Only the first of each pair was new, and those are all alike.
        assert_eq!(turbulence.index(&scene, end, 25.0), Some(0.0));
        assert_eq!(turbulence.index(&scene, end + 3 * SECOND, 25.0), None);
    }
}
