//! FLIR Lepton behind a PureThermal board: Y16 frames over USB video (1e4e:0100), with telemetry.
//!
//! A Lepton 3 has 160×120 pixels, a Lepton 2 has 80×60, both at about 8.7 frames a second (spacings of 111 and 114 ms). With
//! telemetry as a footer, 2 (Lepton 3) or 3 (Lepton 2) rows follow the picture. Words are u16 little-endian.
//!
//! A pixel is a temperature **only with TLinear on**: then it counts 0.01 K or 0.1 K. Without it the counts follow the sensor's own
//! temperature, and [`Frame::scale`] refuses. In high gain the sensor saturates between 140 and 180 °C; a wok needs low gain.
//! Source of all words: FLIR Lepton Engineering Datasheet 500-0659-00-09 rev 203, tables 2 and 3.

mod scale;
mod telemetry;

pub use scale::{NotRadiometric, Scale};
pub use telemetry::{FfcState, Gain, Status, Telemetry};

use crate::TooSmall;
use core::fmt;

/// Which camera, that is how many pixels and telemetry rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// Lepton 2.x: 80×60, three rows of telemetry.
    Lepton2,
    /// Lepton 3.x: 160×120, two rows of telemetry.
    Lepton3,
}

impl Model {
    /// Both models.
    pub const ALL: [Self; 2] = [Self::Lepton2, Self::Lepton3];

    /// Pixels of a row.
    #[must_use]
    pub const fn width(self) -> usize {
        match self {
            Self::Lepton2 => 80,
            Self::Lepton3 => 160,
        }
    }

    /// Rows of the picture.
    #[must_use]
    pub const fn height(self) -> usize {
        match self {
            Self::Lepton2 => 60,
            Self::Lepton3 => 120,
        }
    }

    /// Pixels of the picture.
    #[must_use]
    pub const fn pixels(self) -> usize {
        self.width() * self.height()
    }

    /// Rows of telemetry behind the picture: 3 × 80 or 2 × 160 words.
    #[must_use]
    pub const fn telemetry_rows(self) -> usize {
        match self {
            Self::Lepton2 => 3,
            Self::Lepton3 => 2,
        }
    }

    /// Bytes of a frame.
    #[must_use]
    pub const fn frame_len(self, telemetry: bool) -> usize {
        let rows = self.height() + if telemetry { self.telemetry_rows() } else { 0 };
        rows * self.width() * 2
    }
}

/// A buffer that is no Lepton frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLength {
    /// Bytes that came.
    pub got: usize,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes are no Y16 frame of a Lepton 2 (9600, 10080 with telemetry) or 3 (38400, 39040)",
            self.got
        )
    }
}

impl core::error::Error for WrongLength {}

/// One Y16 frame, still in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    model: Model,
    pixels: &'a [[u8; 2]],
    footer: &'a [[u8; 2]],
}

impl<'a> Frame<'a> {
    /// Takes a buffer of the camera; its length tells the model and whether telemetry follows.
    ///
    /// # Errors
    /// [`WrongLength`] when it is no whole frame of either model (a cut transfer, another format).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WrongLength> {
        let wrong = WrongLength { got: bytes.len() };
        let model = Model::ALL
            .into_iter()
            .find(|m| {
                [false, true]
                    .into_iter()
                    .any(|t| m.frame_len(t) == bytes.len())
            })
            .ok_or(wrong)?;
        let (pixels, footer) = bytes
            .as_chunks::<2>()
            .0
            .split_at_checked(model.pixels())
            .ok_or(wrong)?;
        Ok(Self {
            model,
            pixels,
            footer,
        })
    }

    /// The camera's model.
    #[must_use]
    pub const fn model(&self) -> Model {
        self.model
    }

    /// The counts, row by row from the top.
    pub fn counts(&self) -> impl ExactSizeIterator<Item = u16> + Clone + use<'a> {
        self.pixels.iter().map(|&word| u16::from_le_bytes(word))
    }

    /// The telemetry, when the frame carries it.
    #[must_use]
    pub fn telemetry(&self) -> Option<Telemetry> {
        Telemetry::parse(self.footer)
    }

    /// What a count is, by the frame's own telemetry.
    ///
    /// # Errors
    /// [`NotRadiometric`] when the counts are not temperatures, or nobody says so.
    pub fn scale(&self) -> Result<Scale, NotRadiometric> {
        self.telemetry().ok_or(NotRadiometric::NoTelemetry)?.scale()
    }

    /// The temperatures in °C, row by row from the top.
    ///
    /// # Errors
    /// As [`Frame::scale`].
    pub fn celsius(
        &self,
    ) -> Result<impl ExactSizeIterator<Item = f32> + Clone + use<'a>, NotRadiometric> {
        let scale = self.scale()?;
        Ok(self.counts().map(move |count| scale.celsius(count)))
    }
}

/// Writes a frame and says how many bytes it took. `counts` are row by row from the top, missing ones are zero and further ones
/// ignored; with telemetry the footer follows.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than [`Model::frame_len`].
pub fn encode(
    model: Model,
    counts: &[u16],
    telemetry: Option<&Telemetry>,
    out: &mut [u8],
) -> Result<usize, TooSmall> {
    let needed = model.frame_len(telemetry.is_some());
    let bytes = out.get_mut(..needed).ok_or(TooSmall { needed })?;
    bytes.fill(0);
    let (pixels, footer) = bytes
        .as_chunks_mut::<2>()
        .0
        .split_at_mut_checked(model.pixels())
        .ok_or(TooSmall { needed })?;
    for (word, count) in pixels.iter_mut().zip(counts) {
        *word = count.to_le_bytes();
    }
    if let Some(telemetry) = telemetry {
        telemetry.write(footer);
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_temperatures_only_with_tlinear() {
        let mut bytes = [0; 39_040];
        let counts = [29_815, 55_315];
        let on = Telemetry {
            tlinear: true,
            tlinear_centi: true,
            ..Telemetry::default()
        };
        for (telemetry, expect) in [
            (Some(on), Ok(25.0)),
            (
                Some(Telemetry {
                    tlinear_centi: false,
                    ..on
                }),
                Ok(2708.35),
            ),
            (
                Some(Telemetry {
                    tlinear: false,
                    ..on
                }),
                Err(NotRadiometric::TLinearOff),
            ),
            (
                Some(Telemetry {
                    status: Status {
                        agc: true,
                        ..on.status
                    },
                    ..on
                }),
                Err(NotRadiometric::Agc),
            ),
            (None, Err(NotRadiometric::NoTelemetry)),
        ] {
            for model in Model::ALL {
                let n = encode(model, &counts, telemetry.as_ref(), &mut bytes).unwrap();
                let frame = Frame::parse(&bytes[..n]).unwrap();
                assert_eq!((frame.model(), frame.telemetry()), (model, telemetry));
                assert!(frame.counts().take(3).eq([counts[0], counts[1], 0]));
                assert_eq!(frame.celsius().map(|mut c| c.next().unwrap()), expect);
            }
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        let bytes = [0; 40_000];
        for got in [0, 9_599, 9_601, 38_399, 39_041, 40_000] {
            assert_eq!(Frame::parse(&bytes[..got]), Err(WrongLength { got }));
        }
        for whole in [9_600, 10_080, 38_400, 39_040] {
            assert!(Frame::parse(&bytes[..whole]).is_ok(), "{whole}");
        }
    }
}
