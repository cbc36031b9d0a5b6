//! What a thermal camera with 32×24 pixels and a 55° lens sees from half a metre above the wok.
//!
//! Radiance in the T⁴ form S = τ[εT⁴ + (1−ε)T_r⁴] + (1−τ)T_plume⁴; the module inverts it with its
//! own ε = 0.95 and no plume. Noise 0.1 K at 1 Hz growing with √rate, accuracy ±1–2 K and a range
//! to 300 °C as on the MLX90640 module pages; each frame refreshes one half of the chessboard.

use crate::config::{Faults, Kitchen};
use crate::cook::Snapshot;
use crate::rng::Dice;
use crate::wok::RING_EDGE_M;

/// Columns and rows of the picture.
pub(crate) const COLUMNS: usize = 32;
pub(crate) const ROWS: usize = 24;
pub(crate) const PIXELS: usize = COLUMNS * ROWS;

/// Metres on the wok per pixel: 55° over 32 pixels from 0.5 m.
const PIXEL_M: f32 = 0.016;

/// Emissivity that the module assumes.
const ASSUMED: f32 = 0.95;

/// Range of the sensor, °C.
const RANGE_C: (f32, f32) = (-40.0, 300.0);

/// Optical depth per kg/s of steam.
const STEAM_DEPTH: f32 = 350.0;

const ZERO_K: f32 = 273.15;

/// How far a struck wok rocks on its stove, m (design choice).
const ROCK_M: f64 = 0.012;

/// Temperature of skin, °C.
const HAND_C: f32 = 33.0;

/// Whether a point, metres from the wok's middle, is under the hand with the ladle: a fist that comes from
/// the right and is over the rim when it is nearest (1).
fn is_hand(x: f32, y: f32, near: f32) -> bool {
    let from = x - (0.30 - 0.11 * near);
    from > 0.0 || from * from + y * y < 0.05 * 0.05
}

fn radiance(celsius: f32) -> f32 {
    let k = celsius + ZERO_K;
    let k2 = k * k;
    k2 * k2
}

fn celsius(radiance: f32) -> f32 {
    radiance.max(1.0).sqrt().sqrt() - ZERO_K
}

/// The camera's picture of the wok.
#[derive(Debug)]
pub(crate) struct Thermal {
    dice: Dice,
    centre: (f32, f32),
    emissivity: f32,
    offset_k: f32,
    noise_k: f32,
    steam: f32,
    lens: f32,
    /// Where pieces lie, a smooth random field of zero mean.
    texture: [f32; PIXELS],
    fresh: [f32; PIXELS],
    /// Fixed-pattern error of each pixel, K.
    pattern: [f32; PIXELS],
    /// Last measured temperature of each pixel, °C.
    pub(crate) pixels: [f32; PIXELS],
    flicker: [f32; 2],
    parity: usize,
    /// Columns from one fresh pixel of a row to the next.
    stride: usize,
    /// Temperature of the module itself, °C.
    pub(crate) module_c: f32,
}

impl Thermal {
    pub(crate) fn new(
        mut dice: Dice,
        rate_hz: f64,
        faults: &Faults,
        kitchen: Kitchen,
        emissivity: f64,
    ) -> Thermal {
        let centre = (
            15.5 + dice.between(-1.5, 1.5) as f32,
            11.5 + dice.between(-1.0, 1.0) as f32,
        );
        let mut thermal = Thermal {
            centre,
            emissivity: emissivity as f32,
            offset_k: dice.normal_clipped(0.0, 0.8) as f32,
            noise_k: (0.1 * rate_hz.sqrt() * faults.thermal_noise * kitchen.noise) as f32,
            steam: faults.steam as f32,
            lens: 1.0 - 0.04 * f32::from(faults.chili.min(5)),
            texture: [0.0; PIXELS],
            fresh: [0.0; PIXELS],
            pattern: std::array::from_fn(|_| 0.25 * dice.normal32()),
            pixels: [25.0; PIXELS],
            flicker: [0.0; 2],
            parity: 0,
            stride: if kitchen.chessboard { 2 } else { 1 },
            module_c: dice.between(30.0, 42.0) as f32,
            dice,
        };
        for _ in 0..6 {
            thermal.stir(0.5);
        }
        thermal
    }

    /// Rearranges the pieces: blends a share of new smooth noise into the texture.
    fn stir(&mut self, share: f32) {
        if share < 1e-3 {
            return;
        }
        for cell in &mut self.fresh {
            *cell = self.dice.signed();
        }
        let keep = (1.0 - share * share).sqrt();
        for y in 0..ROWS {
            let (up, down) = (
                y.saturating_sub(1) * COLUMNS,
                (y + 1).min(ROWS - 1) * COLUMNS,
            );
            let row = y * COLUMNS;
            for x in 0..COLUMNS {
                let (left, right) = (x.saturating_sub(1), (x + 1).min(COLUMNS - 1));
                let smooth = 0.4 * self.fresh[row + x]
                    + 0.15 * (self.fresh[row + left] + self.fresh[row + right])
                    + 0.15 * (self.fresh[up + x] + self.fresh[down + x]);
                // The smoothing leaves a standard deviation of 0.29; bring it back to one.
                self.texture[row + x] = keep * self.texture[row + x] + share * 3.45 * smooth;
            }
        }
    }

    /// Measures one half of the chessboard, or the whole where there is none, over an integration of `span_s` centred at `t`.
    pub(crate) fn expose(&mut self, t: f64, span_s: f64, s: &Snapshot) {
        let moving = s.burst.active(t);
        let tossing = moving && s.burst.is_toss();
        let turnover = if tossing {
            0.6
        } else if moving {
            0.3
        } else {
            0.02
        };
        if s.cover > 0.0 || s.pool_cover > 0.0 {
            self.stir((turnover * (span_s * 8.0).sqrt()).min(0.9) as f32);
        }
        // 1–5 Hz flicker of the plume.
        let keep = (-span_s * 15.0).exp() as f32;
        let drive = (1.0 - keep * keep).sqrt();
        for f in &mut self.flicker {
            *f = keep * *f + drive * self.dice.normal32();
        }

        // Motion during the integration blurs the toss by sinc(f T).
        let (mut dx, mut dy, mut sway) = (0.0, 0.0, 0.0);
        if tossing {
            let half = std::f64::consts::PI * s.burst.hz * span_s;
            let blur = if half > 1e-6 { half.sin() / half } else { 1.0 };
            let phase = s.burst.phase(t);
            dy = (s.burst.swing_m * blur * phase.cos()) as f32;
            dx = 0.15 * (s.burst.swing_m * blur * (phase + 1.0).cos()) as f32;
            sway = (blur * phase.cos()) as f32;
        }

        let mut hand = 0.0;
        if let Some(knock) = &s.knock {
            dx += (ROCK_M * knock.rock(t)) as f32;
            hand = knock.hand(t) as f32;
        }

        let scene = Scene::new(self, s, sway);
        let (cx, cy) = (self.centre.0 * PIXEL_M + dx, self.centre.1 * PIXEL_M + dy);
        self.parity ^= 1;
        for y in 0..ROWS {
            let py = y as f32 * PIXEL_M - cy;
            for x in ((y + self.parity) % self.stride..COLUMNS).step_by(self.stride) {
                let px = x as f32 * PIXEL_M - cx;
                let r = (px * px + py * py).sqrt();
                let i = y * COLUMNS + x;
                let (true_c, emissivity) = if hand > 0.0 && is_hand(px, py, hand) {
                    (HAND_C, 0.98)
                } else {
                    scene.at(r, self.texture[i])
                };
                let emitted = emissivity * radiance(true_c) + (1.0 - emissivity) * scene.reflected;
                let depth = scene.depth
                    * (1.0 - (r / 0.3).min(0.8))
                    * (1.0 + 0.4 * self.flicker[1] * px / 0.15);
                let tau = (-depth.max(0.0)).exp();
                let behind_lens = scene.lens * (tau * emitted + (1.0 - tau) * scene.plume)
                    + (1.0 - scene.lens) * scene.film;
                let seen = (behind_lens - (1.0 - ASSUMED) * scene.reflected) / ASSUMED;
                let noise = self.noise_k * self.dice.normal32();
                // Gain error grows with temperature: ±1–2 K near 200 °C.
                let value = celsius(seen) + self.offset_k + self.pattern[i] + noise;
                self.pixels[i] = value.clamp(RANGE_C.0, RANGE_C.1);
            }
        }
        self.module_c += (s.ambient_c + 12.0 - self.module_c) * (span_s / 600.0) as f32;
    }
}

/// What is common to all pixels of a frame.
struct Scene<'a> {
    s: &'a Snapshot,
    cover: f32,
    pool_radius: f32,
    spread_k: f32,
    emissivity: f32,
    reflected: f32,
    plume: f32,
    film: f32,
    depth: f32,
    lens: f32,
}

impl<'a> Scene<'a> {
    fn new(thermal: &Thermal, s: &'a Snapshot, sway: f32) -> Scene<'a> {
        let flicker = (0.45 * thermal.flicker[0]).exp();
        Scene {
            s,
            cover: (s.cover * (1.0 + 0.28 * sway)).min(1.0),
            pool_radius: 0.15 * s.pool_cover.sqrt(),
            spread_k: if s.wetness > 0.3 {
                3.0
            } else {
                3.0 + 12.0 * (0.3 - s.wetness) / 0.3
            },
            emissivity: if s.oiled {
                0.5 * (thermal.emissivity + 0.94)
            } else {
                thermal.emissivity
            },
            reflected: radiance(s.ambient_c + 4.0),
            plume: radiance(60.0 + 30.0 * (s.plume_kg_s * 1.0e3).min(1.0)),
            film: radiance(38.0),
            depth: STEAM_DEPTH * s.plume_kg_s * thermal.steam * flicker,
            lens: thermal.lens * (-s.fog * thermal.steam).exp(),
        }
    }

    /// True temperature (°C) and emissivity at a radius in metres.
    fn at(&self, r: f32, texture: f32) -> (f32, f32) {
        let s = self.s;
        if r > RING_EDGE_M[3] as f32 {
            // Stove top and flame licking around the wok.
            let near = (-(r - 0.195) / 0.04).exp();
            return (
                s.ambient_c + 6.0 + near * (15.0 + 50.0 * s.burner_w / 2500.0),
                0.9,
            );
        }
        if s.lid && r < 0.17 {
            return (58.0 + 0.25 * (s.pool_c - 40.0).max(0.0) + texture, 0.9);
        }
        // Food heaps towards the centre.
        let lies =
            (self.cover * 1.55 - 0.75 * (r / 0.15) * (r / 0.15) + 0.22 * texture - 0.1) * 2.2;
        let food = lies.clamp(0.0, 1.0);
        let wall_c = self.wall_c(r) + 0.8 * texture;
        if r < self.pool_radius && food < 0.6 {
            return (s.pool_c - 1.5 + 0.6 * texture, 0.96);
        }
        // Oil is opaque to a thermal camera from a fraction of a millimetre on: the puddle shows its own
        // temperature (organics and oil 0.94–0.95: Trotec, Ideal and Beta tables).
        if r < s.puddle_m && food < 0.3 {
            return (s.oil_c + 0.6 * texture, 0.945);
        }
        if s.cover <= 0.0 || food <= 0.0 {
            return (wall_c, self.emissivity);
        }
        // Freshly turned pieces show the side that lay on the metal.
        let turned = 0.06 * texture.max(0.0) * (s.wall_c - s.food_c).max(0.0);
        let food_c = s.food_c + self.spread_k * 0.6 * texture + turned * (1.0 - 0.7 * s.wetness);
        (
            food * food_c + (1.0 - food) * wall_c,
            food * 0.95 + (1.0 - food) * self.emissivity,
        )
    }

    /// Wall temperature between ring centres, °C.
    fn wall_c(&self, r: f32) -> f32 {
        const CENTRE: [f32; 4] = [0.025, 0.075, 0.125, 0.1725];
        let ring = &self.s.ring_c;
        if r <= CENTRE[0] {
            return ring[0];
        }
        for i in 0..3 {
            if r < CENTRE[i + 1] {
                let f = (r - CENTRE[i]) / (CENTRE[i + 1] - CENTRE[i]);
                return ring[i] + f * (ring[i + 1] - ring[i]);
            }
        }
        ring[3]
    }
}
