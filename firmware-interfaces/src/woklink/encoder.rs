//! From a message to bytes on the wire.

use super::{CRC_LEN, HEADER_LEN, Header, MAX_PAYLOAD, Message, VERSION};
use crate::TooSmall;
use crate::crc::Crc;

/// Writes one frame, COBS and delimiter included, and says how many bytes it took; [`super::MAX_WIRE`] always suffice.
///
/// # Errors
/// [`TooSmall`] when `out` is too short, or (with `needed` above [`super::MAX_WIRE`]) when the payload exceeds [`MAX_PAYLOAD`].
pub fn encode(header: Header, message: &Message<'_>, out: &mut [u8]) -> Result<usize, TooSmall> {
    let payload = message.payload_len();
    let frame = HEADER_LEN + payload + CRC_LEN;
    let most = TooSmall {
        needed: frame + frame / 254 + 2,
    };
    if payload > MAX_PAYLOAD {
        return Err(most);
    }
    let mut cobs = Cobs {
        out,
        code_at: 0,
        at: 1,
    };
    let mut crc = Crc::new();
    let mut put = |bytes: &[u8]| {
        for &byte in bytes {
            crc.byte(byte);
            cobs.put(byte);
        }
    };
    put(&[VERSION, message.kind()]);
    put(&header.sequence.to_le_bytes());
    put(&header.time_us.to_le_bytes());
    message.write(&mut put);
    crc.value()
        .to_le_bytes()
        .into_iter()
        .for_each(|byte| cobs.put(byte));
    cobs.end().ok_or(most)
}

/// Numbers the frames of one sender.
#[derive(Debug, Clone, Copy, Default)]
pub struct Encoder {
    sequence: u16,
}

impl Encoder {
    /// The next frame has sequence number 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { sequence: 0 }
    }

    /// Writes the next frame; `time_us` is in µs of the sender's clock.
    ///
    /// # Errors
    /// As [`encode`]; the sequence number is not spent then.
    pub fn encode(
        &mut self,
        time_us: u64,
        message: &Message<'_>,
        out: &mut [u8],
    ) -> Result<usize, TooSmall> {
        let n = encode(
            Header {
                sequence: self.sequence,
                time_us,
            },
            message,
            out,
        )?;
        self.sequence = self.sequence.wrapping_add(1);
        Ok(n)
    }
}

/// Consistent overhead byte stuffing (Cheshire and Baker 1999): no zero byte inside, a code byte before each run of others.
struct Cobs<'a> {
    out: &'a mut [u8],
    /// Where the code byte of the current run stands.
    code_at: usize,
    /// Where the next byte goes; beyond the end of `out` once it is full.
    at: usize,
}

impl Cobs<'_> {
    fn put(&mut self, byte: u8) {
        if byte == 0 {
            self.close();
        } else {
            self.set(self.at, byte);
            self.at += 1;
            if self.at - self.code_at == 0xFF {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        self.set(self.code_at, (self.at - self.code_at) as u8);
        self.code_at = self.at;
        self.at += 1;
    }

    /// The whole length, or `None` when it did not fit.
    fn end(mut self) -> Option<usize> {
        self.close();
        self.set(self.code_at, 0);
        (self.code_at < self.out.len()).then_some(self.at)
    }

    fn set(&mut self, at: usize, byte: u8) {
        if let Some(slot) = self.out.get_mut(at) {
            *slot = byte;
        }
    }
}
