//! WokLink: the project's own link to a microcontroller on the rig, over a UART or USB CDC.
//!
//! The written specification is `woklink/SPEC.md` beside this crate's sources, the C side is `woklink/woklink.h`, and the bytes of
//! every version are frozen in `woklink/vectors/`. In short: a frame is version, kind, sequence number, device time in µs, payload
//! and CRC-32; it is COBS-encoded and ended by a zero byte.
//!
//! Device time is a u64 of microseconds since boot: it never wraps, so nobody has to unwrap it. The sequence number is a u16: a
//! loss of exactly 65,536 frames cannot be seen. A [`Hello`] with a new `boot_id` restarts it without a gap.

mod decoder;
mod encoder;
mod message;
mod payload;

pub use decoder::{Decoder, Item};
pub use encoder::{Encoder, encode};
pub use message::Message;
pub use payload::{
    Audio, CAN_AUDIO, CAN_GAS, CAN_IMU, CAN_TEMPERATURE, CAN_THERMAL, Gas, Hello, Imu, MAX_NAME,
    NO_PIXEL, NO_TEMPERATURE, Pong, Quantity, Samples, Temperature, Thermal,
};

/// The version this crate speaks: the first byte of every frame.
pub const VERSION: u8 = 1;
/// Bytes before the payload: version, kind, sequence (u16), time (u64), little-endian.
pub const HEADER_LEN: usize = 12;
/// Bytes of the CRC behind the payload.
pub const CRC_LEN: usize = 4;
/// The longest payload in bytes.
pub const MAX_PAYLOAD: usize = 2048;
/// The longest frame in bytes before COBS.
pub const MAX_FRAME: usize = HEADER_LEN + MAX_PAYLOAD + CRC_LEN;
/// The longest frame on the wire: COBS adds a byte and one more for each full 254, and then comes the delimiter.
pub const MAX_WIRE: usize = MAX_FRAME + MAX_FRAME / 254 + 2;
/// Pixels that fit a [`Thermal`] message; a larger frame is sent in pieces.
pub const MAX_PIXELS: usize = (MAX_PAYLOAD - 14) / 2;
/// Samples that fit an [`Audio`] message.
pub const MAX_SAMPLES: usize = (MAX_PAYLOAD - 14) / 2;
/// Baud rate of the link where it is a UART: 32×24 at 8 Hz is 12.6 kB/s and 16 kHz mono is 33 kB/s.
pub const BAUD: u32 = 921_600;

/// The kind bytes of version 1.
pub mod kind {
    /// [`super::Message::Hello`].
    pub const HELLO: u8 = 0x01;
    /// [`super::Message::Identify`].
    pub const IDENTIFY: u8 = 0x02;
    /// [`super::Message::Ping`].
    pub const PING: u8 = 0x03;
    /// [`super::Message::Pong`].
    pub const PONG: u8 = 0x04;
    /// [`super::Message::Thermal`].
    pub const THERMAL: u8 = 0x10;
    /// [`super::Message::Audio`].
    pub const AUDIO: u8 = 0x11;
    /// [`super::Message::Temperature`].
    pub const TEMPERATURE: u8 = 0x20;
    /// [`super::Message::Imu`].
    pub const IMU: u8 = 0x21;
    /// [`super::Message::Gas`].
    pub const GAS: u8 = 0x22;
}

/// What every frame says beside its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Counts the sender's frames of all kinds; wraps from 65,535 to 0.
    pub sequence: u16,
    /// When the message was true, in µs of the sender's own clock since boot (see each message).
    pub time_us: u64,
}
