//! Finding frames and replies in a stream.

use super::{FRAME_LEN, Frame, HEADER, REPLY_LEN, checksum, reply_sum};
use crate::stream::{Carry, Stats, Tally};

/// What a [`Decoder`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A frame with the right checksum.
    Frame(Frame<'a>),
    /// The reply to [`super::Command::QueryEmissivity`], in hundredths (95 is 0.95).
    Emissivity(u8),
    /// A frame's header and 1544 bytes, but the wrong checksum: a spoiled frame or a false header. Its bytes are searched again.
    BadChecksum,
    /// Bytes thrown away while looking for a sync.
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// A stream of bytes in, frames out. A frame is confirmed by its checksum and delivered with its last byte.
#[derive(Debug, Clone)]
pub struct Decoder {
    carry: Carry<{ 2 * FRAME_LEN }>,
    sync: Sync,
}

#[derive(Debug, Clone, Copy)]
struct Sync {
    tally: Tally,
    /// The window begins where a frame or reply ended, or the stream began. Only there is a reply believed: its sum of 8 bits is
    /// too weak against 231.3 °C pixels, which read `5A 5A`.
    aligned: bool,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: Carry::new(),
            sync: Sync {
                tally: Tally::new(),
                aligned: true,
            },
        }
    }

    /// Feeds bytes as they come, in pieces of any size; `on` sees each item in order.
    pub fn push(&mut self, bytes: &[u8], mut on: impl FnMut(Item<'_>)) {
        let Self { carry, sync } = self;
        carry.drive(bytes, |window| sync.step(window, &mut on));
    }

    /// What was seen so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.sync.tally.stats
    }

    /// Forgets unfinished bytes (a new connection); the statistics stay.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.sync.aligned = true;
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Sync {
    fn step(&mut self, window: &[u8], on: &mut impl FnMut(Item<'_>)) -> Option<usize> {
        const MARK: u8 = HEADER[0];
        let garbage = match *window {
            [] | [MARK] | [MARK, MARK] | [MARK, MARK, _] => return None,
            [MARK, MARK, a, b, ..] if [MARK, MARK, a, b] == HEADER => {
                let bytes = window.first_chunk::<FRAME_LEN>()?;
                self.end_of_skip(on);
                if checksum(bytes).to_le_bytes() == bytes[FRAME_LEN - 2..] {
                    self.tally.stats.frames += 1;
                    self.aligned = true;
                    on(Item::Frame(Frame { bytes }));
                    return Some(FRAME_LEN);
                }
                self.tally.stats.bad_checksums += 1;
                on(Item::BadChecksum);
                1
            }
            [MARK, MARK, emissivity, sum, ..] if self.aligned && sum == reply_sum(emissivity) => {
                self.end_of_skip(on);
                self.tally.stats.frames += 1;
                on(Item::Emissivity(emissivity));
                return Some(REPLY_LEN);
            }
            [MARK, ..] => 1,
            _ => window
                .iter()
                .position(|&b| b == MARK)
                .unwrap_or(window.len()),
        };
        self.aligned = false;
        self.tally
            .skip(garbage, |bytes| on(Item::Skipped { bytes }));
        Some(garbage)
    }

    fn end_of_skip(&mut self, on: &mut impl FnMut(Item<'_>)) {
        if let Some(bytes) = self.tally.end_of_skip() {
            on(Item::Skipped { bytes });
        }
    }
}
