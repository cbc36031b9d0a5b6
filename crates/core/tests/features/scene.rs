//! Hops of an imagined stir-fry, the same on every machine.

use wok_core::grid::{AUDIO_PER_HOP, EEG_PER_HOP, HOP, MEL_PER_HOP};
use wok_core::hop::{Hop, Presence, ThermalFrame};
use wok_core::step::{EEG_CHANNELS, THERMAL_COLS, THERMAL_PIXELS};
use wok_core::time::{HostTime, MS};

/// What happens on the stove.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    /// Wall, °C.
    pub wall: f32,
    /// What lies in the middle, °C.
    pub food: Option<f32>,
    /// Tosses per second; 0 at rest.
    pub toss_hz: f32,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            wall: 220.0,
            food: Some(110.0),
            toss_hz: 3.0,
        }
    }
}

/// Noise in −1..1 by a multiplicative hash of a position.
pub(crate) fn noise(seed: u64) -> f32 {
    let mut x = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x ^ (x >> 31)) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

fn wave(hz: f32, t: f64) -> f32 {
    (std::f64::consts::TAU * f64::from(hz) * t).sin() as f32
}

impl Scene {
    /// Hop `k` with every stream present.
    pub(crate) fn hop(&self, k: u64) -> Hop {
        let mut hop = Hop::empty();
        hop.index = k;
        hop.start = HostTime::from_nanos(k as i64 * HOP);
        let start = k as f64 * 0.2;
        hop.eeg.presence = Presence::Present;
        hop.eeg.valid = [true; EEG_PER_HOP];
        hop.eeg.wired = [true; EEG_CHANNELS];
        for (i, tick) in hop.eeg.ticks.iter_mut().enumerate() {
            let t = start + i as f64 * 0.004;
            for (c, x) in tick.iter_mut().enumerate() {
                let rustle = 4.0 * noise(1 + c as u64 + 8 * (k * 50 + i as u64));
                *x = 2000.0 * c as f32 + 20.0 * wave(10.0, t) + 8.0 * wave(50.0, t) + rustle;
            }
        }
        hop.audio.presence = Presence::Present;
        hop.audio.valid = [true; MEL_PER_HOP];
        for i in 0..AUDIO_PER_HOP {
            let t = start + i as f64 / 16_000.0;
            let landing = if self.toss_hz > 0.0 {
                let since = (t * f64::from(self.toss_hz)).fract() / f64::from(self.toss_hz);
                0.1 * (-since / 0.04).exp() as f32
            } else {
                0.0
            };
            let hiss = noise(7 + k * AUDIO_PER_HOP as u64 + i as u64);
            hop.audio.samples[i] = 0.01 * wave(200.0, t) + (0.01 + landing) * hiss;
        }
        hop.thermal.presence = Presence::Present;
        let mut at = (k as i64 * HOP + 124 * MS) / (125 * MS) * (125 * MS);
        while at < (k as i64 + 1) * HOP {
            hop.thermal.frames.push(self.frame(at));
            at += 125 * MS;
        }
        let newest = hop.thermal.frames.last().map_or(0, |f| f.at.as_nanos());
        hop.thermal.age = (k as i64 + 1) * HOP - newest;
        hop.aux[4] = Some(80.0);
        hop.aux[5] = Some(28.0);
        hop
    }

    fn frame(&self, at: i64) -> ThermalFrame {
        let sway = if self.toss_hz > 0.0 {
            wave(self.toss_hz, at as f64 * 1e-9)
        } else {
            0.0
        };
        let celsius = std::array::from_fn::<f32, THERMAL_PIXELS, _>(|i| {
            let (row, col) = ((i / THERMAL_COLS) as f32, (i % THERMAL_COLS) as f32);
            let r = (row - 11.5 + 1.5 * sway).hypot(col - 15.5) / 11.5;
            let surface = match self.food {
                _ if r > 1.0 => 40.0,
                Some(food) if r < 0.55 => food,
                _ => self.wall,
            };
            surface + 0.3 * noise(at as u64 + i as u64)
        });
        ThermalFrame {
            at: HostTime::from_nanos(at),
            celsius,
        }
    }
}
