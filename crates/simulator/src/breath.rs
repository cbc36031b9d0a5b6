//! Wok hei (锅气, the breath of the wok) as a latent of the true state.

use crate::chef::Burst;
use crate::wok::{STEP_S, Wok};

/// Slow latents behind the wok-hei index.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Breath {
    excess_k: f64,
    renewal: f64,
    tossing: f64,
    wet: f64,
    /// Latent wok hei now, 0–100.
    pub(crate) whi: f64,
    /// Its peak since the food went in.
    pub(crate) peak: f64,
}

impl Breath {
    /// Latent wok hei 0–100: leaky versions of the index's own terms, taken from the true state
    /// (design choice; no study validates thermal-image wok hei).
    pub(crate) fn step(&mut self, wok: &Wok, burst: &Burst, now_s: f64) {
        let dt = STEP_S;
        let food = wok.food.in_wok && wok.food.kg > 0.0;
        let dip = wok.pool.dip();
        let zone_c = wok.metal.zone_c();
        let excess = if food { (zone_c - 125.0).max(0.0) } else { 0.0 };
        self.excess_k += (excess - self.excess_k) * dt / 30.0;
        let tossing = burst.is_toss() && burst.active(now_s);
        let moving = if tossing {
            1.0
        } else if burst.active(now_s) {
            0.35
        } else {
            0.0
        };
        let contrast = (zone_c - wok.food.surface_c).max(0.0) / 100.0 * (1.0 - dip);
        let renewal = if food { moving * contrast } else { 0.0 };
        self.renewal += (renewal - self.renewal) * dt / 12.0;
        self.tossing += (f64::from(u8::from(tossing && food)) - self.tossing) * dt / 20.0;
        let wet = if food {
            wok.food.wetness().max(dip)
        } else {
            0.5
        };
        self.wet += (wet - self.wet) * dt / 15.0;
        let logit =
            -2.6 + 1.6 * self.excess_k / 60.0 + 1.5 * self.renewal / 0.5 + 1.0 * self.tossing / 0.5
                - 1.6 * self.wet;
        self.whi = 100.0 / (1.0 + (-logit).exp());
        if food {
            self.peak = self.peak.max(self.whi);
        }
    }
}
