//! Auxiliary readings on the model's scale.

use crate::step::AUX;

/// Index of the ambient temperature among the auxiliary readings.
const AMBIENT: usize = 5;

/// Ambient of a kitchen without a thermometer, °C.
pub(super) const AMBIENT_CELSIUS: f32 = 25.0;

/// Largest scaled reading.
const CLIP: f32 = 5.0;

/// One reading in its natural unit on the model's scale, about ±1: gas in ppm, acceleration in g,
/// probe and ambient in °C, relative humidity in %.
fn scaled(index: usize, value: f32) -> f32 {
    let scaled = match index {
        0 => value.max(0.0).ln_1p() / 7.0,
        1..=3 => value / 2.0,
        4 => value / 200.0,
        AMBIENT => value / 50.0,
        6 => value / 100.0,
        _ => value,
    };
    scaled.clamp(-CLIP, CLIP)
}

/// Fills readings and mask; gives the quality: 1 with any fresh reading, else 0.
pub(super) fn fill(
    readings: &[Option<f32>; AUX],
    out: &mut [f32; AUX],
    mask: &mut [f32; AUX],
) -> f32 {
    for (i, reading) in readings.iter().enumerate() {
        let fresh = reading.filter(|v| v.is_finite());
        out[i] = fresh.map_or(0.0, |v| scaled(i, v));
        mask[i] = f32::from(u8::from(fresh.is_some()));
    }
    if mask.contains(&1.0) { 1.0 } else { 0.0 }
}

/// The kitchen's temperature, °C.
pub(super) fn ambient(readings: &[Option<f32>; AUX]) -> f32 {
    readings[AMBIENT]
        .filter(|c| (-20.0..=60.0).contains(c))
        .unwrap_or(AMBIENT_CELSIUS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_scaled_and_masked() {
        let mut readings = [None; AUX];
        let (mut out, mut mask) = ([9.0; AUX], [9.0; AUX]);
        assert_eq!(fill(&readings, &mut out, &mut mask), 0.0);
        assert_eq!((out, mask), ([0.0; AUX], [0.0; AUX]));
        assert_eq!(ambient(&readings), AMBIENT_CELSIUS);
        readings[4] = Some(100.0);
        readings[5] = Some(30.0);
        readings[6] = Some(f32::NAN);
        readings[7] = Some(f32::MAX);
        assert_eq!(fill(&readings, &mut out, &mut mask), 1.0);
        assert_eq!(out, [0.0, 0.0, 0.0, 0.0, 0.5, 0.6, 0.0, CLIP]);
        assert_eq!(mask, [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
        assert_eq!(ambient(&readings), 30.0);
    }
}
