//! When and how a count is a temperature.

use core::fmt;

/// What a count of a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// TLinear: 0.01 K a count, up to 382 °C.
    Centikelvin,
    /// TLinear: 0.1 K a count.
    Decikelvin,
}

impl Scale {
    /// The temperature of a pixel, in °C.
    #[must_use]
    pub fn celsius(self, pixel: u16) -> f32 {
        match self {
            // In whole hundredths first: 273.15 has no exact f32.
            Self::Centikelvin => (i32::from(pixel) - 27_315) as f32 / 100.0,
            Self::Decikelvin => (i32::from(pixel) * 10 - 27_315) as f32 / 100.0,
        }
    }

    /// The pixel that comes nearest to a temperature in °C, clamped to what 16 bits hold; a NaN gives 0.
    #[must_use]
    pub fn pixel(self, celsius: f32) -> u16 {
        let per_kelvin = match self {
            Self::Centikelvin => 100.0,
            Self::Decikelvin => 10.0,
        };
        ((f64::from(celsius) + 273.15) * per_kelvin + 0.5) as u16
    }
}

/// Why the counts of a frame are not temperatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRadiometric {
    /// No telemetry, so nobody says that TLinear is on; a configuration may vouch for it.
    NoTelemetry,
    /// The telemetry says that TLinear is off.
    TLinearOff,
    /// Automatic gain control is on: the counts are a picture of 8 bits.
    Agc,
}

impl fmt::Display for NotRadiometric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoTelemetry => "the frame has no telemetry, so TLinear cannot be checked: turn telemetry on (footer), or state the scale in the configuration",
            Self::TLinearOff => "TLinear is off, so the counts are not temperatures: turn TLinear on at 0.01 K",
            Self::Agc => "AGC is on, so the counts are not temperatures: turn AGC off",
        })
    }
}

impl core::error::Error for NotRadiometric {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_read_and_write_the_same() {
        for (scale, pixel, celsius) in [
            (Scale::Centikelvin, 27_315, 0.0),
            (Scale::Centikelvin, 65_535, 382.2),
            (Scale::Decikelvin, 2_982, 25.05),
        ] {
            assert_eq!(
                (scale.celsius(pixel), scale.pixel(celsius)),
                (celsius, pixel)
            );
        }
        assert_eq!(Scale::Centikelvin.pixel(f32::NAN), 0);
        assert_eq!(Scale::Centikelvin.pixel(1000.0), u16::MAX);
    }
}
