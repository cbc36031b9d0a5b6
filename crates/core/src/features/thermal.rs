//! The camera's share of a step.

use crate::dsp::thermal::{Mounting, Reading, Scene, Turbulence};
use crate::hop::{Presence, ThermalFrame, ThermalHop};
use crate::step::{StepInput, THERMAL_PIXELS};
use crate::time::HostTime;

/// One unit of the model's thermal input, °C.
const UNIT_CELSIUS: f32 = 100.0;

/// What a thermal module can mean, °C.
const PHYSICAL: core::ops::RangeInclusive<f32> = -40.0..=600.0;

/// What the camera says of a hop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    /// Means over the hop's frames (of the newest: whether it is censored).
    pub(super) reading: Reading,
    /// TI; 0 where too few frames tell.
    pub(super) turbulence: f32,
    /// 0–1.
    pub(super) quality: f32,
}

/// Geometry and memory of the camera.
#[derive(Debug)]
pub(super) struct Thermal {
    mounting: Mounting,
    scene: Scene,
    turbulence: Turbulence,
}

impl Thermal {
    pub(super) fn new(mounting: Mounting) -> Self {
        Self {
            mounting,
            scene: Scene::new(),
            turbulence: Turbulence::new(),
        }
    }

    pub(super) fn reset(&mut self) {
        self.turbulence.reset();
    }

    /// Fills `thermal`; calls `fresh` for every frame that was not seen before. `None`, with zeros,
    /// where there is no frame to believe.
    pub(super) fn hop(
        &mut self,
        hop: &ThermalHop,
        end: HostTime,
        ambient: f32,
        smoke: f32,
        input: &mut StepInput,
        mut fresh: impl FnMut(HostTime, &Reading),
    ) -> Option<Seen> {
        let [mean, sd, max] = &mut input.thermal;
        for plane in [&mut *mean, &mut *sd, &mut *max] {
            plane.fill(0.0);
        }
        if matches!(hop.presence, Presence::Absent | Presence::Missing) {
            return None;
        }
        let mut sum = Reading::default();
        let mut count = 0u8;
        for frame in hop
            .frames
            .iter()
            .filter(|f| believable(f))
            .take(usize::from(u8::MAX))
        {
            let reading = self
                .scene
                .read(&frame.celsius, &self.mounting, ambient, smoke);
            if !hop.held {
                self.turbulence.put(frame.at, &frame.celsius);
                fresh(frame.at, &reading);
            }
            count += 1;
            accumulate(&frame.celsius, count, mean, sd, max);
            sum = add(&sum, &reading);
        }
        if count == 0 {
            return None;
        }
        let n = f32::from(count);
        for ((m, s), x) in mean.iter_mut().zip(sd.iter_mut()).zip(max.iter_mut()) {
            *m /= UNIT_CELSIUS;
            *s = (*s / n).max(0.0).sqrt() / UNIT_CELSIUS;
            *x /= UNIT_CELSIUS;
        }
        let reading = scale(&sum, n.recip());
        Some(Seen {
            quality: (1.0 - reading.saturated).clamp(0.0, 1.0) * freshness(hop.age),
            turbulence: self
                .turbulence
                .index(&self.scene, end, ambient)
                .unwrap_or(0.0),
            reading,
        })
    }
}

/// 1 up to half a second of age, then falling: a half at 2.5 s (design choice).
fn freshness(age: i64) -> f32 {
    let late = (age as f32 * 1e-9 - 0.5).max(0.0);
    1.0 / (1.0 + late / 2.0)
}

fn believable(frame: &ThermalFrame) -> bool {
    frame.celsius.iter().all(|c| PHYSICAL.contains(c))
}

/// Welford's running mean, sum of squared deviations and maximum.
fn accumulate(
    celsius: &[f32; THERMAL_PIXELS],
    count: u8,
    mean: &mut [f32; THERMAL_PIXELS],
    squares: &mut [f32; THERMAL_PIXELS],
    max: &mut [f32; THERMAL_PIXELS],
) {
    let share = f32::from(count).recip();
    for (((x, m), s), top) in celsius.iter().zip(mean).zip(squares).zip(max) {
        let before = x - *m;
        *m += before * share;
        *s += before * (x - *m);
        *top = if count == 1 { *x } else { top.max(*x) };
    }
}

fn add(a: &Reading, b: &Reading) -> Reading {
    Reading {
        wall_celsius: a.wall_celsius + b.wall_celsius,
        censored: b.censored,
        surface_celsius: a.surface_celsius + b.surface_celsius,
        outer_celsius: a.outer_celsius + b.outer_celsius,
        excess_kelvin: a.excess_kelvin + b.excess_kelvin,
        gradient: a.gradient + b.gradient,
        wet: a.wet + b.wet,
        saturated: a.saturated + b.saturated,
        mean_celsius: a.mean_celsius + b.mean_celsius,
        centroid: [a.centroid[0] + b.centroid[0], a.centroid[1] + b.centroid[1]],
    }
}

fn scale(a: &Reading, k: f32) -> Reading {
    Reading {
        wall_celsius: a.wall_celsius * k,
        censored: a.censored,
        surface_celsius: a.surface_celsius * k,
        outer_celsius: a.outer_celsius * k,
        excess_kelvin: a.excess_kelvin * k,
        gradient: a.gradient * k,
        wet: a.wet * k,
        saturated: a.saturated * k,
        mean_celsius: a.mean_celsius * k,
        centroid: a.centroid.map(|c| c * k),
    }
}
