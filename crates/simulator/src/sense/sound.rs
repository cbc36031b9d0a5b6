//! The sound of the stove: burner roar, sizzle, boiling, bubbles, impacts, coughs and the hood.
//!
//! Levels and spectra: sizzle 2–12 kHz with SPL = 10 n log₁₀ ṁ; bubbles ring at f ≈ 3.3/R (Minnaert)
//! with Q 5–20 (event types after Kiyama 2022); boiling noise drops in pitch and rate as the sauce
//! thickens (Husin); burner roar peaks at 100–500 Hz, +4.5 dB per doubling of power (Industrial
//! Burners Handbook); steel rings with a loss factor of 0.006 bare, ten times that under food.

use biquad::{Biquad, Coefficients, DirectForm1, ToHertz, Type};

use super::voices::Voices;
use crate::config::{Faults, Kitchen};
use crate::cook::{Cook, Snapshot};
use crate::rng::Dice;
use crate::wok::STEP_S;

/// Evaporation rate at which the reference levels hold, kg/s.
const REFERENCE_KG_S: f32 = 0.5e-3;

/// Modes of the wok relative to the first, and their strengths.
const MODES: [(f32, f32); 5] = [(1.0, 1.0), (2.3, 0.8), (3.9, 0.7), (5.7, 0.5), (8.1, 0.35)];

/// Amplitude of a knock that is meant to be heard, five ordinary strokes of the spatula.
const KNOCK: f32 = 0.2;

/// How much the time varies at which a toss's food lands, standard deviation in seconds: it leaves the rim over
/// centimetres at about a metre a second (design choice).
const SCATTER_S: f64 = 0.010;

fn band(hz: f32, q: f32, rate_hz: f32) -> DirectForm1<f32> {
    DirectForm1::<f32>::new(coefficients(hz, q, rate_hz))
}

fn coefficients(hz: f32, q: f32, rate_hz: f32) -> Coefficients<f32> {
    let centre = hz.min(0.45 * rate_hz);
    Coefficients::<f32>::from_params(Type::BandPass, rate_hz.hz(), centre.hz(), q).unwrap_or(
        Coefficients {
            a1: 0.0,
            a2: 0.0,
            b0: 0.0,
            b1: 0.0,
            b2: 0.0,
        },
    )
}

/// Levels of one physics step.
#[derive(Debug, Clone, Copy, Default)]
struct Levels {
    roar: f32,
    jet: f32,
    sizzle: f32,
    boil: f32,
    bubbles_hz: f32,
    pops_hz: f32,
    toss: bool,
}

/// The sound field at the microphone, in full-scale units before the microphone's gain.
#[derive(Debug)]
pub(crate) struct Sound {
    dice: Dice,
    rate_hz: f32,
    roar: DirectForm1<f32>,
    hiss: DirectForm1<f32>,
    boil: DirectForm1<f32>,
    cough: DirectForm1<f32>,
    voices: Voices,
    spl_exponent: f32,
    chili_gain: f32,
    coughs_hz: f64,
    background: f32,
    hum: f32,
    hum_phase: f64,
    hood: f32,
    first_mode_hz: f32,
    /// Slow fluctuation of the sizzle, log amplitude.
    waver: f32,
    landing: f32,
    /// Samples until food lands.
    lands_in: Option<usize>,
    cough_env: f32,
    cough_left: u32,
    cough_next_s: f64,
    step: u64,
    levels: Levels,
    snapshot: Snapshot,
}

impl Sound {
    pub(crate) fn new(
        mut dice: Dice,
        rate_hz: f32,
        faults: &Faults,
        kitchen: Kitchen,
        spl_exponent: f64,
    ) -> Sound {
        let chili = f32::from(faults.chili);
        Sound {
            rate_hz,
            roar: band(dice.between(180.0, 320.0) as f32, 0.7, rate_hz),
            hiss: band(5600.0, 0.65, rate_hz),
            boil: band(1200.0, 1.0, rate_hz),
            cough: band(750.0, 0.6, rate_hz),
            voices: Voices::new(rate_hz),
            spl_exponent: spl_exponent as f32,
            chili_gain: 10f32.powf(2.0 * chili / 20.0),
            coughs_hz: 0.25 * f64::from(chili) / 60.0,
            background: (faults.audio_noise * kitchen.noise) as f32
                * (0.6 * dice.normal_clipped(0.0, 1.0)).exp() as f32,
            hum: dice.between(2e-4, 1e-3) as f32,
            hum_phase: 0.0,
            hood: 0.0,
            first_mode_hz: dice.between(360.0, 520.0) as f32,
            waver: 0.0,
            landing: 0.0,
            lands_in: None,
            cough_env: 0.0,
            cough_left: 0,
            cough_next_s: 0.0,
            step: u64::MAX,
            levels: Levels::default(),
            snapshot: Snapshot::default(),
            dice,
        }
    }

    /// Fills a block whose sample i is true at `start_s + i × period_s`.
    pub(crate) fn block(&mut self, cook: &Cook, start_s: f64, period_s: f64, out: &mut [f32]) {
        let mut i = 0;
        while i < out.len() {
            let t = start_s + i as f64 * period_s;
            let step = (t / STEP_S).max(0.0) as u64;
            // Up to the end of this physics step.
            let until = (((step + 1) as f64 * STEP_S - start_s) / period_s).ceil() as usize;
            let end = until.clamp(i + 1, out.len());
            let fresh = step != self.step;
            if fresh {
                self.step = step;
                self.snapshot = *cook.at(t);
                self.listen();
            }
            self.events(t, period_s, fresh, end - i);
            self.render(t, period_s, &mut out[i..end]);
            i = end;
        }
    }

    /// Levels of a new physics step.
    fn listen(&mut self) {
        let s = &self.snapshot;
        let power = s.burner_w / 2500.0;
        self.waver += -0.25 * self.waver + 0.12 * self.dice.normal32();
        let lid = if s.lid { 0.35 } else { 1.0 };
        let sizzling = s.sizzle_kg_s / REFERENCE_KG_S;
        // A thick sauce with oil around it sizzles again.
        let thick = ((s.solids - 0.45) / 0.25).clamp(0.0, 1.0);
        let fat = 0.6 * thick * s.boil_kg_s / REFERENCE_KG_S;
        let total = sizzling + fat;
        let boiling = s.boil_kg_s / REFERENCE_KG_S;
        self.levels = Levels {
            roar: if power > 0.01 {
                0.008 * power.powf(0.75)
            } else {
                0.0
            },
            jet: 0.0006 * power.max(0.0),
            sizzle: if total > 1e-4 {
                0.03 * total.powf(0.5 * self.spl_exponent)
                    * self.waver.exp()
                    * self.chili_gain
                    * lid
            } else {
                0.0
            },
            boil: 0.014
                * (boiling + 0.02 * s.pool_cover * (s.pool_c - 70.0).max(0.0) / 30.0).sqrt()
                * lid,
            // 200 → 5 events per second as the sauce thickens.
            bubbles_hz: (160.0 * boiling.min(1.5) * (-4.5 * s.solids).exp()).min(220.0),
            pops_hz: (70.0 * total).min(160.0),
            toss: s.burst.is_toss(),
        };
        if boiling > 0.01 {
            let hz = 2100.0 * (-2.4 * s.solids).exp();
            self.boil
                .update_coefficients(coefficients(hz, 0.9, self.rate_hz));
        }
    }

    /// Starts the bubbles and impacts of the next `count` samples.
    fn events(&mut self, t: f64, period_s: f64, fresh: bool, count: usize) {
        let span = count as f64 * period_s;
        let s = self.snapshot;
        let muffle = if s.lid { 0.35 } else { 1.0 };
        for (rate, boiling) in [(self.levels.bubbles_hz, true), (self.levels.pops_hz, false)] {
            let mut expected = f64::from(rate) * span;
            while expected > 0.0 && self.dice.chance(expected.min(1.0)) {
                let at = (self.dice.unit() * count as f64) as usize;
                // Lognormal radius: boiling ~2 mm growing with viscosity, sizzling ~0.6 mm.
                let (median_mm, spread) = if boiling {
                    (1.4 + 5.0 * s.solids, 0.45)
                } else {
                    (0.6, 0.4)
                };
                let radius = (median_mm * (spread * self.dice.normal32()).exp()).clamp(0.3, 10.0);
                let hz = 3300.0 / radius;
                let q = self.dice.between(5.0, 20.0) as f32;
                let level = if boiling {
                    0.006 * radius.sqrt()
                } else {
                    0.008
                };
                let loud = (0.5 * self.dice.normal32()).exp() * level * muffle;
                self.voices
                    .ring(at, hz, q / (std::f32::consts::PI * hz), loud);
                expected -= 1.0;
            }
        }
        if let Some(knock) = s.knock
            && (t..t + span).contains(&knock.at_s)
        {
            self.strike(((knock.at_s - t) / period_s) as usize, KNOCK);
        }
        if !fresh {
            return;
        }
        if let Some(impact) = s.impact {
            let at = (((impact.at_s - t) / period_s).max(0.0) as usize).min(4096);
            let full = 0.04 * impact.strength;
            if impact.metal {
                self.strike(at, full);
            } else {
                let scatter = SCATTER_S * self.dice.normal() / period_s;
                let at = at.saturating_add_signed(scatter as isize);
                self.voices.ring(at, 140.0, 0.02, full);
                self.voices.ring(at, 310.0, 0.012, 0.7 * full);
                self.lands_in = Some(at);
            }
        }
        if self.coughs_hz > 0.0 && t > self.cough_next_s {
            if self.cough_left == 0 && self.dice.chance(self.coughs_hz * STEP_S) {
                self.cough_left = 2 + (self.dice.unit() * 2.0) as u32;
            }
            if self.cough_left > 0 {
                self.cough_left -= 1;
                self.cough_env = 0.12;
                self.cough_next_s = t + self.dice.between(0.25, 0.45);
            }
        }
    }

    /// Metal hits the wok, which rings.
    fn strike(&mut self, at: usize, full: f32) {
        let loss = 0.006 * (1.0 + 9.0 * self.snapshot.cover.max(self.snapshot.pool_cover));
        for (ratio, weight) in MODES {
            let hz = self.first_mode_hz * ratio * (1.0 + 0.02 * self.dice.normal32());
            let tau = 1.0 / (std::f32::consts::PI * hz * loss);
            self.voices.ring(at, hz, tau.min(0.25), full * weight);
        }
    }

    fn render(&mut self, t: f64, period_s: f64, out: &mut [f32]) {
        let l = self.levels;
        let landing_decay = (-period_s / 0.06).exp() as f32;
        let cough_decay = (-period_s / 0.07).exp() as f32;
        // The food leaves the metal and comes back: an envelope at the toss rate.
        let mid = t + 0.5 * period_s * out.len() as f64;
        let tossed = l.toss && self.snapshot.burst.active(mid);
        let sway = if tossed {
            1.0 + 0.45 * self.snapshot.burst.phase(mid).cos() as f32
        } else {
            1.0
        };
        for (i, sample) in out.iter_mut().enumerate() {
            if self.lands_in == Some(i) {
                self.landing = 1.0;
            }
            let (a, b) = (self.dice.signed(), self.dice.signed());
            let sizzle = self.hiss.run(b) * l.sizzle * sway * (1.0 + 1.5 * self.landing);
            self.landing *= landing_decay;
            self.hood += 0.06 * (a - self.hood);
            let mut y = self.roar.run(a) * l.roar * 4.0 + b * l.jet;
            y += sizzle * 1.6 + self.boil.run(a) * l.boil * 2.5;
            y += self.background * (0.012 * self.hood + 2e-4 * b);
            if self.cough_env > 1e-4 {
                y += self.cough.run(b) * self.cough_env;
                self.cough_env *= cough_decay;
            }
            *sample = y;
        }
        self.lands_in = self.lands_in.and_then(|n| n.checked_sub(out.len()));
        self.hum_phase = (self.hum_phase + 100.0 * period_s * out.len() as f64).fract();
        let hum_step = 100.0 * period_s;
        let base = self.hum_phase - hum_step * out.len() as f64;
        // A hood's motor hum at twice the mains: slow enough for a parabola in place of a sine.
        for (i, sample) in out.iter_mut().enumerate() {
            let x = ((base + hum_step * i as f64).rem_euclid(1.0) * 2.0 - 1.0) as f32;
            *sample += self.hum * self.background * 4.0 * x * (1.0 - x.abs());
        }
        self.voices.add_to(out);
    }
}
