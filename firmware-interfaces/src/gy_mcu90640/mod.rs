//! GY-MCU90640: a Melexis MLX90640 (32×24 thermal pixels) behind a microcontroller with a UART.
//!
//! A frame is 1544 bytes: `5A 5A`, the length 1538 (`02 06`), 768 pixels and the ambient temperature as i16 little-endian in
//! hundredths of a °C, and a checksum: the low 16 bits of the sum of the first 771 little-endian words, **header included**.
//! Pixels are sent row by row from the top, each row from **right to left** as the camera sees the scene.
//!
//! A reply to the emissivity query is four bytes, `5A 5A`, the emissivity in hundredths, and the low byte of the sum. It shares the
//! frame's header, but `02` would need `B6` as its sum, so the two cannot be mistaken for each other.
//!
//! Rates are 0.5, 1, 2, 4 and 8 Hz; 115,200 baud carries at most 7.46 frames a second, so 8 Hz needs 460,800. Each frame refreshes
//! only half of the pixels (the sensor's chess pattern). There is no counter.

mod command;
mod decoder;

pub use command::{Baud, Command, Rate};
pub use decoder::{Decoder, Item};

use crate::{TooSmall, stream::room};

/// Bytes of a frame.
pub const FRAME_LEN: usize = 1544;
/// Pixels of a row.
pub const WIDTH: usize = 32;
/// Rows of a frame.
pub const HEIGHT: usize = 24;
/// Pixels of a frame.
pub const PIXELS: usize = WIDTH * HEIGHT;
/// The first four bytes of a frame: header, and the length 1538 of what follows but the checksum.
pub const HEADER: [u8; 4] = [0x5A, 0x5A, 0x02, 0x06];
/// Bytes of an emissivity reply.
const REPLY_LEN: usize = 4;

/// A whole frame whose checksum was right, still in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    bytes: &'a [u8; FRAME_LEN],
}

impl<'a> Frame<'a> {
    /// The pixels in hundredths of a °C, in the order sent: rows from the top, each from right to left.
    pub fn pixels(&self) -> impl ExactSizeIterator<Item = i16> + Clone + use<'a> {
        self.words()
            .iter()
            .take(PIXELS)
            .map(|&word| i16::from_le_bytes(word))
    }

    /// The pixels in hundredths of a °C, each row from left to right as the camera sees the scene.
    #[must_use]
    pub fn unmirrored(&self) -> [i16; PIXELS] {
        let mut out = [0; PIXELS];
        for (row, sent) in out
            .as_chunks_mut::<WIDTH>()
            .0
            .iter_mut()
            .zip(self.words().chunks_exact(WIDTH))
        {
            for (pixel, &word) in row.iter_mut().rev().zip(sent) {
                *pixel = i16::from_le_bytes(word);
            }
        }
        out
    }

    /// The module's own temperature in hundredths of a °C.
    #[must_use]
    pub fn ambient(&self) -> i16 {
        self.words()
            .get(PIXELS)
            .copied()
            .map_or(0, i16::from_le_bytes)
    }

    /// The 1544 bytes as sent.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8; FRAME_LEN] {
        self.bytes
    }

    /// The words behind the header: pixels, ambient, checksum.
    fn words(&self) -> &'a [[u8; 2]] {
        self.bytes.as_chunks::<2>().0.get(2..).unwrap_or(&[])
    }
}

/// A temperature in hundredths of a °C as a frame holds it: rounded, and clamped to ±327.67 °C; a NaN gives 0.
#[must_use]
pub fn centi_celsius(celsius: f32) -> i16 {
    let exact = celsius * 100.0;
    (exact + if exact < 0.0 { -0.5 } else { 0.5 }) as i16
}

/// Low 16 bits of the sum of the little-endian words before the checksum.
fn checksum(bytes: &[u8; FRAME_LEN]) -> u16 {
    let (words, _) = bytes.as_chunks::<2>();
    words
        .iter()
        .take(FRAME_LEN / 2 - 1)
        .fold(0, |sum: u16, &word| {
            sum.wrapping_add(u16::from_le_bytes(word))
        })
}

/// Writes a frame and says how many bytes it took: always [`FRAME_LEN`]. `pixels` are in the order sent (rows right to left) and,
/// as `ambient`, in hundredths of a °C.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode(pixels: &[i16; PIXELS], ambient: i16, out: &mut [u8]) -> Result<usize, TooSmall> {
    let needed = TooSmall { needed: FRAME_LEN };
    let bytes = out.first_chunk_mut::<FRAME_LEN>().ok_or(needed)?;
    let values = pixels.iter().chain([&ambient]);
    for (to, from) in bytes.iter_mut().zip(HEADER) {
        *to = from;
    }
    for (word, value) in bytes.as_chunks_mut::<2>().0.iter_mut().skip(2).zip(values) {
        *word = value.to_le_bytes();
    }
    let sum = checksum(bytes).to_le_bytes();
    if let Some(tail) = bytes.last_chunk_mut() {
        *tail = sum;
    }
    Ok(FRAME_LEN)
}

/// The order of a camera's row and of the wire swapped: each row turned round, in place.
pub fn mirror(pixels: &mut [i16; PIXELS]) {
    for row in pixels.as_chunks_mut::<WIDTH>().0 {
        row.reverse();
    }
}

const fn reply_sum(emissivity: u8) -> u8 {
    0x5A_u8.wrapping_add(0x5A).wrapping_add(emissivity)
}

/// Writes the module's reply to an emissivity query, `emissivity` in hundredths, and says how many bytes it took: 4.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode_emissivity(emissivity: u8, out: &mut [u8]) -> Result<usize, TooSmall> {
    room(out, REPLY_LEN)?.copy_from_slice(&[0x5A, 0x5A, emissivity, reply_sum(emissivity)]);
    Ok(REPLY_LEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_runs_right_to_left() {
        let mut pixels = core::array::from_fn(|i| i as i16);
        let mut bytes = [0; FRAME_LEN];
        encode(&pixels, 2345, &mut bytes).unwrap();
        let frame = Frame { bytes: &bytes };
        assert!(frame.pixels().eq(pixels));
        assert_eq!(
            (
                frame.ambient(),
                frame.unmirrored()[0],
                frame.unmirrored()[32]
            ),
            (2345, 31, 63)
        );
        mirror(&mut pixels);
        assert_eq!(frame.unmirrored(), pixels);
    }

    #[test]
    fn temperatures_are_rounded_and_clamped() {
        for (celsius, expect) in [
            (231.3, 23_130),
            (-0.005, -1),
            (2253.0, i16::MAX),
            (-400.0, i16::MIN),
            (f32::NAN, 0),
        ] {
            assert_eq!(centi_celsius(celsius), expect);
        }
    }
}
