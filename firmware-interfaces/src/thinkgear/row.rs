//! The data rows of a payload.

/// One data row of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Row<'a> {
    /// `80`: a raw sample in counts.
    Raw(i16),
    /// `02`: how poor the contact is, 0 (good) to 200 ([`super::OFF_SKIN`]).
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
