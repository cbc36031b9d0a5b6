//! OpenBCI Cyton: 8 channels of EEG at 250 Hz through a serial dongle (115,200 baud, 8N1).
//!
//! A packet is 33 bytes: `A0`, a sample number (u8, wraps 255 → 0), 8 × i24 big-endian, 6 auxiliary bytes, a stop byte `C0`–`C6`.
//! There is no checksum, and `A0 … CX` occurs inside payloads, so the [`Decoder`] confirms a new sync by the next packet's header.
//!
//! Units: a count is 4.5 V / gain / (2²³ − 1), that is 0.02235 µV at gain 24 ([`microvolts`]). An accelerometer count is 0.002/16 g.
//! The sample number is one byte: a loss of exactly 256 packets cannot be seen, and one of 256 + n looks like n. The reader unwraps
//! it with the arrival time (conventions of the clock model, not of this crate).

mod aux;
mod channel;
mod command;
pub mod daisy;
mod decoder;

pub use aux::{Acceleration, Aux, Axis, AxisForm, COUNTS_PER_G, Timed};
pub use channel::{ChannelSetting, Gain, Input};
pub use command::{Command, ReplyEnd};
pub use decoder::{Decoder, Item};

use crate::{TooSmall, stream::room};

/// Bytes of a packet.
pub const PACKET_LEN: usize = 33;
/// The first byte of a packet.
pub const HEADER: u8 = 0xA0;
/// EEG channels in a packet.
pub const CHANNELS: usize = 8;
/// Samples a second of an 8-channel board, by its own clock.
pub const SAMPLE_RATE_HZ: u32 = 250;
/// Baud rate of the dongle's serial port.
pub const BAUD: u32 = 115_200;
/// The reference voltage of the ADS1299, in volts.
pub const VREF_VOLTS: f64 = 4.5;
/// The largest channel count, 2²³ − 1: an input at or beyond +full scale ("railed").
pub const MAX_COUNT: i32 = 0x7F_FFFF;
/// The smallest channel count, −2²³.
pub const MIN_COUNT: i32 = -0x80_0000;

/// The last byte of a packet, which says what the auxiliary bytes hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stop {
    /// `C0`: accelerometer, three i16 big-endian; all zero when there is no new value.
    Accelerometer,
    /// `C1`: raw auxiliary (analogue or digital pins).
    RawAux,
    /// `C2`: whatever a user's firmware put there.
    User,
    /// `C3`: board time just set, with accelerometer.
    AccelerometerTimeSet,
    /// `C4`: board time, with accelerometer.
    AccelerometerTimed,
    /// `C5`: board time just set, with raw auxiliary.
    RawAuxTimeSet,
    /// `C6`: board time, with raw auxiliary.
    RawAuxTimed,
}

impl Stop {
    /// Every stop byte, in order.
    pub const ALL: [Self; 7] = [
        Self::Accelerometer,
        Self::RawAux,
        Self::User,
        Self::AccelerometerTimeSet,
        Self::AccelerometerTimed,
        Self::RawAuxTimeSet,
        Self::RawAuxTimed,
    ];

    /// The stop byte on the wire, `0xC0`–`0xC6`.
    #[must_use]
    pub const fn byte(self) -> u8 {
        0xC0 + self as u8
    }

    /// The stop that a byte stands for, or `None` outside `0xC0`–`0xC6`.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0xC0 => Self::Accelerometer,
            0xC1 => Self::RawAux,
            0xC2 => Self::User,
            0xC3 => Self::AccelerometerTimeSet,
            0xC4 => Self::AccelerometerTimed,
            0xC5 => Self::RawAuxTimeSet,
            0xC6 => Self::RawAuxTimed,
            _ => return None,
        })
    }
}

/// One packet: a sample of eight channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Packet {
    /// The sample number, which wraps from 255 to 0.
    pub number: u8,
    /// Channels 1–8 in counts, −2²³ … 2²³ − 1.
    pub channels: [i32; CHANNELS],
    /// What `aux` holds.
    pub stop: Stop,
    /// The auxiliary bytes as sent; [`Packet::aux`] reads them.
    pub aux: [u8; 6],
}

impl Packet {
    /// Reads a packet from its 33 bytes, or `None` where header or stop byte are not a packet's.
    #[must_use]
    pub fn decode(bytes: &[u8; PACKET_LEN]) -> Option<Self> {
        let [header, number, body @ .., a0, a1, a2, a3, a4, a5, stop] = bytes;
        let stop = Stop::from_byte(*stop)?;
        if *header != HEADER {
            return None;
        }
        let mut channels = [0; CHANNELS];
        for (channel, i24) in channels.iter_mut().zip(body.as_chunks::<3>().0) {
            let [high, middle, low] = *i24;
            // The low byte stays empty, and the shift back carries the sign.
            *channel = i32::from_be_bytes([high, middle, low, 0]) >> 8;
        }
        Some(Self {
            number: *number,
            channels,
            stop,
            aux: [*a0, *a1, *a2, *a3, *a4, *a5],
        })
    }

    /// The 33 bytes of this packet; channels are clamped to what 24 bits hold.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PACKET_LEN] {
        let mut bytes = [0; PACKET_LEN];
        let [header, number, body @ .., a0, a1, a2, a3, a4, a5, stop] = &mut bytes;
        (*header, *number, *stop) = (HEADER, self.number, self.stop.byte());
        [*a0, *a1, *a2, *a3, *a4, *a5] = self.aux;
        for (i24, channel) in body.as_chunks_mut::<3>().0.iter_mut().zip(self.channels) {
            let [_, high, middle, low] = channel.clamp(MIN_COUNT, MAX_COUNT).to_be_bytes();
            *i24 = [high, middle, low];
        }
        bytes
    }

    /// The auxiliary bytes, read as the stop byte says. `form` tells how the board writes the axes of timed packets.
    #[must_use]
    pub fn aux(&self, form: AxisForm) -> Aux {
        Aux::decode(self.number, self.stop, self.aux, form)
    }
}

/// Writes `packet` into `out` and says how many bytes it took: always [`PACKET_LEN`].
///
/// # Errors
/// [`TooSmall`] when `out` is shorter than that.
pub fn encode(packet: &Packet, out: &mut [u8]) -> Result<usize, TooSmall> {
    room(out, PACKET_LEN)?.copy_from_slice(&packet.to_bytes());
    Ok(PACKET_LEN)
}

/// A channel count in microvolts at the electrode, for an amplifier gain of 1, 2, 4, 6, 8, 12 or 24 (OpenBCI's Cyton data format).
#[must_use]
pub fn microvolts(count: i32, gain: u8) -> f32 {
    (f64::from(count) * volts_per_count(gain) * 1e6) as f32
}

/// The count that comes nearest to `microvolts`, clamped to the converter's range; a NaN gives 0.
#[must_use]
pub fn counts(microvolts: f32, gain: u8) -> i32 {
    let exact = f64::from(microvolts) / (volts_per_count(gain) * 1e6);
    let half = if exact < 0.0 { -0.5 } else { 0.5 };
    // `as` truncates towards zero, saturates, and turns NaN into 0.
    ((exact + half) as i32).clamp(MIN_COUNT, MAX_COUNT)
}

/// Volts of one count. A gain of 0 is taken as 1, since no board has it.
#[must_use]
pub fn volts_per_count(gain: u8) -> f64 {
    VREF_VOLTS / f64::from(gain.max(1)) / f64::from(MAX_COUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_reads_and_writes_the_same_bytes() {
        let packet = Packet {
            number: 7,
            channels: [1, -1, MAX_COUNT, MIN_COUNT, 0, 6_689_812, -381_700, 42],
            stop: Stop::RawAux,
            aux: [1, 2, 3, 4, 5, 6],
        };
        let bytes = packet.to_bytes();
        assert_eq!(bytes[..8], [0xA0, 7, 0, 0, 1, 0xFF, 0xFF, 0xFF]);
        assert_eq!(bytes[32], 0xC1);
        assert_eq!(Packet::decode(&bytes), Some(packet));
    }

    #[test]
    fn counts_are_clamped_on_the_wire() {
        let mut packet = Packet {
            number: 0,
            channels: [i32::MAX; 8],
            stop: Stop::User,
            aux: [0; 6],
        };
        packet.channels[1] = i32::MIN;
        let back = Packet::decode(&packet.to_bytes()).unwrap();
        assert_eq!(back.channels[..3], [MAX_COUNT, MIN_COUNT, MAX_COUNT]);
    }

    #[test]
    fn scale_is_the_documented_one() {
        for (count, gain, expect) in [
            (1, 24, 0.022_351_744),
            (MAX_COUNT, 24, 187_500.0),
            (MIN_COUNT, 24, -187_500.02),
            (1, 1, 0.536_441_87),
        ] {
            let got = microvolts(count, gain);
            assert!(
                (got - expect).abs() <= expect.abs() * 1e-6,
                "{count} at {gain}: {got}"
            );
            assert_eq!(counts(got, gain), count);
        }
        assert_eq!(counts(f32::NAN, 24), 0);
        assert_eq!(counts(1e9, 24), MAX_COUNT);
    }

    #[test]
    fn stop_bytes_are_c0_to_c6() {
        for byte in 0..=255 {
            assert_eq!(
                Stop::from_byte(byte).map(Stop::byte),
                (0xC0..=0xC6).contains(&byte).then_some(byte)
            );
        }
    }
}
