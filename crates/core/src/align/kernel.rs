//! A windowed sinc, tabled by phase: reads a sampled signal between its samples.

use std::f64::consts::PI;

/// Phases in the table; between two of them the taps are interpolated linearly.
const PHASES: usize = 256;
/// Shape of the Kaiser window: about 80 dB of stop band.
const BETA: f64 = 8.0;

/// The taps for every phase.
#[derive(Debug, Clone)]
pub struct Kernel {
    taps: usize,
    table: Vec<f32>,
}

impl Kernel {
    /// A kernel that reads a signal of `rate` Hz on a grid of `grid` Hz: 16 taps where the grid is as
    /// fast or faster; where it is slower, longer in proportion and low-passed to the grid's band.
    #[must_use]
    pub fn new(rate: f64, grid: f64) -> Self {
        let ratio = (rate / grid).max(1.0);
        let half = (8.0 * ratio).ceil() as usize;
        let taps = 2 * half;
        let cutoff = if ratio > 1.0 { 0.9 / ratio } else { 1.0 };
        let mut table = Vec::with_capacity((PHASES + 1) * taps);
        for phase in 0..=PHASES {
            let fraction = phase as f64 / PHASES as f64;
            let row: Vec<f64> = (0..taps)
                .map(|i| {
                    let t = i as f64 - (half as f64 - 1.0) - fraction;
                    cutoff * sinc(cutoff * t) * kaiser(t / half as f64)
                })
                .collect();
            let sum: f64 = row.iter().sum();
            table.extend(row.iter().map(|v| (v / sum) as f32));
        }
        Self { taps, table }
    }

    /// Taps on each side.
    #[must_use]
    pub fn half(&self) -> usize {
        self.taps / 2
    }

    /// Writes the taps for a fraction of a sample, 0 ≤ `fraction` < 1. The value at `n + fraction` is
    /// `Σ taps[i] · x[n − half + 1 + i]`.
    pub fn taps(&self, fraction: f64, out: &mut [f32]) {
        let at = fraction * PHASES as f64;
        let phase = (at as usize).min(PHASES - 1);
        let between = (at - phase as f64) as f32;
        let a = &self.table[phase * self.taps..][..self.taps];
        let b = &self.table[(phase + 1) * self.taps..][..self.taps];
        for ((o, a), b) in out.iter_mut().zip(a).zip(b) {
            *o = a + (b - a) * between;
        }
    }

    /// Number of taps.
    #[must_use]
    pub fn len(&self) -> usize {
        self.taps
    }

    /// Never: a kernel has at least 16 taps.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.taps == 0
    }
}

fn sinc(t: f64) -> f64 {
    if t == 0.0 {
        1.0
    } else {
        (PI * t).sin() / (PI * t)
    }
}

fn kaiser(t: f64) -> f64 {
    if t.abs() >= 1.0 {
        0.0
    } else {
        bessel_i0(BETA * (1.0 - t * t).sqrt()) / bessel_i0(BETA)
    }
}

/// The modified Bessel function of order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut sum = 1.0;
    let mut term = 1.0;
    for k in 1..50 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RMS error of reading a sine of `hz`, sampled at `rate`, at odd places.
    fn error(rate: f64, grid: f64, hz: f64) -> f64 {
        let kernel = Kernel::new(rate, grid);
        let x = |n: f64| (2.0 * PI * hz * n / rate).sin();
        let mut taps = vec![0.0; kernel.len()];
        let mut sum = 0.0;
        for i in 0..500 {
            let at = 100.0 + f64::from(i) * 0.377;
            let n = at.floor();
            kernel.taps(at - n, &mut taps);
            let first = n - kernel.half() as f64 + 1.0;
            let y: f64 = taps
                .iter()
                .enumerate()
                .map(|(k, t)| f64::from(*t) * x(first + k as f64))
                .sum();
            sum += (y - x(at)).powi(2);
        }
        (sum / 500.0).sqrt()
    }

    #[test]
    fn sines_in_the_band_are_read_between_their_samples() {
        for (rate, grid, hz, limit) in [
            (250.0, 250.0, 10.0, 1e-3),
            (250.0, 250.0, 45.0, 1e-3),
            (125.0, 250.0, 20.0, 1e-3),
            (512.0, 250.0, 45.0, 1e-2),
            (16_000.0, 16_000.0, 3_000.0, 1e-3),
            (16_000.0, 16_000.0, 6_000.0, 2e-2),
        ] {
            let e = error(rate, grid, hz);
            assert!(e < limit, "{hz} Hz at {rate} on {grid}: {e}");
        }
    }
}
