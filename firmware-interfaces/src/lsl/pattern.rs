//! The two samples that every feed begins with, so that a misread format is seen at once.

use super::{Format, Number};

/// Stamp of a test pattern, in seconds.
pub(super) const STAMP: f64 = 123_456.789;
/// What the first and the second are counted from.
pub(super) const OFFSETS: [u32; 2] = [4, 2];

/// The value of a channel (from 0): counted up from an offset of the format's own, every other one negative.
pub(super) fn number(format: Format, offset: u32, channel: u32) -> Option<Number> {
    let count = |base: i64, limit: i64| {
        let value = (base + i64::from(offset) + i64::from(channel)) % limit;
        if channel.is_multiple_of(2) {
            value
        } else {
            -value
        }
    };
    Some(match format {
        // Exact: counts stay below 2²⁴.
        Format::Float32 => Number::Float32(count(0, i64::MAX) as f32),
        Format::Double64 => Number::Double64(count(16_777_217, i64::MAX) as f64),
        Format::Int32 => Number::Int32(count(65_537, i64::from(i32::MAX)) as i32),
        Format::Int16 => Number::Int16(count(257, i64::from(i16::MAX)) as i16),
        Format::Int8 => Number::Int8(count(1, i64::from(i8::MAX)) as i8),
        Format::Int64 => Number::Int64(count(2_147_483_649, i64::MAX)),
        Format::Text => return None,
    })
}

/// The text of a channel (from 0): `10`, `-11`, `12`, …
pub(super) struct Text {
    bytes: [u8; 11],
    start: usize,
}

impl Text {
    pub(super) fn new(channel: u32) -> Self {
        let mut text = Self {
            bytes: [0; 11],
            start: 11,
        };
        let mut rest = channel.saturating_add(10);
        while rest > 0 {
            text.put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        if channel % 2 == 1 {
            text.put(b'-');
        }
        text
    }

    fn put(&mut self, byte: u8) {
        self.start -= 1;
        self.bytes[self.start] = byte;
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}
