//! NeuroSky ThinkGear: one channel of EEG at 512 Hz.
//!
//! A packet is `AA AA`, a payload length of at most 169, the payload, and the complement of the payload's sum. The payload is a
//! list of data rows: `80 02` a raw sample, `02` poor signal, `83 18` eight band powers, and so on (NeuroSky's Communications
//! Protocol). There is no counter, so a loss shows only in the arrival times.
//!
//! Units: a raw count is 1.8 V / 4096 / 2000 ([`volts`], NeuroSky's support pages), and the converter clips at −2048 … 2047. Band
//! powers have no unit, only proportions. Baud: a dongle 115,200, a TGAM module 57,600 for raw data.

use crate::stream::{Carry, Stats, Tally, TooSmall, room};

/// Both bytes of a packet's header.
pub const SYNC: u8 = 0xAA;
/// The longest payload in bytes.
pub const MAX_PAYLOAD: usize = 169;
/// The longest packet in bytes: header, length, payload, checksum.
pub const MAX_PACKET: usize = MAX_PAYLOAD + 4;
/// Raw samples a second, by the chip's own clock.
pub const SAMPLE_RATE_HZ: u32 = 512;
/// Baud rate of a USB dongle.
pub const DONGLE_BAUD: u32 = 115_200;
/// Baud rate of a TGAM module that sends raw data.
pub const TGAM_BAUD: u32 = 57_600;
/// The poor-signal value of a sensor off the skin.
pub const OFF_SKIN: u8 = 200;

/// The volts at the electrode of a raw count.
#[must_use]
pub fn volts(raw: i16) -> f32 {
    f32::from(raw) * (1.8 / 4096.0 / 2000.0)
}

/// The raw count that comes nearest to `volts`, clipped as the converter clips; a NaN gives 0.
#[must_use]
pub fn raw(volts: f32) -> i16 {
    let exact = volts / (1.8 / 4096.0 / 2000.0);
    let half = if exact < 0.0 { -0.5 } else { 0.5 };
    ((exact + half) as i16).clamp(-2048, 2047)
}

/// One data row of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Row<'a> {
    /// `80`: a raw sample in counts.
    Raw(i16),
    /// `02`: how poor the contact is, 0 (good) to 200 ([`OFF_SKIN`]).
    PoorSignal(u8),
    /// `04`: NeuroSky's attention, 0–100.
    Attention(u8),
    /// `05`: NeuroSky's meditation, 0–100.
    Meditation(u8),
    /// `83`: delta, theta, low and high alpha, low and high beta, low and mid gamma; 24 bits each, without unit.
    Bands([u32; 8]),
    /// `D0`–`D4`: what a dongle reports.
    Dongle(Dongle),
    /// A row this crate does not know.
    Unknown {
        /// How many `55` bytes came before the code.
        extended: u8,
        /// The code.
        code: u8,
        /// The value bytes.
        value: &'a [u8],
    },
    /// The rest of a payload that breaks the grammar of rows; nothing follows.
    Malformed(&'a [u8]),
}

/// A dongle's report on its link to a headset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dongle {
    /// `D0`: connected to this headset.
    Connected {
        /// Global headset id.
        id: u16,
    },
    /// `D1`: the wanted headset (0 where any was wanted) was not found.
    NotFound {
        /// Global headset id.
        id: u16,
    },
    /// `D2`: the link to this headset ended.
    Disconnected {
        /// Global headset id.
        id: u16,
    },
    /// `D3`: the last command was refused.
    Denied,
    /// `D4`: not connected; standing by, or scanning for a headset.
    Standby {
        /// Whether it scans.
        scanning: bool,
    },
}

/// A whole packet whose checksum was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet<'a> {
    /// The payload, at most 169 bytes.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// The data rows in the order sent.
    #[must_use]
    pub const fn rows(&self) -> Rows<'a> {
        Rows { rest: self.payload }
    }
}

/// Iterates over the data rows of a payload; see [`Packet::rows`].
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = core::mem::take(&mut self.rest);
        let Some((row, rest)) = split_row(whole) else {
            return Some(Row::Malformed(whole));
        };
        self.rest = rest;
        Some(row)
    }
}

fn split_row(bytes: &[u8]) -> Option<(Row<'_>, &[u8])> {
    const EXTENDED: u8 = 0x55;
    let extended = bytes.iter().take_while(|&&b| b == EXTENDED).count();
    let (&code, rest) = bytes.get(extended..)?.split_first()?;
    let (len, rest) = if code < 0x80 {
        (1, rest)
    } else {
        let (&len, rest) = rest.split_first()?;
        (usize::from(len), rest)
    };
    let (value, rest) = rest.split_at_checked(len)?;
    let id = |hi: u8, lo: u8| u16::from_be_bytes([hi, lo]);
    let row = match (extended, code, value) {
        (0, 0x80, &[hi, lo]) => Row::Raw(i16::from_be_bytes([hi, lo])),
        (0, 0x02, &[v]) => Row::PoorSignal(v),
        (0, 0x04, &[v]) => Row::Attention(v),
        (0, 0x05, &[v]) => Row::Meditation(v),
        (0, 0x83, v) if v.len() == 24 => {
            let mut bands = [0; 8];
            for (band, &[a, b, c]) in bands.iter_mut().zip(v.as_chunks::<3>().0) {
                *band = u32::from_be_bytes([0, a, b, c]);
            }
            Row::Bands(bands)
        }
        (0, 0xD0, &[hi, lo]) => Row::Dongle(Dongle::Connected { id: id(hi, lo) }),
        (0, 0xD1, &[hi, lo]) => Row::Dongle(Dongle::NotFound { id: id(hi, lo) }),
        (0, 0xD1, &[]) => Row::Dongle(Dongle::NotFound { id: 0 }),
        (0, 0xD2, &[hi, lo]) => Row::Dongle(Dongle::Disconnected { id: id(hi, lo) }),
        (0, 0xD3, &[]) => Row::Dongle(Dongle::Denied),
        (0, 0xD4, &[state]) => Row::Dongle(Dongle::Standby {
            scanning: state != 0,
        }),
        _ => Row::Unknown {
            extended: u8::try_from(extended).unwrap_or(u8::MAX),
            code,
            value,
        },
    };
    Some((row, rest))
}

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

/// A stream of bytes in, packets out. Every packet is confirmed by its checksum and delivered with its last byte.
#[derive(Debug, Clone)]
pub struct Decoder {
    carry: Carry<{ 2 * MAX_PACKET }>,
    tally: Tally,
}

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            carry: Carry::new(),
            tally: Tally::new(),
        }
    }

    /// Feeds bytes as they come, in pieces of any size; `on` sees each item in order.
    pub fn push(&mut self, bytes: &[u8], mut on: impl FnMut(Item<'_>)) {
        let Self { carry, tally } = self;
        carry.drive(bytes, |window| step(tally, window, &mut on));
    }

    /// What was seen so far.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.tally.stats
    }

    /// Forgets unfinished bytes (a new connection); the statistics stay.
    pub fn reset(&mut self) {
        self.carry.clear();
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

fn step(tally: &mut Tally, window: &[u8], on: &mut impl FnMut(Item<'_>)) -> Option<usize> {
    let garbage = match *window {
        [] => return None,
        [SYNC] | [SYNC, SYNC] => return None,
        // A third AA is a longer run of syncs: the header may begin with the second.
        [SYNC, SYNC, SYNC, ..] => 1,
        [SYNC, SYNC, len, ref rest @ ..] if usize::from(len) <= MAX_PAYLOAD => {
            let (payload, rest) = rest.split_at_checked(usize::from(len))?;
            let sum = *rest.first()?;
            if checksum(payload) == sum {
                if let Some(bytes) = tally.end_of_skip() {
                    on(Item::Skipped { bytes });
                }
                tally.stats.frames += 1;
                on(Item::Packet(Packet { payload }));
                return Some(payload.len() + 4);
            }
            if let Some(bytes) = tally.end_of_skip() {
                on(Item::Skipped { bytes });
            }
            tally.stats.bad_checksums += 1;
            on(Item::BadChecksum);
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
    tally.skip(garbage, |bytes| on(Item::Skipped { bytes }));
    Some(garbage)
}

/// The checksum byte of a payload: the complement of the low byte of its sum.
#[must_use]
pub fn checksum(payload: &[u8]) -> u8 {
    !payload.iter().fold(0_u8, |sum, &b| sum.wrapping_add(b))
}

/// Writes a packet with these rows and says how many bytes it took.
///
/// # Errors
/// [`TooSmall`] when `out` is too short, or (with `needed` above [`MAX_PACKET`]) when the rows exceed a payload.
pub fn encode(rows: &[Row<'_>], out: &mut [u8]) -> Result<usize, TooSmall> {
    let payload: usize = rows.iter().map(row_len).sum();
    let needed = payload + 4;
    if payload > MAX_PAYLOAD {
        return Err(TooSmall { needed });
    }
    let out = room(out, needed)?;
    let (body, sum) = out.split_at_mut(needed - 1);
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        for (to, from) in body.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
        at += bytes.len();
    };
    put(&[SYNC, SYNC, payload as u8]);
    for row in rows {
        let dongle = |id: u16, code: u8| {
            let [hi, lo] = id.to_be_bytes();
            [code, 2, hi, lo]
        };
        match *row {
            Row::Raw(raw) => {
                let [hi, lo] = raw.to_be_bytes();
                put(&[0x80, 2, hi, lo]);
            }
            Row::PoorSignal(v) => put(&[0x02, v]),
            Row::Attention(v) => put(&[0x04, v]),
            Row::Meditation(v) => put(&[0x05, v]),
            Row::Bands(bands) => {
                put(&[0x83, 24]);
                for band in bands {
                    let [_, a, b, c] = band.min(0xFF_FFFF).to_be_bytes();
                    put(&[a, b, c]);
                }
            }
            Row::Dongle(Dongle::Connected { id }) => put(&dongle(id, 0xD0)),
            Row::Dongle(Dongle::NotFound { id }) => put(&dongle(id, 0xD1)),
            Row::Dongle(Dongle::Disconnected { id }) => put(&dongle(id, 0xD2)),
            Row::Dongle(Dongle::Denied) => put(&[0xD3, 0]),
            Row::Dongle(Dongle::Standby { scanning }) => put(&[0xD4, 1, u8::from(scanning)]),
            Row::Unknown {
                extended,
                code,
                value,
            } => {
                for _ in 0..extended {
                    put(&[0x55]);
                }
                put(&[code]);
                if code >= 0x80 {
                    put(&[value.len() as u8]);
                }
                put(value);
            }
            Row::Malformed(bytes) => put(bytes),
        }
    }
    let check = checksum(body.get(3..).unwrap_or(&[]));
    sum.fill(check);
    Ok(needed)
}

fn row_len(row: &Row<'_>) -> usize {
    match row {
        Row::PoorSignal(_)
        | Row::Attention(_)
        | Row::Meditation(_)
        | Row::Dongle(Dongle::Denied) => 2,
        Row::Dongle(Dongle::Standby { .. }) => 3,
        Row::Raw(_) | Row::Dongle(_) => 4,
        Row::Bands(_) => 26,
        Row::Unknown {
            extended,
            code,
            value,
        } => usize::from(*extended) + 1 + usize::from(*code >= 0x80) + value.len(),
        Row::Malformed(bytes) => bytes.len(),
    }
}

/// A command of the host to a dongle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// `C0`: connect to the headset with this global id.
    Connect(u16),
    /// `C1`: disconnect.
    Disconnect,
    /// `C2`: connect to any headset.
    AutoConnect,
}

impl Command {
    /// Writes the command and says how many bytes it took: 3 for `Connect`, else 1.
    ///
    /// # Errors
    /// [`TooSmall`] when `out` is shorter than that.
    pub fn encode(self, out: &mut [u8]) -> Result<usize, TooSmall> {
        match self {
            Self::Connect(id) => {
                let [hi, lo] = id.to_be_bytes();
                room(out, 3)?.copy_from_slice(&[0xC0, hi, lo]);
                Ok(3)
            }
            Self::Disconnect | Self::AutoConnect => {
                room(out, 1)?.fill(if self == Self::Disconnect { 0xC1 } else { 0xC2 });
                Ok(1)
            }
        }
    }

    /// Reads the command at the front of `bytes`, as a dongle would: the command and its length.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<(Self, usize)> {
        match *bytes {
            [0xC0, hi, lo, ..] => Some((Self::Connect(u16::from_be_bytes([hi, lo])), 3)),
            [0xC1, ..] => Some((Self::Disconnect, 1)),
            [0xC2, ..] => Some((Self::AutoConnect, 1)),
            _ => None,
        }
    }
}
