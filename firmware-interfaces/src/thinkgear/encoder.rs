//! From rows to a packet.

use super::{Dongle, MAX_PAYLOAD, Row, SYNC, checksum};
use crate::{TooSmall, stream::room};

/// Writes a packet with these rows and says how many bytes it took.
///
/// # Errors
/// [`TooSmall`] when `out` is too short, or (with `needed` above [`super::MAX_PACKET`]) when the rows exceed a payload.
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
