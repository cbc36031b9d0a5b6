//! NeuroSky ThinkGear: one channel of EEG at 512 Hz.
//!
//! A packet is `AA AA`, a payload length of at most 169, the payload, and the complement of the payload's sum. The payload is a
//! list of data rows: `80 02` a raw sample, `02` poor signal, `83 18` eight band powers, and so on (NeuroSky's Communications
//! Protocol). There is no counter, so a loss shows only in the arrival times.
//!
//! Units: a raw count is 1.8 V / 4096 / 2000 ([`volts`], NeuroSky's support pages), and the converter clips at −2048 … 2047. Band
//! powers have no unit, only proportions. Baud: a dongle 115,200, a TGAM module 57,600 for raw data.

mod command;
mod decoder;
mod encoder;
mod row;

pub use command::Command;
pub use decoder::{Decoder, Item};
pub use encoder::encode;
pub use row::{Dongle, Packet, Row, Rows};

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

/// The checksum byte of a payload: the complement of the low byte of its sum.
#[must_use]
pub fn checksum(payload: &[u8]) -> u8 {
    !payload.iter().fold(0_u8, |sum, &b| sum.wrapping_add(b))
}
