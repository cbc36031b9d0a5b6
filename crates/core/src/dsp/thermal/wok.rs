//! What is read off the crop: wall, food, gradients, wetness.

use super::crop::WOK_RADIUS;
use super::mounting::Mounting;
use crate::step::{THERMAL_COLS, THERMAL_PIXELS, THERMAL_ROWS};

/// Percentile of the cooking zone that is the wall: what food leaves bare is the hottest tenth, and
/// a few hot pixels (a flame at the rim, a defect) do not decide (design choice).
const WALL_PERCENTILE: f32 = 0.9;

/// Boiling water and wet food, °C.
const WET: core::ops::RangeInclusive<f32> = 95.0..=103.0;

/// What one picture of the wok says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// Wall temperature, corrected for emissivity, °C.
    pub wall_celsius: f32,
    /// Whether the wall is at the camera's ceiling: then its temperature is a lower bound.
    pub censored: bool,
    /// Temperature of the surface in the middle of the wok, where food lies if there is any: the
    /// median within half the radius, °C, as the camera says.
    pub surface_celsius: f32,
    /// Temperature of the outer wall: the median between 0.6 and 0.85 of the radius, °C, as the camera
    /// says. Above the middle's, food or liquid cools the middle; below it, the wok is empty.
    pub outer_celsius: f32,
    /// Mean over the cooking zone of the excess over the smoke point (uncorrected), K.
    pub excess_kelvin: f32,
    /// G = ⟨|∇T|²⟩ over the wok, K² per pixel².
    pub gradient: f32,
    /// W, share of the wok at 95–103 °C, 0–1.
    pub wet: f32,
    /// Share of the wok at the camera's ceiling, 0–1.
    pub saturated: f32,
    /// Mean over the wok, °C.
    pub mean_celsius: f32,
    /// Centre of the heat above the crop's coldest pixel, rows and columns from the crop's centre,
    /// pixels.
    pub centroid: [f32; 2],
}

/// The pixels of the crop by their place in the wok, and scratch for percentiles.
#[derive(Debug, Clone)]
pub struct Scene {
    wok: Vec<u16>,
    zone: Vec<u16>,
    middle: Vec<u16>,
    outer: Vec<u16>,
    scratch: Vec<f32>,
}

impl Default for Scene {
    fn default() -> Self {
        Self::new()
    }
}

impl Scene {
    /// Sorts the crop's pixels by radius.
    #[must_use]
    pub fn new() -> Self {
        let within = |from: f32, to: f32| {
            (0..THERMAL_PIXELS as u16)
                .filter(|i| {
                    let (v, u) = offset(usize::from(*i));
                    let r = u.hypot(v) / WOK_RADIUS;
                    (from..to).contains(&r)
                })
                .collect::<Vec<u16>>()
        };
        let wok = within(0.0, 0.95);
        Self {
            zone: within(0.0, 0.8),
            middle: within(0.0, 0.5),
            outer: within(0.6, 0.85),
            scratch: Vec::with_capacity(wok.len()),
            wok,
        }
    }

    /// Indices of the pixels inside the rim.
    #[must_use]
    pub fn wok(&self) -> &[u16] {
        &self.wok
    }

    /// Reads a picture of °C (all finite) with surroundings at `ambient` °C and a `smoke` point in °C.
    pub fn read(
        &mut self,
        celsius: &[f32; THERMAL_PIXELS],
        mounting: &Mounting,
        ambient: f32,
        smoke: f32,
    ) -> Reading {
        let ceiling = mounting.ceiling_celsius;
        let wall = percentile(&mut self.scratch, &self.zone, celsius, WALL_PERCENTILE);
        let surface_celsius = percentile(&mut self.scratch, &self.middle, celsius, 0.5);
        let outer_celsius = percentile(&mut self.scratch, &self.outer, celsius, 0.5);
        let excess: f32 = self
            .zone
            .iter()
            .map(|i| (celsius[usize::from(*i)] - smoke).max(0.0))
            .sum();
        let (mut gradient, mut wet, mut hot, mut sum) = (0.0, 0usize, 0usize, 0.0);
        for &i in &self.wok {
            let i = usize::from(i);
            let c = celsius[i];
            // The rim lies inside the crop, so that inner pixels have all four neighbours but at the
            // crop's own edge, where the difference is one-sided.
            let (row, col) = (i / THERMAL_COLS, i % THERMAL_COLS);
            let (up, down) = (row.saturating_sub(1), (row + 1).min(THERMAL_ROWS - 1));
            let (left, right) = (col.saturating_sub(1), (col + 1).min(THERMAL_COLS - 1));
            let dv = (celsius[down * THERMAL_COLS + col] - celsius[up * THERMAL_COLS + col])
                / (down - up) as f32;
            let du = (celsius[row * THERMAL_COLS + right] - celsius[row * THERMAL_COLS + left])
                / (right - left) as f32;
            gradient += du * du + dv * dv;
            wet += usize::from(WET.contains(&c));
            hot += usize::from(c >= ceiling);
            sum += c;
        }
        let n = self.wok.len() as f32;
        Reading {
            wall_celsius: mounting.wall_celsius(wall, ambient),
            censored: wall >= ceiling,
            surface_celsius,
            outer_celsius,
            excess_kelvin: excess / self.zone.len() as f32,
            gradient: gradient / n,
            wet: wet as f32 / n,
            saturated: hot as f32 / n,
            mean_celsius: sum / n,
            centroid: centre_of_heat(celsius),
        }
    }
}

/// Rows and columns from the crop's centre.
fn offset(i: usize) -> (f32, f32) {
    let row = (i / THERMAL_COLS) as f32 - (THERMAL_ROWS - 1) as f32 / 2.0;
    let col = (i % THERMAL_COLS) as f32 - (THERMAL_COLS - 1) as f32 / 2.0;
    (row, col)
}

/// First moments of what is above the coldest pixel; the crop's centre for a flat picture.
pub(crate) fn centre_of_heat(celsius: &[f32; THERMAL_PIXELS]) -> [f32; 2] {
    let coldest = celsius.iter().copied().fold(f32::INFINITY, f32::min);
    let (mut rows, mut cols, mut weight) = (0.0, 0.0, 0.0);
    for (row, line) in celsius.chunks_exact(THERMAL_COLS).enumerate() {
        let mut heat = 0.0;
        for (col, c) in line.iter().enumerate() {
            heat += c - coldest;
            cols += (c - coldest) * (col as f32 - (THERMAL_COLS - 1) as f32 / 2.0);
        }
        rows += heat * (row as f32 - (THERMAL_ROWS - 1) as f32 / 2.0);
        weight += heat;
    }
    // Less than 1 K a pixel is noise.
    if weight > THERMAL_PIXELS as f32 {
        [rows / weight, cols / weight]
    } else {
        [0.0; 2]
    }
}

fn percentile(
    scratch: &mut Vec<f32>,
    pixels: &[u16],
    celsius: &[f32; THERMAL_PIXELS],
    share: f32,
) -> f32 {
    scratch.clear();
    scratch.extend(pixels.iter().map(|i| celsius[usize::from(*i)]));
    let rank = ((scratch.len() - 1) as f32 * share) as usize;
    *scratch.select_nth_unstable_by(rank, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wok with rings, food in the middle and a stove around it.
    fn wok(wall: f32, food: Option<f32>) -> [f32; THERMAL_PIXELS] {
        core::array::from_fn(|i| {
            let (v, u) = offset(i);
            let r = u.hypot(v) / WOK_RADIUS;
            match food {
                _ if r > 1.0 => 35.0,
                Some(food) if r < 0.6 => food,
                // The rim is cooler.
                _ => wall - 30.0 * (r - 0.8).max(0.0) / 0.2,
            }
        })
    }

    fn read(celsius: &[f32; THERMAL_PIXELS]) -> Reading {
        let mounting = Mounting {
            emissivity_wok: 0.95,
            ..Mounting::default()
        };
        Scene::new().read(celsius, &mounting, 25.0, 200.0)
    }

    #[test]
    fn the_wall_is_found_beside_the_food() {
        for (wall, food) in [
            (80.0, None),
            (220.0, None),
            (220.0, Some(98.0)),
            (180.0, Some(120.0)),
        ] {
            let reading = read(&wok(wall, food));
            assert!(
                (reading.wall_celsius - wall).abs() < 1.0,
                "{wall} {food:?}: {reading:?}"
            );
            assert!(
                (reading.surface_celsius - food.unwrap_or(wall)).abs() < 1.0,
                "{reading:?}"
            );
            assert_eq!(
                reading.outer_celsius > reading.surface_celsius + 5.0,
                food.is_some()
            );
            assert!(!reading.censored);
        }
    }

    #[test]
    fn two_hot_pixels_are_not_the_wall() {
        let mut celsius = wok(200.0, Some(98.0));
        celsius[12 * THERMAL_COLS + 16] = 299.0;
        celsius[12 * THERMAL_COLS + 17] = 299.0;
        assert!((read(&celsius).wall_celsius - 200.0).abs() < 1.0);
    }

    #[test]
    fn the_ceiling_censors() {
        let reading = read(&wok(300.0, None));
        assert!(reading.censored && reading.saturated > 0.5, "{reading:?}");
    }

    #[test]
    fn wetness_gradient_and_excess_follow_the_scene() {
        let (empty, boiling) = (read(&wok(220.0, None)), read(&wok(130.0, Some(99.0))));
        assert!(
            empty.wet == 0.0 && (0.3..0.5).contains(&boiling.wet),
            "{boiling:?}"
        );
        assert!(
            (empty.excess_kelvin - 20.0).abs() < 0.5 && boiling.excess_kelvin == 0.0,
            "{empty:?}"
        );
        let flat = read(&[150.0; THERMAL_PIXELS]);
        assert!(flat.gradient == 0.0 && boiling.gradient > 10.0);
        assert_eq!(flat.centroid, [0.0; 2]);
    }

    #[test]
    fn the_centroid_follows_a_shift() {
        let here = wok(220.0, Some(98.0));
        let shifted = core::array::from_fn(|i| here[(i + 2 * THERMAL_COLS) % THERMAL_PIXELS]);
        let moved = read(&shifted).centroid[0] - read(&here).centroid[0];
        assert!((0.8..2.2).contains(&-moved), "{moved}");
    }
}
