//! Finding packets in a stream.

use super::{MAX_PACKET, MAX_PAYLOAD, Packet, SYNC, checksum};
use crate::stream::{Carry, Stats, Tally};

/// What a [`Decoder`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A packet with the right checksum.
    Packet(Packet<'a>),
    /// A header and a whole payload, but the wrong checksum: a spoiled packet or a false header. Its bytes are searched again.
    BadChecksum,
    /// Bytes thrown away while looking for a sync.
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// A stream of bytes in, packets out.
///
/// While in sync, a packet is delivered with its last byte. After bytes were skipped, a candidate must also be followed by the next
/// packet's header: the checksum of 8 bits passes one piece of garbage in 256, and one such could hide twenty short packets.
#[derive(Debug, Clone)]
pub struct Decoder {
    carry: Carry<{ 2 * MAX_PACKET }>,
    sync: Sync,
}

#[derive(Debug, Clone, Copy)]
struct Sync {
    tally: Tally,
    /// The window begins where a packet ended, or the stream began.
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
        let garbage = match *window {
            [] | [SYNC] | [SYNC, SYNC] => return None,
            // A third AA is a longer run of syncs: the header may begin with the second.
            [SYNC, SYNC, SYNC, ..] => 1,
            [SYNC, SYNC, len, ref rest @ ..] if usize::from(len) <= MAX_PAYLOAD => {
                let (payload, rest) = rest.split_at_checked(usize::from(len))?;
                let (&sum, next) = rest.split_first()?;
                let right = checksum(payload) == sum;
                if right && (self.aligned || *next.first_chunk()? == [SYNC, SYNC]) {
                    self.end_of_skip(on);
                    self.tally.stats.frames += 1;
                    self.aligned = true;
                    on(Item::Packet(Packet { payload }));
                    return Some(payload.len() + 4);
                }
                if !right {
                    self.end_of_skip(on);
                    self.tally.stats.bad_checksums += 1;
                    on(Item::BadChecksum);
                }
                // The length byte is no sync, so no header can begin before it; the payload is searched again.
                2
            }
            [SYNC, SYNC, ..] => 3,
            [SYNC, ..] => 2,
            _ => window
                .iter()
                .position(|&b| b == SYNC)
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
