//! From samples to a feed's bytes.

use super::{ByteOrder, Format, Number, Shape, Stamp, pattern};
use crate::stream::TooSmall;

/// Writes as far as there is room, and counts on.
struct Writer<'a> {
    out: &'a mut [u8],
    len: usize,
    order: ByteOrder,
}

impl Writer<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(room) = self.out.get_mut(self.len..self.len + bytes.len()) {
            room.copy_from_slice(bytes);
        }
        self.len += bytes.len();
    }

    fn ordered<const N: usize>(&mut self, mut little: [u8; N]) {
        if self.order == ByteOrder::Big {
            little.reverse();
        }
        self.bytes(&little);
    }

    fn stamp(&mut self, stamp: Stamp) {
        match stamp {
            Stamp::Deduced => self.bytes(&[1]),
            Stamp::Seconds(seconds) => {
                self.bytes(&[2]);
                self.ordered(seconds.to_le_bytes());
            }
        }
    }

    fn number(&mut self, number: Number) {
        match number {
            Number::Float32(v) => self.ordered(v.to_le_bytes()),
            Number::Double64(v) => self.ordered(v.to_le_bytes()),
            Number::Int32(v) => self.ordered(v.to_le_bytes()),
            Number::Int16(v) => self.ordered(v.to_le_bytes()),
            Number::Int8(v) => self.ordered(v.to_le_bytes()),
            Number::Int64(v) => self.ordered(v.to_le_bytes()),
        }
    }

    /// As liblsl does: a length of one, four or eight bytes.
    fn text(&mut self, text: &[u8]) {
        if let Ok(len) = u8::try_from(text.len()) {
            self.bytes(&[1, len]);
        } else if let Ok(len) = u32::try_from(text.len()) {
            self.bytes(&[4]);
            self.ordered(len.to_le_bytes());
        } else {
            self.bytes(&[8]);
            self.ordered((text.len() as u64).to_le_bytes());
        }
        self.bytes(text);
    }

    fn finish(self) -> Result<usize, TooSmall> {
        if self.len <= self.out.len() {
            Ok(self.len)
        } else {
            Err(TooSmall { needed: self.len })
        }
    }
}

/// Writes a sample of numbers; the bytes written. What the numbers are is the caller's to keep to.
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than the sample.
pub fn encode(
    stamp: Stamp,
    numbers: &[Number],
    order: ByteOrder,
    out: &mut [u8],
) -> Result<usize, TooSmall> {
    let mut writer = Writer { out, len: 0, order };
    writer.stamp(stamp);
    numbers.iter().for_each(|number| writer.number(*number));
    writer.finish()
}

/// Writes a sample of texts; the bytes written.
///
/// # Errors
/// As [`encode`].
pub fn encode_texts(
    stamp: Stamp,
    texts: &[&str],
    order: ByteOrder,
    out: &mut [u8],
) -> Result<usize, TooSmall> {
    let mut writer = Writer { out, len: 0, order };
    writer.stamp(stamp);
    texts.iter().for_each(|text| writer.text(text.as_bytes()));
    writer.finish()
}

/// Writes the two test patterns that a feed begins with; the bytes written.
///
/// # Errors
/// As [`encode`].
pub fn encode_patterns(shape: Shape, out: &mut [u8]) -> Result<usize, TooSmall> {
    let mut writer = Writer {
        out,
        len: 0,
        order: shape.order,
    };
    for offset in pattern::OFFSETS {
        writer.stamp(Stamp::Seconds(pattern::STAMP));
        for channel in 0..shape.channels {
            match pattern::number(shape.format, offset, channel) {
                Some(number) => writer.number(number),
                None => writer.text(pattern::Text::new(channel).as_bytes()),
            }
        }
    }
    debug_assert!(shape.format == Format::Text || writer.len > 0);
    writer.finish()
}
