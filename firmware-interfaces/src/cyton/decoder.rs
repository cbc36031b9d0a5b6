//! Finding packets in a stream that has no checksum.

use super::{HEADER, PACKET_LEN, Packet, Stop};
use crate::stream::{Carry, Stats, Tally};

/// What a [`Decoder`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// One sample.
    Packet(&'a Packet),
    /// The sample number jumped: this many packets are missing before the next one, **modulo 256** (the counter is one byte). A
    /// board that restarts its numbers looks like a gap too; call [`Decoder::reset`] after `b` or `v`.
    Gap {
        /// Packets missing, modulo 256.
        lost: u32,
    },
    /// Bytes thrown away while looking for a sync (text replies of the board among them).
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// A stream of bytes in, samples out.
///
/// While in sync, a packet is delivered with its last byte. While hunting, a candidate waits for one byte more, the header of the
/// next packet; that is what keeps an `A0 … CX` inside a payload from being taken for a packet.
#[derive(Debug, Clone)]
pub struct Decoder {
    carry: Carry<{ 2 * PACKET_LEN }>,
    sync: Sync,
}

#[derive(Debug, Clone, Copy)]
struct Sync {
    tally: Tally,
    locked: bool,
    last: Option<u8>,
}

impl Decoder {
    /// A decoder that hunts for its first packet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: Carry::new(),
            sync: Sync {
                tally: Tally::new(),
                locked: false,
                last: None,
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

    /// Forgets sync, sample number and unfinished bytes (a new connection, a board reset); the statistics stay.
    pub fn reset(&mut self) {
        self.carry.clear();
        self.sync.locked = false;
        self.sync.last = None;
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Sync {
    fn step(&mut self, window: &[u8], on: &mut impl FnMut(Item<'_>)) -> Option<usize> {
        if !self.locked {
            let garbage = window
                .iter()
                .position(|&b| b == HEADER)
                .unwrap_or(window.len());
            if garbage > 0 {
                return Some(self.skip(garbage, on));
            }
        }
        if *window.first()? != HEADER {
            self.locked = false;
            return Some(self.skip(1, on));
        }
        let bytes = window.first_chunk::<PACKET_LEN>()?;
        if Stop::from_byte(bytes[PACKET_LEN - 1]).is_none()
            || (!self.locked && *window.get(PACKET_LEN)? != HEADER)
        {
            self.locked = false;
            return Some(self.skip(1, on));
        }
        let packet = Packet::decode(bytes)?;
        if let Some(bytes) = self.tally.end_of_skip() {
            on(Item::Skipped { bytes });
        }
        if let Some(last) = self.last {
            let lost = u32::from(packet.number.wrapping_sub(last).wrapping_sub(1));
            if lost > 0 {
                self.tally.gap(lost);
                on(Item::Gap { lost });
            }
        }
        self.last = Some(packet.number);
        self.locked = true;
        self.tally.stats.frames += 1;
        on(Item::Packet(&packet));
        Some(PACKET_LEN)
    }

    fn skip(&mut self, n: usize, on: &mut impl FnMut(Item<'_>)) -> usize {
        self.tally.skip(n, |bytes| on(Item::Skipped { bytes }));
        n
    }
}
