//! From bytes on the wire to messages.

use super::{CRC_LEN, HEADER_LEN, Header, MAX_FRAME, Message, VERSION};
use crate::crc::crc32;
use crate::stream::{Stats, Tally};

/// What a [`Decoder`] finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Item<'a> {
    /// A message whose checksum was right.
    Message {
        /// Sequence number and device time.
        header: Header,
        /// The message.
        message: Message<'a>,
    },
    /// The sequence number jumped: this many frames are missing before the next message, modulo 65,536.
    Gap {
        /// Frames missing.
        lost: u32,
    },
    /// A frame with a right checksum of a version this crate does not speak; it is not read.
    UnsupportedVersion {
        /// The frame's version.
        version: u8,
    },
    /// A whole frame whose checksum was wrong.
    BadChecksum,
    /// Bytes thrown away: spoiled frames, and what came before the first delimiter.
    Skipped {
        /// How many.
        bytes: u32,
    },
}

/// A stream of bytes in, messages out. A message is delivered with its delimiter.
///
/// What the zero bytes separate is decoded on its own, so a spoiled frame costs only itself, and at most the frame that follows
/// when its delimiter was spoiled.
#[derive(Debug, Clone)]
pub struct Decoder {
    frame: [u8; MAX_FRAME],
    /// Decoded bytes of the frame so far.
    len: usize,
    /// Wire bytes since the last delimiter.
    wire: usize,
    /// Bytes of the current COBS run still to come; 0: a code byte is next.
    run: u8,
    /// The run that just ends stands for a zero byte, unless the frame ends too.
    zero: bool,
    state: State,
    tally: Tally,
    last: Option<u16>,
    boot_id: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No delimiter seen yet: the stream may have begun inside a frame.
    Unsynced,
    /// Between two delimiters.
    Synced,
    /// Too long for a frame: thrown away until the next delimiter.
    Overlong,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            frame: [0; MAX_FRAME],
            len: 0,
            wire: 0,
            run: 0,
            zero: false,
            state: State::Unsynced,
            tally: Tally::new(),
            last: None,
            boot_id: None,
        }
    }

    /// Feeds bytes as they come, in pieces of any size; `on` sees each item in order.
    pub fn push(&mut self, mut bytes: &[u8], mut on: impl FnMut(Item<'_>)) {
        while let Some((&byte, rest)) = bytes.split_first() {
            if byte == 0 {
                self.end_of_frame(&mut on);
                bytes = rest;
            } else if self.state == State::Overlong {
                let n = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
                self.tally.skip(n, |bytes| on(Item::Skipped { bytes }));
                bytes = bytes.get(n..).unwrap_or(&[]);
            } else if self.run == 0 {
                self.wire += 1;
                // A run of 254 bytes (code FF) is followed by no zero.
                let fits = !self.zero || self.append(&[0]);
                self.run = byte - 1;
                self.zero = byte != 0xFF;
                if !fits {
                    self.overlong(&mut on);
                }
                bytes = rest;
            } else {
                let run = bytes.get(..usize::from(self.run)).unwrap_or(bytes);
                let n = run.iter().position(|&b| b == 0).unwrap_or(run.len());
                self.wire += n;
                self.run -= n as u8;
                if !self.append(run.get(..n).unwrap_or(run)) {
                    self.overlong(&mut on);
                }
                bytes = bytes.get(n..).unwrap_or(&[]);
            }
        }
    }

    /// What was seen so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.tally.stats
    }

    /// Forgets the unfinished frame, the sequence number and the boot (a new connection); the statistics stay.
    pub fn reset(&mut self) {
        self.begin(State::Unsynced);
        self.last = None;
        self.boot_id = None;
    }

    fn append(&mut self, bytes: &[u8]) -> bool {
        let Some(room) = self.frame.get_mut(self.len..self.len + bytes.len()) else {
            return false;
        };
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len += bytes.len();
        true
    }

    fn begin(&mut self, state: State) {
        (self.len, self.wire, self.run, self.zero, self.state) = (0, 0, 0, false, state);
    }

    fn overlong(&mut self, on: &mut impl FnMut(Item<'_>)) {
        self.tally
            .skip(self.wire, |bytes| on(Item::Skipped { bytes }));
        self.begin(State::Overlong);
    }

    fn end_of_frame(&mut self, on: &mut impl FnMut(Item<'_>)) {
        // Delimiters in a row are legal: a sender flushes the line with them.
        if self.wire > 0 || self.state == State::Overlong {
            let wire = self.wire + 1;
            if !self.deliver(on) {
                self.tally.skip(wire, |bytes| on(Item::Skipped { bytes }));
            }
        }
        self.begin(State::Synced);
    }

    /// Checks and delivers the frame in the buffer; false when it is spoiled.
    fn deliver(&mut self, on: &mut impl FnMut(Item<'_>)) -> bool {
        let Self {
            frame,
            len,
            run,
            state,
            tally,
            last,
            boot_id,
            ..
        } = self;
        let cut = *run > 0 || *len < HEADER_LEN + CRC_LEN || *state == State::Overlong;
        let whole = frame
            .get(..*len)
            .and_then(|frame| frame.split_last_chunk::<CRC_LEN>());
        let Some((body, crc)) = whole.filter(|_| !cut) else {
            return false;
        };
        if crc32(body) != u32::from_le_bytes(*crc) {
            // What came before the first delimiter was never a frame that could be spoiled.
            if *state == State::Synced {
                end_of_skip(tally, on);
                tally.stats.bad_checksums += 1;
                on(Item::BadChecksum);
            }
            return false;
        }
        let Some((&[version, kind, s0, s1, t0, t1, t2, t3, t4, t5, t6, t7], payload)) =
            body.split_first_chunk::<HEADER_LEN>()
        else {
            return false;
        };
        end_of_skip(tally, on);
        tally.stats.frames += 1;
        if version != VERSION {
            on(Item::UnsupportedVersion { version });
            return true;
        }
        let header = Header {
            sequence: u16::from_le_bytes([s0, s1]),
            time_us: u64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]),
        };
        let message = Message::decode(kind, payload);
        if let Message::Hello(hello) = message
            && boot_id.replace(hello.boot_id) != Some(hello.boot_id)
        {
            *last = None;
        }
        if let Some(last) = *last {
            let lost = u32::from(header.sequence.wrapping_sub(last).wrapping_sub(1));
            if lost > 0 {
                tally.gap(lost);
                on(Item::Gap { lost });
            }
        }
        *last = Some(header.sequence);
        on(Item::Message { header, message });
        true
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

fn end_of_skip(tally: &mut Tally, on: &mut impl FnMut(Item<'_>)) {
    if let Some(bytes) = tally.end_of_skip() {
        on(Item::Skipped { bytes });
    }
}
