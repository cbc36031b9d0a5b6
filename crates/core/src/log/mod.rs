//! The event log as bytes: what a recorder writes and a replay reads. No file is opened here.
//!
//! A log begins with [`MAGIC`]; then come frames: length (u32), CRC-32 of the body (u32), body; all
//! little-endian. A log that was cut off is read up to its last whole frame.

mod epoch;
mod fields;
mod wire;

use crate::event::Event;

/// The first bytes of every log: the name and the version of its layout.
pub const MAGIC: [u8; 8] = *b"WOKLOG\x00\x01";
/// Longest body accepted: a video frame with room.
const MAX_BODY: usize = 1 << 20;

/// Why bytes are no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogError {
    /// The log does not begin with [`MAGIC`]: another file, or another version.
    NotALog,
    /// The frame is not whole yet: read on, or take it for the end of a log that was cut off.
    Short,
    /// The checksum is wrong, or the length cannot be.
    Spoiled,
    /// The body has a right checksum and means nothing to this version.
    Unknown,
}

impl core::fmt::Display for LogError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotALog => "this is no event log of this version of wokd",
            Self::Short => "the event log ends within an event",
            Self::Spoiled => "the event log is spoiled here: the checksum is wrong",
            Self::Unknown => "the event log holds an event that this version does not know",
        })
    }
}

impl core::error::Error for LogError {}

/// Appends one event's frame.
pub fn write(event: &Event, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    wire::write(event, out);
    let body = &out[start + 8..];
    let (len, crc) = (body.len() as u32, crc32fast::hash(body));
    out[start..start + 4].copy_from_slice(&len.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
}

/// Checks the beginning of a log and returns what follows it.
///
/// # Errors
/// [`LogError::NotALog`].
pub fn open(bytes: &[u8]) -> Result<&[u8], LogError> {
    bytes.strip_prefix(&MAGIC).ok_or(LogError::NotALog)
}

/// Reads the event at the front and says how many bytes it took.
///
/// # Errors
/// Any [`LogError`] but [`LogError::NotALog`].
pub fn read(bytes: &[u8]) -> Result<(Event, usize), LogError> {
    let Some((head, rest)) = bytes.split_first_chunk::<8>() else {
        return Err(LogError::Short);
    };
    let [a, b, c, d, e, f, g, h] = *head;
    let len = u32::from_le_bytes([a, b, c, d]) as usize;
    if len > MAX_BODY {
        return Err(LogError::Spoiled);
    }
    let body = rest.get(..len).ok_or(LogError::Short)?;
    if crc32fast::hash(body) != u32::from_le_bytes([e, f, g, h]) {
        return Err(LogError::Spoiled);
    }
    Ok((wire::read(body).ok_or(LogError::Unknown)?, 8 + len))
}

#[cfg(test)]
mod tests;
