//! How a thermal camera hangs over the wok, and how it sees metal.

/// By how many quarter turns the picture is turned clockwise to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rotation {
    /// As it comes.
    #[default]
    None,
    /// 90° clockwise.
    Quarter,
    /// 180°.
    Half,
    /// 270° clockwise.
    ThreeQuarters,
}

impl Rotation {
    /// From degrees clockwise; `None` where it is no quarter turn.
    #[must_use]
    pub const fn from_degrees(degrees: i64) -> Option<Self> {
        match degrees.rem_euclid(360) {
            0 => Some(Self::None),
            90 => Some(Self::Quarter),
            180 => Some(Self::Half),
            270 => Some(Self::ThreeQuarters),
            _ => None,
        }
    }
}

/// The wok's rim in the picture as the camera delivers it, before rotation and mirroring.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    /// Centre from the left, as a fraction of the width.
    pub x: f32,
    /// Centre from the top, as a fraction of the height.
    pub y: f32,
    /// Radius, as a fraction of the width.
    pub r: f32,
}

impl Circle {
    /// From pixels of a frame of `width` × `height`; pixel centres are whole numbers.
    #[must_use]
    pub fn from_pixels(x: f32, y: f32, r: f32, width: u16, height: u16) -> Self {
        let (w, h) = (f32::from(width.max(1)), f32::from(height.max(1)));
        Self {
            x: (x + 0.5) / w,
            y: (y + 0.5) / h,
            r: r / w,
        }
    }

    /// Whether it is a circle whose centre lies in the picture.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (0.0..=1.0).contains(&self.x)
            && (0.0..=1.0).contains(&self.y)
            && (0.02..=2.0).contains(&self.r)
    }
}

/// How the thermal camera hangs and what its temperatures assume.
#[derive(Debug, Clone, PartialEq)]
pub struct Mounting {
    /// Turned by this to stand upright (upright: the cook stands at the bottom).
    pub rotation: Rotation,
    /// Mirrored left to right after the turn.
    pub mirror: bool,
    /// Where the wok is.
    pub circle: Circle,
    /// Emissivity that the camera assumes, 0.05–1.
    pub emissivity_set: f32,
    /// Emissivity of the wok's wall, 0.05–1. Oxidised steel 0.78–0.82, seasoned and oiled 0.90–0.95,
    /// polished iron 0.21 (emissivity tables of Trotec and Beta).
    pub emissivity_wok: f32,
    /// Readings from here on are only lower bounds, °C. 295 for an MLX90640, whose range ends at 300.
    pub ceiling_celsius: f32,
}

impl Default for Mounting {
    /// An MLX90640 of 55° hanging 0.5 m over a wok of 39 cm: 12 pixels of radius in the middle.
    fn default() -> Self {
        Self {
            rotation: Rotation::None,
            mirror: false,
            circle: Circle {
                x: 0.5,
                y: 0.5,
                r: 0.375,
            },
            emissivity_set: 0.95,
            emissivity_wok: 0.90,
            ceiling_celsius: 295.0,
        }
    }
}

const ZERO_K: f32 = 273.15;

fn fourth(kelvin: f32) -> f32 {
    let squared = kelvin * kelvin;
    squared * squared
}

impl Mounting {
    /// The wall's temperature behind a reading, °C, from S = ε T⁴ + (1 − ε) T_r⁴ with surroundings
    /// at `reflected` °C. The reading itself where an emissivity is out of 0.05–1.
    #[must_use]
    pub fn wall_celsius(&self, reading: f32, reflected: f32) -> f32 {
        let sound = 0.05..=1.0;
        if !sound.contains(&self.emissivity_set) || !sound.contains(&self.emissivity_wok) {
            return reading;
        }
        let surroundings = fourth(reflected + ZERO_K);
        let signal = self.emissivity_set * (fourth(reading + ZERO_K) - surroundings);
        let wall = surroundings + signal / self.emissivity_wok;
        wall.max(0.0).sqrt().sqrt() - ZERO_K
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emissivity_is_corrected() {
        // Assuming 0.95 where the truth is 0.80 reads about 20 K low at 250 °C.
        for (set, wok, truth, low, high) in [
            (0.95, 0.80, 250.0, 18.0, 22.0),
            (0.95, 0.95, 250.0, -0.01, 0.01),
            (0.90, 0.95, 200.0, -8.0, -4.0),
        ] {
            let mounting = Mounting {
                emissivity_set: set,
                emissivity_wok: wok,
                ..Mounting::default()
            };
            let other = Mounting {
                emissivity_set: wok,
                emissivity_wok: set,
                ..Mounting::default()
            };
            let reading = other.wall_celsius(truth, 25.0);
            assert!(
                (low..=high).contains(&(truth - reading)),
                "{set} {wok}: {reading}"
            );
            assert!((mounting.wall_celsius(reading, 25.0) - truth).abs() < 0.05);
        }
        let broken = Mounting {
            emissivity_wok: 0.0,
            ..Mounting::default()
        };
        assert_eq!(broken.wall_celsius(200.0, 25.0), 200.0);
    }

    #[test]
    fn degrees_are_quarter_turns_or_nothing() {
        for (degrees, expect) in [
            (0, Some(Rotation::None)),
            (90, Some(Rotation::Quarter)),
            (-90, Some(Rotation::ThreeQuarters)),
            (540, Some(Rotation::Half)),
            (45, None),
        ] {
            assert_eq!(Rotation::from_degrees(degrees), expect, "{degrees}");
        }
    }
}
