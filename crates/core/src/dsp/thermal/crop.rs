//! From any camera's frame to 24×32 pixels around the wok.

use super::mounting::{Mounting, Rotation};
use crate::step::{THERMAL_COLS, THERMAL_PIXELS, THERMAL_ROWS};

/// Share of the wok's radius that is left around it above and below.
const MARGIN: f32 = 0.04;

/// Radius of the wok in pixels of the crop; its centre is the crop's centre (row 11.5, column 15.5).
pub const WOK_RADIUS: f32 = THERMAL_ROWS as f32 / 2.0 / (1.0 + MARGIN);

/// Precomputed weights from a frame of one size to the crop.
///
/// A crop pixel is the mean over its square in the camera's picture, sampled bilinearly (finely
/// enough that every camera pixel in it counts). Beyond the picture's edge its last row or column is
/// repeated; [`Self::visible`] says how much of the wok that leaves in doubt.
#[derive(Debug, Clone)]
pub struct Crop {
    pixels: usize,
    /// Weights of crop pixel i: `taps[starts[i]..starts[i + 1]]`.
    starts: Vec<u32>,
    taps: Vec<(u32, f32)>,
    visible: f32,
}

impl Crop {
    /// Weights for frames of `width` × `height` pixels, row-major.
    #[must_use]
    pub fn new(mounting: &Mounting, width: u16, height: u16) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let (w, h) = (f32::from(width), f32::from(height));
        let circle = mounting.circle;
        let (cx, cy) = (circle.x * w - 0.5, circle.y * h - 0.5);
        // Camera pixels per crop pixel; an unsound circle still gives a crop, of one pixel at worst.
        let pitch = (circle.r * w / WOK_RADIUS).clamp(1e-3, w.max(h));
        let fine = (pitch.ceil() as usize * 2).clamp(1, 24);
        let fine = if pitch <= 1.0 { 1 } else { fine };
        let mut starts = Vec::with_capacity(THERMAL_PIXELS + 1);
        let mut taps: Vec<(u32, f32)> = Vec::new();
        let (mut inside, mut seen) = (0u32, 0u32);
        starts.push(0);
        let mut cell: Vec<(u32, f32)> = Vec::new();
        for row in 0..THERMAL_ROWS {
            for col in 0..THERMAL_COLS {
                let u = col as f32 - (THERMAL_COLS - 1) as f32 / 2.0;
                let v = row as f32 - (THERMAL_ROWS - 1) as f32 / 2.0;
                cell.clear();
                for i in 0..fine * fine {
                    let step = |k: usize| (k as f32 + 0.5) / fine as f32 - 0.5;
                    let (du, dv) =
                        upright_to_camera(mounting, u + step(i % fine), v + step(i / fine));
                    bilinear(
                        cx + du * pitch,
                        cy + dv * pitch,
                        width,
                        height,
                        1.0 / (fine * fine) as f32,
                        &mut cell,
                    );
                }
                merge(&mut cell, &mut taps);
                starts.push(taps.len() as u32);
                if u * u + v * v <= WOK_RADIUS * WOK_RADIUS {
                    inside += 1;
                    let (du, dv) = upright_to_camera(mounting, u, v);
                    let (x, y) = (cx + du * pitch, cy + dv * pitch);
                    seen +=
                        u32::from((-0.5..=w - 0.5).contains(&x) && (-0.5..=h - 0.5).contains(&y));
                }
            }
        }
        Self {
            pixels: usize::from(width) * usize::from(height),
            starts,
            taps,
            visible: seen as f32 / inside.max(1) as f32,
        }
    }

    /// Share of the wok that lies inside the camera's picture, 0–1.
    #[must_use]
    pub fn visible(&self) -> f32 {
        self.visible
    }

    /// Crops a frame of °C. A frame of another size than the crop was made for is not touched.
    ///
    /// # Errors
    /// The number of pixels that was expected, where the frame has another.
    pub fn apply(&self, frame: &[f32], out: &mut [f32; THERMAL_PIXELS]) -> Result<(), usize> {
        if frame.len() != self.pixels {
            return Err(self.pixels);
        }
        for (pixel, span) in out.iter_mut().zip(self.starts.windows(2)) {
            let taps = &self.taps[span[0] as usize..span[1] as usize];
            *pixel = taps
                .iter()
                .map(|(i, weight)| frame[*i as usize] * weight)
                .sum();
        }
        Ok(())
    }
}

/// A vector in the upright picture as it lies in the camera's.
fn upright_to_camera(mounting: &Mounting, u: f32, v: f32) -> (f32, f32) {
    let u = if mounting.mirror { -u } else { u };
    match mounting.rotation {
        Rotation::None => (u, v),
        Rotation::Quarter => (v, -u),
        Rotation::Half => (-u, -v),
        Rotation::ThreeQuarters => (-v, u),
    }
}

/// Adds the four taps of a bilinear sample.
fn bilinear(x: f32, y: f32, width: u16, height: u16, weight: f32, cell: &mut Vec<(u32, f32)>) {
    let x = x.clamp(0.0, f32::from(width - 1));
    let y = y.clamp(0.0, f32::from(height - 1));
    let (x0, y0) = (x.floor(), y.floor());
    let (fx, fy) = (x - x0, y - y0);
    for (dx, dy, share) in [
        (0, 0, (1.0 - fx) * (1.0 - fy)),
        (1, 0, fx * (1.0 - fy)),
        (0, 1, (1.0 - fx) * fy),
        (1, 1, fx * fy),
    ] {
        if share > 0.0 {
            let (px, py) = (x0 as u32 + dx, y0 as u32 + dy);
            cell.push((py * u32::from(width) + px, share * weight));
        }
    }
}

/// Sums taps of the same camera pixel and appends them.
fn merge(cell: &mut [(u32, f32)], taps: &mut Vec<(u32, f32)>) {
    cell.sort_by_key(|(i, _)| *i);
    let first = taps.len();
    for (i, weight) in cell.iter() {
        match taps[first..].last_mut() {
            Some(last) if last.0 == *i => last.1 += weight,
            _ => taps.push((*i, *weight)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mounting::Circle;
    use super::*;

    fn mounting(rotation: Rotation, mirror: bool, x: f32, y: f32, r: f32) -> Mounting {
        Mounting {
            rotation,
            mirror,
            circle: Circle { x, y, r },
            ..Mounting::default()
        }
    }

    fn cropped(
        mounting: &Mounting,
        width: u16,
        height: u16,
        scene: impl Fn(f32, f32) -> f32,
    ) -> [f32; THERMAL_PIXELS] {
        let frame: Vec<f32> = (0..usize::from(width) * usize::from(height))
            .map(|i| {
                scene(
                    (i % usize::from(width)) as f32,
                    (i / usize::from(width)) as f32,
                )
            })
            .collect();
        let mut out = [0.0; THERMAL_PIXELS];
        Crop::new(mounting, width, height)
            .apply(&frame, &mut out)
            .expect("size");
        out
    }

    #[test]
    fn a_flat_frame_stays_flat_for_every_camera() {
        for (width, height) in [(32, 24), (24, 32), (160, 120), (256, 192), (80, 62), (1, 1)] {
            let out = cropped(
                &mounting(Rotation::Quarter, true, 0.4, 0.6, 0.3),
                width,
                height,
                |_, _| 123.0,
            );
            assert!(
                out.iter().all(|c| (c - 123.0).abs() < 1e-3),
                "{width}×{height}"
            );
        }
    }

    /// A hot spot to the camera's right, then below it, must land where the turn says.
    #[test]
    fn rotation_and_mirror_move_a_hot_spot() {
        let right = |x: f32, y: f32| {
            if x > 20.0 && (y - 11.5).abs() < 3.0 {
                200.0
            } else {
                20.0
            }
        };
        let below = |x: f32, y: f32| {
            if y > 16.0 && (x - 15.5).abs() < 3.0 {
                200.0
            } else {
                20.0
            }
        };
        let probe = |out: &[f32; THERMAL_PIXELS]| {
            let at = |row: usize, col: usize| out[row * THERMAL_COLS + col] > 100.0;
            (at(11, 22), at(18, 15), at(11, 8), at(4, 15))
        };
        const EAST: (bool, bool, bool, bool) = (true, false, false, false);
        const SOUTH: (bool, bool, bool, bool) = (false, true, false, false);
        const WEST: (bool, bool, bool, bool) = (false, false, true, false);
        const NORTH: (bool, bool, bool, bool) = (false, false, false, true);
        for (rotation, mirror, of_right, of_below) in [
            (Rotation::None, false, EAST, SOUTH),
            (Rotation::Quarter, false, SOUTH, WEST),
            (Rotation::Half, false, WEST, NORTH),
            (Rotation::ThreeQuarters, false, NORTH, EAST),
            (Rotation::None, true, WEST, SOUTH),
            (Rotation::Quarter, true, SOUTH, EAST),
        ] {
            let m = mounting(rotation, mirror, 0.5, 0.5, 0.36);
            assert_eq!(
                probe(&cropped(&m, 32, 24, right)),
                of_right,
                "{rotation:?} {mirror}"
            );
            assert_eq!(
                probe(&cropped(&m, 32, 24, below)),
                of_below,
                "{rotation:?} {mirror}"
            );
        }
    }

    #[test]
    fn the_wok_has_the_same_size_from_every_camera() {
        for (width, height, x, y, r) in [
            (32u16, 24u16, 0.5, 0.5, 0.36),
            (160, 120, 0.4, 0.55, 0.25),
            (256, 192, 0.6, 0.5, 0.3),
            (256, 192, 0.5, 0.5, 0.1),
        ] {
            let (cx, cy, radius) = (
                x * f32::from(width) - 0.5,
                y * f32::from(height) - 0.5,
                r * f32::from(width),
            );
            let disc = |px: f32, py: f32| {
                if (px - cx).hypot(py - cy) <= radius {
                    1.0
                } else {
                    0.0
                }
            };
            let out = cropped(
                &mounting(Rotation::None, false, x, y, r),
                width,
                height,
                disc,
            );
            let area: f32 = out.iter().sum();
            let expect = core::f32::consts::PI * WOK_RADIUS * WOK_RADIUS;
            assert!(
                (area / expect - 1.0).abs() < 0.04,
                "{width}×{height}: {area} of {expect}"
            );
        }
    }

    #[test]
    fn a_wok_at_the_edge_is_not_all_visible() {
        for (x, low, high) in [(0.5, 0.99, 1.0), (0.0, 0.45, 0.55)] {
            let visible =
                Crop::new(&mounting(Rotation::None, false, x, 0.5, 0.2), 160, 120).visible();
            assert!((low..=high).contains(&visible), "{x}: {visible}");
        }
    }

    #[test]
    fn a_frame_of_another_size_is_refused() {
        let mut out = [7.0; THERMAL_PIXELS];
        assert_eq!(
            Crop::new(&Mounting::default(), 32, 24).apply(&[0.0; 100], &mut out),
            Err(768)
        );
        assert!(out.iter().all(|c| *c == 7.0));
    }
}
