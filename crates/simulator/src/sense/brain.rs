//! The voltages on the chef's scalp.
//!
//! 1/f background 10–20 µV, frontal theta, posterior alpha, mu and beta over C3/C4 with
//! desynchronisation before and during movement and a beta rebound after it (Pfurtscheller 1997),
//! blinks, EMG from 20 Hz (Muthukumaraswamy 2013), and the toss artefact: harmonics of the toss
//! that land on theta and mu. The score has no EEG term; attention shows only as rhythms and
//! blinks.

use super::rhythm::{Pink, Rhythm};
use crate::config::{Faults, Kitchen};
use crate::cook::Snapshot;
use crate::rng::Dice;

/// Electrode sites of the Cyton's channels 1–8 (10–20 system; the maker's default montage).
/// Reference is the left, bias the right earlobe.
pub const CYTON_SITES: [&str; 8] = ["Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2"];

/// Weights of each source at the sites of [`CYTON_SITES`].
const THETA: [f32; 8] = [1.0, 1.0, 0.6, 0.6, 0.3, 0.3, 0.2, 0.2];
const ALPHA: [f32; 8] = [0.25, 0.25, 0.35, 0.35, 0.8, 0.8, 1.0, 1.0];
const MU: [[f32; 8]; 2] = [
    [0.15, 0.05, 1.0, 0.15, 0.25, 0.05, 0.0, 0.0],
    [0.05, 0.15, 0.15, 1.0, 0.05, 0.25, 0.0, 0.0],
];
const BLINK: [f32; 8] = [1.0, 0.95, 0.14, 0.14, 0.05, 0.05, 0.03, 0.03];
const MUSCLE: [f32; 8] = [1.0, 1.0, 0.5, 0.5, 1.6, 1.6, 0.8, 0.8];

/// A bump or step that decays at one electrode.
#[derive(Debug, Clone, Copy, Default)]
struct Pop {
    channel: usize,
    microvolts: f32,
}

/// The head.
#[derive(Debug)]
pub(crate) struct Brain {
    dice: Dice,
    dt: f64,
    noise: f32,
    chili: f64,
    pink: [Pink; 8],
    common: Pink,
    theta: Rhythm,
    alpha: Rhythm,
    mu: [Rhythm; 2],
    beta: [Rhythm; 2],
    vigour: Rhythm,
    background_uv: f32,
    alpha_uv: f32,
    mu_uv: f32,
    beta_uv: f32,
    emg_uv: f32,
    previous_white: [f32; 8],
    /// Amplitude factor of mu and beta, 1 at rest.
    synchrony: f32,
    depth: f32,
    rebound: f32,
    was_moving: bool,
    blink_s: f64,
    blink_len_s: f64,
    blink_uv: f32,
    blink_rate: f64,
    jaw_until_s: f64,
    toss_uv: [f32; 8],
    toss_phase: [f32; 4],
    pop: Pop,
    pop_decay: f32,
    mains: f32,
    mains_phase: f64,
}

impl Brain {
    pub(crate) fn new(mut dice: Dice, rate_hz: f64, faults: &Faults, kitchen: Kitchen) -> Brain {
        // A dry headset's fit decides how much of the toss gets through: 20–200 µV.
        let a1 = 20.0 * 10f64.powf(dice.unit());
        let toss_uv =
            std::array::from_fn(|_| (a1 * (0.4 * dice.normal_clipped(0.0, 1.0)).exp()) as f32);
        let toss_phase = std::array::from_fn(|_| dice.between(0.0, std::f64::consts::TAU) as f32);
        Brain {
            dt: 1.0 / rate_hz,
            noise: (faults.eeg_noise * kitchen.noise) as f32,
            chili: f64::from(faults.chili),
            pink: std::array::from_fn(|_| Pink::new()),
            common: Pink::new(),
            theta: Rhythm::new(dice.between(5.0, 6.5), 1.5, rate_hz),
            alpha: Rhythm::new(dice.between(9.0, 11.0), 1.5, rate_hz),
            mu: std::array::from_fn(|_| Rhythm::new(10.8, 2.0, rate_hz)),
            beta: std::array::from_fn(|_| Rhythm::new(19.0, 6.0, rate_hz)),
            vigour: Rhythm::new(22.0, 10.0, rate_hz),
            background_uv: dice.between(10.0, 20.0) as f32,
            alpha_uv: dice.between(6.0, 16.0) as f32,
            mu_uv: dice.between(5.0, 14.0) as f32,
            beta_uv: dice.between(2.0, 6.0) as f32,
            emg_uv: dice.between(3.0, 10.0) as f32,
            previous_white: [0.0; 8],
            synchrony: 1.0,
            depth: dice.between(0.40, 0.80) as f32,
            rebound: 0.0,
            was_moving: false,
            blink_s: dice.between(0.5, 3.0),
            blink_len_s: 0.3,
            blink_uv: dice.between(100.0, 300.0) as f32,
            blink_rate: dice.between(10.0, 20.0) / 60.0,
            jaw_until_s: -1.0,
            toss_uv,
            toss_phase,
            pop: Pop::default(),
            pop_decay: (-1.0 / (0.25 * rate_hz)).exp() as f32,
            mains: dice.between(0.5, 6.0) as f32,
            mains_phase: 0.0,
            dice,
        }
    }

    /// Whether the electrodes are too disturbed to trust (drives ThinkGear's poor-signal byte).
    pub(crate) fn disturbed(&self, t: f64) -> bool {
        t < self.jaw_until_s || self.pop.microvolts.abs() > 60.0
    }

    /// The potentials at time `t` in µV, one per site of [`CYTON_SITES`].
    pub(crate) fn sample(&mut self, t: f64, s: &Snapshot) -> [f32; 8] {
        let dice = &mut self.dice;
        let dt = self.dt;
        let attention = s.attention;
        let moving = s.burst.active(t);

        // Power falls by 20–60 % from about 1.6 s before the movement on.
        let target = if s.burst.readiness(t) {
            self.depth.sqrt()
        } else {
            1.0
        };
        self.synchrony += (target - self.synchrony) * (dt / 0.35) as f32;
        if self.was_moving && !moving {
            self.rebound = 0.8;
        }
        self.was_moving = moving;
        // +232 % power within the first second after stopping: amplitude × 1.8.
        self.rebound *= (1.0 - dt / 0.6) as f32;
        if moving {
            self.rebound = 0.0;
        }

        let theta = self.theta.next(dice) * (3.0 + 4.0 * attention);
        let alpha = self.alpha.next(dice) * self.alpha_uv * (1.35 - 0.75 * attention);
        let vigour = self.vigour.next(dice) * self.beta_uv * (0.35 + 0.75 * attention);
        let motor: [f32; 2] = std::array::from_fn(|side| {
            self.mu[side].next(dice) * self.mu_uv * self.synchrony
                + self.beta[side].next(dice) * self.beta_uv * (self.synchrony + self.rebound)
        });
        let common = 0.6 * self.common.next(dice);

        // Attention holds blinks back; chili and distraction bring them.
        if t >= self.blink_s + self.blink_len_s {
            let rate =
                self.blink_rate * (1.6 - 1.0 * f64::from(attention)) * (1.0 + 0.4 * self.chili);
            self.blink_s = t + 0.15 + dice.exponential(1.0 / rate);
            self.blink_len_s = dice.between(0.2, 0.4);
        }
        let blink = if t >= self.blink_s {
            let x = (std::f64::consts::PI * (t - self.blink_s) / self.blink_len_s).sin() as f32;
            self.blink_uv * x * x
        } else {
            0.0
        };

        if t > self.jaw_until_s && dice.chance(2.0 / 60.0 * dt) {
            self.jaw_until_s = t + dice.between(0.3, 0.9);
        }
        let jaw = if t < self.jaw_until_s { 60.0 } else { 0.0 };
        // A hard stroke of the arm takes neck and shoulder along.
        let work = s.knock.map_or(0.0, |knock| knock.work(t)) as f32;
        let effort = if moving { 2.0 } else { 1.0 } + 2.5 * work;
        let muscle = (self.emg_uv * effort + jaw) * self.noise * 0.7;

        let mut artefact = 0.0;
        if moving {
            let phase = s.burst.phase(t) as f32;
            let strength = if s.burst.is_toss() { 1.0 } else { 0.12 };
            for (k, weight) in [1.0, 0.5, 0.3, 0.2].into_iter().enumerate() {
                artefact += weight * ((k + 1) as f32 * phase + self.toss_phase[k]).cos();
            }
            artefact *= strength * self.noise;
        }
        if let Some(knock) = &s.knock {
            artefact += 0.4 * knock.shock(t) as f32 * self.noise;
        }
        // Electrode pops, 1–3 a minute while tossing, fewer at rest.
        let pops = if moving { 3.0 } else { 0.4 } / 60.0 * f64::from(self.noise);
        if dice.chance(pops * dt) {
            let size = dice.between(200.0, 1000.0) as f32;
            let channel = (dice.unit() * 8.0) as usize;
            self.pop = Pop {
                channel,
                microvolts: if dice.chance(0.5) { size } else { -size },
            };
        }
        self.pop.microvolts *= self.pop_decay;

        self.mains_phase = (self.mains_phase + 50.0 * dt).fract();
        let mains = self.mains * (std::f64::consts::TAU * self.mains_phase).sin() as f32;

        std::array::from_fn(|i| {
            let white = dice.normal32();
            let high = white - self.previous_white[i];
            self.previous_white[i] = white;
            let mut uv = self.background_uv * (0.8 * self.pink[i].next(dice) + common);
            uv += theta * THETA[i] + alpha * ALPHA[i] + vigour * 0.8;
            uv += motor[0] * MU[0][i] + motor[1] * MU[1][i];
            uv += blink * BLINK[i] + muscle * MUSCLE[i] * high;
            uv += artefact * self.toss_uv[i] + mains * (0.7 + 0.1 * i as f32);
            if self.pop.channel == i {
                uv += self.pop.microvolts;
            }
            uv
        })
    }
}
