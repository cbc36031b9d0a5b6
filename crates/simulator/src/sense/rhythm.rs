//! Building blocks of EEG: pink noise and rhythms of unit variance.

use crate::rng::Dice;

/// Poles and gains of Paul Kellet's economical pink filter.
const PINK: [(f32, f32); 3] = [
    (0.997_65, 0.099_046),
    (0.963, 0.296_516_4),
    (0.57, 1.052_691_3),
];
const PINK_DIRECT: f32 = 0.1848;

/// Noise with a 1/f spectrum, unit variance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pink {
    state: [f32; 3],
    scale: f32,
}

impl Pink {
    pub(crate) fn new() -> Pink {
        // Var = Σᵢⱼ aᵢaⱼ/(1 − pᵢpⱼ) + d² + 2d Σ aᵢ for a unit white input.
        let mut variance = PINK_DIRECT * PINK_DIRECT;
        for (p, a) in PINK {
            variance += 2.0 * PINK_DIRECT * a;
            for (q, b) in PINK {
                variance += a * b / (1.0 - p * q);
            }
        }
        Pink {
            state: [0.0; 3],
            scale: 1.0 / variance.sqrt(),
        }
    }

    #[inline]
    pub(crate) fn next(&mut self, dice: &mut Dice) -> f32 {
        let white = dice.normal32();
        let mut sum = PINK_DIRECT * white;
        for (state, (pole, gain)) in self.state.iter_mut().zip(PINK) {
            *state = pole * *state + gain * white;
            sum += *state;
        }
        sum * self.scale
    }
}

/// A narrow-band rhythm: a second-order resonance driven by noise, unit variance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    a1: f32,
    a2: f32,
    gain: f32,
    y: [f32; 2],
}

impl Rhythm {
    /// Centre and bandwidth in Hz.
    pub(crate) fn new(centre_hz: f64, bandwidth_hz: f64, rate_hz: f64) -> Rhythm {
        let r = (-std::f64::consts::PI * bandwidth_hz / rate_hz).exp();
        let w = std::f64::consts::TAU * centre_hz / rate_hz;
        let r2 = r * r;
        let variance = (1.0 + r2) / ((1.0 - r2) * (1.0 + r2 * r2 - 2.0 * r2 * (2.0 * w).cos()));
        Rhythm {
            a1: (2.0 * r * w.cos()) as f32,
            a2: -r2 as f32,
            gain: (1.0 / variance.sqrt()) as f32,
            y: [0.0; 2],
        }
    }

    #[inline]
    pub(crate) fn next(&mut self, dice: &mut Dice) -> f32 {
        let y = self.a1 * self.y[0] + self.a2 * self.y[1] + self.gain * dice.normal32();
        self.y = [y, self.y[0]];
        y
    }
}
