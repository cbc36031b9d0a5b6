//! Checks on a camera's frame before anything believes it.

/// A frame is frozen when it equals this many frames before it.
pub const FROZEN_AFTER: u32 = 3;

/// Lowest and highest temperature a thermal module can mean, °C.
const PHYSICAL: core::ops::RangeInclusive<f32> = -40.0..=600.0;

/// Share of exact zeros from which a frame was not filled.
const ZEROS: f32 = 0.25;

/// Share of pixels at the ceiling from which a frame shows nothing but that it is hot.
const SATURATED: f32 = 0.6;

/// Why a frame is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It has not the size it should have.
    Size,
    /// A pixel is NaN or infinite.
    NotFinite,
    /// A pixel is below −40 °C or above 600 °C.
    OutOfRange,
    /// A quarter of its pixels or more are exactly zero.
    Zeros,
    /// It equals the frames before it, noise and all.
    Frozen,
    /// More than 60 % of its pixels are at the camera's ceiling.
    Saturated,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Size,
        Self::NotFinite,
        Self::OutOfRange,
        Self::Zeros,
        Self::Frozen,
        Self::Saturated,
    ];

    /// The name in metrics and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Size => "size",
            Self::NotFinite => "not_finite",
            Self::OutOfRange => "out_of_range",
            Self::Zeros => "zeros",
            Self::Frozen => "frozen",
            Self::Saturated => "saturated",
        }
    }
}

/// Looks at every frame of one camera, in order.
#[derive(Debug, Clone)]
pub struct Check {
    last: Vec<f32>,
    seen: bool,
    identical: u32,
    ceiling_celsius: f32,
}

impl Check {
    /// For frames of `pixels` °C from a camera that saturates at `ceiling_celsius`.
    #[must_use]
    pub fn new(pixels: usize, ceiling_celsius: f32) -> Self {
        Self {
            last: vec![0.0; pixels],
            seen: false,
            identical: 0,
            ceiling_celsius,
        }
    }

    /// Forgets the frames before.
    pub fn reset(&mut self) {
        self.seen = false;
        self.identical = 0;
    }

    /// Looks at one frame of °C.
    ///
    /// # Errors
    /// The first [`Fault`] found.
    pub fn look(&mut self, frame: &[f32]) -> Result<(), Fault> {
        if frame.len() != self.last.len() {
            return Err(Fault::Size);
        }
        let same = self.seen
            && frame
                .iter()
                .zip(&self.last)
                .all(|(a, b)| a.to_bits() == b.to_bits());
        self.identical = if same {
            self.identical.saturating_add(1)
        } else {
            0
        };
        self.seen = true;
        self.last.copy_from_slice(frame);

        let (mut zeros, mut hot, mut outside) = (0usize, 0usize, false);
        for celsius in frame {
            if !celsius.is_finite() {
                return Err(Fault::NotFinite);
            }
            outside |= !PHYSICAL.contains(celsius);
            zeros += usize::from(*celsius == 0.0);
            hot += usize::from(*celsius >= self.ceiling_celsius);
        }
        let share = |n: usize| n as f32 / frame.len().max(1) as f32;
        if outside {
            Err(Fault::OutOfRange)
        } else if share(zeros) >= ZEROS {
            Err(Fault::Zeros)
        } else if self.identical >= FROZEN_AFTER {
            Err(Fault::Frozen)
        } else if share(hot) > SATURATED {
            Err(Fault::Saturated)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(edit: impl Fn(usize) -> Option<f32>) -> Vec<f32> {
        (0..768)
            .map(|i| edit(i).unwrap_or(25.0 + i as f32 * 0.01))
            .collect()
    }

    #[test]
    fn each_fault_is_named() {
        for (name, frame, expect) in [
            ("good", frame(|_| None), Ok(())),
            (
                "one NaN",
                frame(|i| (i == 5).then_some(f32::NAN)),
                Err(Fault::NotFinite),
            ),
            (
                "infinite",
                frame(|i| (i == 767).then_some(f32::INFINITY)),
                Err(Fault::NotFinite),
            ),
            (
                "2253 °C",
                frame(|i| (i == 300).then_some(2253.0)),
                Err(Fault::OutOfRange),
            ),
            (
                "−41 °C",
                frame(|i| (i == 0).then_some(-41.0)),
                Err(Fault::OutOfRange),
            ),
            (
                "half zeros",
                frame(|i| (i % 2 == 0).then_some(0.0)),
                Err(Fault::Zeros),
            ),
            ("some zeros", frame(|i| (i % 8 == 0).then_some(0.0)), Ok(())),
            (
                "all hot",
                frame(|i| (i > 200).then_some(300.0)),
                Err(Fault::Saturated),
            ),
            ("a hot spot", frame(|i| (i > 500).then_some(300.0)), Ok(())),
            ("short", vec![25.0; 767], Err(Fault::Size)),
        ] {
            assert_eq!(Check::new(768, 295.0).look(&frame), expect, "{name}");
        }
    }

    #[test]
    fn the_third_repetition_is_frozen_until_it_moves() {
        let mut check = Check::new(768, 295.0);
        let (a, b) = (frame(|_| None), frame(|i| (i == 9).then_some(99.0)));
        let frozen = Err(Fault::Frozen);
        for (i, (frame, expect)) in [
            (&a, Ok(())),
            (&a, Ok(())),
            (&a, Ok(())),
            (&a, frozen),
            (&a, frozen),
            (&b, Ok(())),
            (&b, Ok(())),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(check.look(frame), expect, "frame {i}");
        }
        check.reset();
        assert_eq!(check.look(&b), Ok(()));
    }
}
