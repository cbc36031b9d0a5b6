//! What the messages of version 1 carry.

/// Pixel value that says "no reading" (a NaN of the sensor).
pub const NO_PIXEL: i16 = i16::MIN;
/// Temperature value that says "no reading" (an open thermocouple).
pub const NO_TEMPERATURE: i32 = i32::MIN;
/// The longest name in a [`Hello`], in bytes of UTF-8; a longer one is cut when encoded.
pub const MAX_NAME: usize = 32;

/// 16-bit samples, native when encoded and still little-endian bytes when decoded.
#[derive(Debug, Clone, Copy)]
pub enum Samples<'a> {
    /// The caller's own.
    Native(&'a [i16]),
    /// Inside a decoder's buffer.
    Wire(&'a [[u8; 2]]),
}

impl<'a> Samples<'a> {
    /// How many samples.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Native(samples) => samples.len(),
            Self::Wire(samples) => samples.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples in order.
    pub fn iter(&self) -> impl Iterator<Item = i16> + Clone + use<'a> {
        let (native, wire): (&[i16], &[[u8; 2]]) = match *self {
            Self::Native(samples) => (samples, &[]),
            Self::Wire(samples) => (&[], samples),
        };
        native
            .iter()
            .copied()
            .chain(wire.iter().map(|&word| i16::from_le_bytes(word)))
    }

    /// Copies as many samples as both sides hold into `out` and says how many.
    pub fn copy_to(&self, out: &mut [i16]) -> usize {
        let n = self.len().min(out.len());
        match *self {
            Self::Native(samples) => out
                .iter_mut()
                .zip(samples)
                .for_each(|(to, from)| *to = *from),
            Self::Wire(samples) => out
                .iter_mut()
                .zip(samples)
                .for_each(|(to, from)| *to = i16::from_le_bytes(*from)),
        }
        n
    }
}

impl PartialEq for Samples<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Samples<'_> {}

impl<'a> From<&'a [i16]> for Samples<'a> {
    fn from(samples: &'a [i16]) -> Self {
        Self::Native(samples)
    }
}

/// Who is speaking; the first message after every boot, and the answer to [`super::Message::Identify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hello<'a> {
    /// Another value after every boot (random, or a counter in flash): a new one restarts sequence, time and sample counters.
    pub boot_id: u32,
    /// The device's own unchanging number (its chip's serial).
    pub device_id: u64,
    /// Firmware version: major, minor, patch.
    pub firmware: [u8; 3],
    /// What it may send, a sum of the `CAN_…` bits.
    pub capabilities: u16,
    /// A name for people, UTF-8; not UTF-8 on the wire reads as empty.
    pub name: &'a str,
}

/// Capability bit: sends [`Thermal`].
pub const CAN_THERMAL: u16 = 1;
/// Capability bit: sends [`Audio`].
pub const CAN_AUDIO: u16 = 2;
/// Capability bit: sends [`Temperature`].
pub const CAN_TEMPERATURE: u16 = 4;
/// Capability bit: sends [`Imu`].
pub const CAN_IMU: u16 = 8;
/// Capability bit: sends [`Gas`].
pub const CAN_GAS: u16 = 16;

/// The device's answer to a ping. With the header's time t2 and the arrival t3: offset = ((t1−t0)+(t2−t3))/2, RTT = (t3−t0)−(t2−t1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pong {
    /// The ping's id.
    pub id: u32,
    /// t0: the header time of the ping, echoed (µs of the host's clock).
    pub host_us: u64,
    /// t1: when the ping's last byte arrived (µs of the device's clock).
    pub received_us: u64,
}

/// A thermal frame or a piece of one. The header's time is when the sensor had the frame ready; pieces of a frame share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thermal<'a> {
    /// Pixels of a row.
    pub width: u16,
    /// Rows of a frame.
    pub height: u16,
    /// Counts frames since boot, so that pieces find each other and lost frames show.
    pub frame: u32,
    /// Index of the first pixel in this message: 0 for a whole frame.
    pub first: u32,
    /// The sensor's own temperature, hundredths of a °C; [`NO_PIXEL`] when unknown.
    pub ambient: i16,
    /// Hundredths of a °C, row by row from the top, each from left to right as the camera sees the scene; [`NO_PIXEL`]: no reading.
    pub pixels: Samples<'a>,
}

impl Thermal<'_> {
    /// Whether this message holds all pixels of the frame.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.first == 0 && self.pixels.len() == usize::from(self.width) * usize::from(self.height)
    }
}

/// A block of PCM. The header's time is that of its first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audio<'a> {
    /// Index of the first sample (of each channel) since boot; overruns show as jumps.
    pub first_sample: u64,
    /// Nominal samples a second.
    pub rate_hz: u32,
    /// Channels, interleaved in `samples`.
    pub channels: u8,
    /// Full scale is ±32768.
    pub samples: Samples<'a>,
}

/// One temperature reading (thermocouple, probe).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Temperature {
    /// Which sensor of the device.
    pub sensor: u8,
    /// Thousandths of a °C; [`NO_TEMPERATURE`]: no reading.
    pub milli_celsius: i32,
}

/// One reading of an accelerometer with gyroscope (on the wok's handle).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imu {
    /// Which sensor of the device.
    pub sensor: u8,
    /// X, Y, Z in thousandths of g.
    pub milli_g: [i16; 3],
    /// X, Y, Z in tenths of a degree a second.
    pub deci_dps: [i16; 3],
}

/// What a gas reading counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// 0: resistance of a metal-oxide sensor in Ω.
    Ohm,
    /// 1: CO₂ in ppm.
    Co2Ppm,
    /// 2: volatile organic compounds in ppb.
    VocPpb,
    /// 3: CO in ppb.
    CoPpb,
    /// 4: relative humidity in hundredths of a percent.
    HumidityCentiPercent,
    /// 5: air pressure in Pa.
    Pascal,
    /// A code this crate does not know.
    Other(u8),
}

impl Quantity {
    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ohm => 0,
            Self::Co2Ppm => 1,
            Self::VocPpb => 2,
            Self::CoPpb => 3,
            Self::HumidityCentiPercent => 4,
            Self::Pascal => 5,
            Self::Other(code) => code,
        }
    }

    /// The quantity that a code stands for.
    #[must_use]
    pub const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Ohm,
            1 => Self::Co2Ppm,
            2 => Self::VocPpb,
            3 => Self::CoPpb,
            4 => Self::HumidityCentiPercent,
            5 => Self::Pascal,
            code => Self::Other(code),
        }
    }
}

/// One reading of a gas, humidity or pressure sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gas {
    /// Which sensor of the device.
    pub sensor: u8,
    /// What is counted, and in which unit.
    pub quantity: Quantity,
    /// The reading, in the quantity's unit.
    pub value: u32,
}
