//! The Maillard dose: how much browning a surface has had, as seconds at 150 °C.

use crate::dsp::rising;

/// Activation energy, J/mol: a design choice in the middle of what is reported, 64 (bread crust, Zanoni
/// 1995) to 184 kJ/mol (van Boekel 2001).
pub const ACTIVATION: f64 = 110_000.0;

/// Reference temperature: 150 °C, in K.
pub const REFERENCE_KELVIN: f64 = 423.15;

/// Gas constant, J/(mol K).
const GAS: f64 = 8.314_462;

/// Hottest surface that is believed, °C: what is hotter is bare metal.
const HOTTEST: f32 = 300.0;

/// Largest dose that is counted, seconds.
const LIMIT: f64 = 1.0e7;

/// How far a surface can brown, 0.05 (wet) to 1 (dry), by its temperature in °C: water pins a wet
/// surface near 100 °C, and one at 125 °C has dried (design choice; browning wet surfaces is a
/// twentieth of dry ones).
#[must_use]
pub fn gate(surface_celsius: f32) -> f32 {
    0.05 + 0.95 * rising(surface_celsius, 103.0, 125.0)
}

/// Speed of the reaction relative to 150 °C: exp(−(Ea/R)(1/T − 1/T₁₅₀)).
#[must_use]
pub fn rate(surface_celsius: f32) -> f64 {
    let kelvin = f64::from(surface_celsius.clamp(-40.0, HOTTEST)) + 273.15;
    (-(ACTIVATION / GAS) * (kelvin.recip() - REFERENCE_KELVIN.recip())).exp()
}

/// D = ∫ g · exp[−(Ea/R)(1/T − 1/T₁₅₀)] dt.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dose {
    seconds: f64,
}

impl Dose {
    /// Adds `dt` seconds of a surface at `surface_celsius`, of which the share `cover` (0–1) is food.
    /// Numbers that are not finite add nothing.
    pub fn add(&mut self, surface_celsius: f32, cover: f32, dt: f64) {
        let step =
            f64::from(gate(surface_celsius) * cover.clamp(0.0, 1.0)) * rate(surface_celsius) * dt;
        if step.is_finite() && step > 0.0 {
            self.seconds = (self.seconds + step).min(LIMIT);
        }
    }

    /// Equivalent seconds at 150 °C so far.
    #[must_use]
    pub fn seconds(&self) -> f32 {
        self.seconds as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dose_is_seconds_at_150() {
        for (celsius, cover, seconds, low, high) in [
            (150.0, 1.0, 60.0, 59.9, 60.1),
            (150.0, 0.5, 60.0, 29.9, 30.1),
            // z = 2.303 R T² / Ea = 31 K at 150 °C: ten times as fast some 34 K above, where T² grew.
            (184.0, 1.0, 6.0, 55.0, 65.0),
            // A wet surface hardly browns in ten minutes.
            (100.0, 1.0, 600.0, 0.1, 1.0),
            (20.0, 1.0, 3600.0, 0.0, 0.1),
        ] {
            let mut dose = Dose::default();
            for _ in 0..(seconds * 5.0) as u32 {
                dose.add(celsius, cover, 0.2);
            }
            assert!(
                (low..=high).contains(&dose.seconds()),
                "{celsius} °C: {}",
                dose.seconds()
            );
        }
    }

    #[test]
    fn nonsense_adds_nothing() {
        let mut dose = Dose::default();
        for (celsius, cover, dt) in [
            (f32::NAN, 1.0, 0.2),
            (150.0, f32::NAN, 0.2),
            (150.0, 1.0, f64::NAN),
            (150.0, 1.0, -1.0),
        ] {
            dose.add(celsius, cover, dt);
        }
        assert_eq!(dose.seconds(), 0.0);
        dose.add(f32::INFINITY, 1.0, 1e12);
        assert!(dose.seconds().is_finite());
    }
}
