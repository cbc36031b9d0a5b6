//! InfiRay P2 Pro and Topdon TC001: 256×192 thermal pixels at 25 Hz over USB video (YUYV, USB 0bda:5830).
//!
//! The camera announces a picture of 256×384 at two bytes a pixel. The upper 192 rows are a picture for people; the lower 192 rows
//! are temperatures as u16 little-endian in 1/64 K: °C = value/64 − 273.15 ([`celsius`]). A TC001 measures −20 … 150 °C by default.
//! Its shutter calibration stops the stream for about half a second, by itself. There is no checksum and no counter: USB keeps
//! frames whole, and the arrival times tell of losses.

use crate::TooSmall;
use core::fmt;

/// Pixels of a row.
pub const WIDTH: usize = 256;
/// Rows of temperatures.
pub const HEIGHT: usize = 192;
/// Pixels of a thermal frame.
pub const PIXELS: usize = WIDTH * HEIGHT;
/// Rows that the camera announces: picture and temperatures.
pub const VIDEO_HEIGHT: usize = 2 * HEIGHT;
/// Bytes of a video frame.
pub const FRAME_LEN: usize = WIDTH * VIDEO_HEIGHT * 2;
/// Nominal frames a second.
pub const RATE_HZ: u32 = 25;

/// The temperature of a value, in °C.
#[must_use]
pub fn celsius(value: u16) -> f32 {
    f32::from(value) / 64.0 - 273.15
}

/// The value that comes nearest to a temperature in °C, clamped to what 16 bits hold (−273.15 … 750.83 °C); a NaN gives 0.
#[must_use]
pub fn value(celsius: f32) -> u16 {
    // `as` truncates towards zero, saturates, and turns NaN into 0.
    ((celsius + 273.15) * 64.0 + 0.5) as u16
}

/// A buffer that is no frame of this camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLength {
    /// Bytes that came.
    pub got: usize,
}

impl fmt::Display for WrongLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} bytes are no 256×384 YUYV frame ({FRAME_LEN}); is the camera set to 256×384?",
            self.got
        )
    }
}

impl core::error::Error for WrongLength {}

/// One video frame, still in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    bytes: &'a [u8; FRAME_LEN],
}

impl<'a> Frame<'a> {
    /// Takes a buffer of the camera.
    ///
    /// # Errors
    /// [`WrongLength`] when it is not exactly one frame (a cut transfer, another resolution).
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WrongLength> {
        bytes
            .try_into()
            .map(|bytes| Self { bytes })
            .map_err(|_| WrongLength { got: bytes.len() })
    }

    /// The temperatures in 1/64 K, row by row from the top.
    pub fn values(&self) -> impl ExactSizeIterator<Item = u16> + Clone + use<'a> {
        self.thermal().iter().map(|&word| u16::from_le_bytes(word))
    }

    /// The temperatures in °C, row by row from the top.
    pub fn celsius(&self) -> impl ExactSizeIterator<Item = f32> + Clone + use<'a> {
        self.values().map(celsius)
    }

    /// The picture for people, YUYV, 256×192.
    #[must_use]
    pub fn picture(&self) -> &'a [u8] {
        self.bytes.split_at(FRAME_LEN / 2).0
    }

    fn thermal(&self) -> &'a [[u8; 2]] {
        self.bytes.split_at(FRAME_LEN / 2).1.as_chunks().0
    }
}

/// Writes a video frame with these temperatures in 1/64 K and a grey picture, and says how many bytes it took: [`FRAME_LEN`].
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode(values: &[u16; PIXELS], out: &mut [u8]) -> Result<usize, TooSmall> {
    let bytes = out
        .get_mut(..FRAME_LEN)
        .ok_or(TooSmall { needed: FRAME_LEN })?;
    let (picture, thermal) = bytes.split_at_mut(FRAME_LEN / 2);
    // YUYV: luma 128, chroma neutral.
    picture.fill(0x80);
    for (word, value) in thermal.as_chunks_mut::<2>().0.iter_mut().zip(values) {
        *word = value.to_le_bytes();
    }
    Ok(FRAME_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temperatures_are_sixty_fourths_of_a_kelvin() {
        for (celsius_in, raw) in [
            (-273.15, 0),
            (0.0, 17_482),
            (26.85, 19_200),
            (150.0, 27_082),
            (-400.0, 0),
            (9999.0, u16::MAX),
            (f32::NAN, 0),
        ] {
            assert_eq!(value(celsius_in), raw, "{celsius_in}");
        }
        for raw in [0, 1, 17_482, 40_000, u16::MAX] {
            assert_eq!(value(celsius(raw)), raw);
        }
    }

    #[test]
    fn only_the_lower_half_is_temperatures() {
        let values = core::array::from_fn(|i| i as u16);
        let mut bytes = [0; FRAME_LEN];
        assert_eq!(encode(&values, &mut bytes), Ok(FRAME_LEN));
        let frame = Frame::parse(&bytes).unwrap();
        assert!(frame.values().eq(values));
        assert!(frame.picture().iter().all(|&b| b == 0x80) && frame.picture().len() == PIXELS * 2);
        assert_eq!(bytes[FRAME_LEN / 2..][..6], [0, 0, 1, 0, 2, 0]);
        assert_eq!(
            Frame::parse(&bytes[1..]),
            Err(WrongLength { got: FRAME_LEN - 1 })
        );
        assert_eq!(
            encode(&values, &mut bytes[1..]),
            Err(TooSmall { needed: FRAME_LEN })
        );
    }
}
