//! What stands before a feed's samples where they are kept: this project's own, not LSL's.

use super::{ByteOrder, Format, MAX_CHANNELS, Shape};
use crate::crc::crc32;
use crate::stream::{TooSmall, room};

/// What every header begins with; no sample does.
pub(super) const MAGIC: [u8; 4] = *b"WLSL";
const VERSION: u8 = 1;
/// Bytes of a header.
pub const HEADER_LEN: usize = 28;

/// Says what samples follow.
///
/// ```text
/// 0  "WLSL"          8  channels, u32 LE
/// 4  version 1      12  nominal rate, f64 LE
/// 5  flags          20  scale, f32 LE
/// 6  format, 1–7    24  CRC-32/ISO-HDLC of bytes 0–23, u32 LE
/// 7  0
/// ```
/// Flags: 1 for a new connection, whose test patterns follow; 2 for big-endian numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Header {
    /// Of the samples.
    pub shape: Shape,
    /// Nominal samples a second; 0 where they come as they may.
    pub rate_hz: f64,
    /// What a value of 1 means, in the unit of whoever reads it (µV for EEG).
    pub scale: f32,
    /// Whether a connection begins here; else it is said again for who joins late.
    pub begins: bool,
}

impl Header {
    /// Writes it; the bytes written, [`HEADER_LEN`].
    ///
    /// # Errors
    /// [`TooSmall`] when `out` is shorter.
    pub fn encode(&self, out: &mut [u8]) -> Result<usize, TooSmall> {
        let out = room(out, HEADER_LEN)?;
        let big = self.shape.order == ByteOrder::Big;
        out[..4].copy_from_slice(&MAGIC);
        out[4] = VERSION;
        out[5] = u8::from(self.begins) | u8::from(big) << 1;
        out[6] = code(self.shape.format);
        out[7] = 0;
        out[8..12].copy_from_slice(&self.shape.channels.to_le_bytes());
        out[12..20].copy_from_slice(&self.rate_hz.to_le_bytes());
        out[20..24].copy_from_slice(&self.scale.to_le_bytes());
        let crc = crc32(&out[..24]);
        out[24..].copy_from_slice(&crc.to_le_bytes());
        Ok(HEADER_LEN)
    }

    /// Reads it; `None` when it is none, is spoiled, or says what cannot be.
    #[must_use]
    pub fn parse(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (content, crc) = bytes.split_last_chunk::<4>()?;
        if !content.starts_with(&MAGIC)
            || u32::from_le_bytes(*crc) != crc32(content)
            || (bytes[4], bytes[7]) != (VERSION, 0)
            || bytes[5] > 3
        {
            return None;
        }
        let format = Format::ALL
            .into_iter()
            .find(|format| code(*format) == bytes[6])?;
        let header = Self {
            shape: Shape {
                format,
                channels: u32::from_le_bytes(*content[8..].first_chunk()?),
                order: if bytes[5] & 2 == 0 {
                    ByteOrder::Little
                } else {
                    ByteOrder::Big
                },
            },
            rate_hz: f64::from_le_bytes(*content[12..].first_chunk()?),
            scale: f32::from_le_bytes(*content[20..].first_chunk()?),
            begins: bytes[5] & 1 == 1,
        };
        let sound = (1..=MAX_CHANNELS).contains(&header.shape.channels)
            && (0.0..=1e6).contains(&header.rate_hz)
            && header.scale.is_finite();
        sound.then_some(header)
    }
}

/// LSL's own numbers of the formats.
const fn code(format: Format) -> u8 {
    match format {
        Format::Float32 => 1,
        Format::Double64 => 2,
        Format::Text => 3,
        Format::Int32 => 4,
        Format::Int16 => 5,
        Format::Int8 => 6,
        Format::Int64 => 7,
    }
}
