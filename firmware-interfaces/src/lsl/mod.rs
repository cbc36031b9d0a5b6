//! Lab Streaming Layer: the bytes of its sample feed (protocol 1.10), of discovery and of time synchronisation.
//!
//! A feed is a TCP connection: a [`FeedRequest`] one way, a [`FeedResponse`] and then samples the other way, the first two of which
//! are test patterns that both ends know. The samples say nothing of themselves, so a [`Header`] of this project's own stands before
//! them wherever they are kept; a [`Decoder`] reads both. All numbers of the feed are in the byte order that the response names.
//!
//! ```text
//! sample    tag 1, or tag 2 and the stamp as f64 seconds of the sender's clock; then a value for each channel
//! number    float32, double64, int8, int16, int32 or int64
//! string    tag 1, 2, 4 or 8: the bytes of its length; the length; UTF-8
//! ```
//!
//! Source: what liblsl 1.18 sends and takes on loopback, byte for byte (`tests/lsl.rs`).

mod decoder;
mod encoder;
mod feed;
mod header;
mod pattern;
mod query;
mod text;

pub use decoder::{Decoder, Fault, Item, MAX_TEXT};
pub use encoder::{encode, encode_patterns, encode_texts};
pub use feed::{FeedRequest, FeedResponse, MAX_HEAD, Refusal, head_len};
pub use header::{HEADER_LEN, Header};
pub use query::{Query, QueryReply, TimeQuery, TimeReply};

/// Most channels of a stream that are read (design choice; a high-density EEG has 256).
pub const MAX_CHANNELS: u32 = 4096;
/// UDP port of discovery by multicast and broadcast.
pub const DISCOVERY_PORT: u16 = 16_571;
/// First of the ports that outlets take, for their feed (TCP) and for discovery and time synchronisation (UDP).
pub const BASE_PORT: u16 = 16_572;
/// How many ports outlets take before they take any.
pub const PORTS: u16 = 32;

/// What a channel's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// IEEE 754, 32 bits.
    Float32,
    /// IEEE 754, 64 bits.
    Double64,
    /// UTF-8, as markers are.
    Text,
    /// Two's complement, 32 bits.
    Int32,
    /// Two's complement, 16 bits.
    Int16,
    /// Two's complement, 8 bits.
    Int8,
    /// Two's complement, 64 bits.
    Int64,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Float32,
        Self::Double64,
        Self::Text,
        Self::Int32,
        Self::Int16,
        Self::Int8,
        Self::Int64,
    ];

    /// As a stream's `channel_format` names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Double64 => "double64",
            Self::Text => "string",
            Self::Int32 => "int32",
            Self::Int16 => "int16",
            Self::Int8 => "int8",
            Self::Int64 => "int64",
        }
    }

    /// The format of that `channel_format`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// Bytes of a value; 0 for texts, whose length varies.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Int8 => 1,
            Self::Int16 => 2,
            Self::Float32 | Self::Int32 => 4,
            Self::Double64 | Self::Int64 => 8,
        }
    }
}

/// The order of a number's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// Least significant first: `1234`.
    #[default]
    Little,
    /// Most significant first: `4321`.
    Big,
}

/// What a sample's bytes must be known to be, to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What its values are.
    pub format: Format,
    /// How many, 1 to [`MAX_CHANNELS`].
    pub channels: u32,
    /// The order of their bytes, and of the stamp's.
    pub order: ByteOrder,
}

/// When a sample was true.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stamp {
    /// One nominal period after the sample before it.
    Deduced,
    /// Seconds on the sender's clock.
    Seconds(f64),
}

/// A value of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// Of [`Format::Float32`].
    Float32(f32),
    /// Of [`Format::Double64`].
    Double64(f64),
    /// Of [`Format::Int32`].
    Int32(i32),
    /// Of [`Format::Int16`].
    Int16(i16),
    /// Of [`Format::Int8`].
    Int8(i8),
    /// Of [`Format::Int64`].
    Int64(i64),
}

impl Number {
    /// As near as an `f64` comes: exact but for 64-bit integers beyond 2⁵³.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Float32(v) => f64::from(v),
            Self::Double64(v) => v,
            Self::Int32(v) => f64::from(v),
            Self::Int16(v) => f64::from(v),
            Self::Int8(v) => f64::from(v),
            Self::Int64(v) => v as f64,
        }
    }

    /// What it is.
    #[must_use]
    pub const fn format(self) -> Format {
        match self {
            Self::Float32(_) => Format::Float32,
            Self::Double64(_) => Format::Double64,
            Self::Int32(_) => Format::Int32,
            Self::Int16(_) => Format::Int16,
            Self::Int8(_) => Format::Int8,
            Self::Int64(_) => Format::Int64,
        }
    }
}
