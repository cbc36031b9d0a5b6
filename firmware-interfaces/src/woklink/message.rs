//! The messages of version 1 and their payloads.

use super::kind;

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

/// Who is speaking; the first message after every boot, and the answer to [`Message::Identify`].
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

/// A message of version 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// Device → host: who is speaking.
    Hello(Hello<'a>),
    /// Host → device: say hello.
    Identify,
    /// Host → device: answer with a pong at once. The header's time is t0 of the host's clock.
    Ping {
        /// Told back in the pong.
        id: u32,
    },
    /// Device → host: the answer to a ping.
    Pong(Pong),
    /// Device → host: a thermal frame or a piece.
    Thermal(Thermal<'a>),
    /// Device → host: sound.
    Audio(Audio<'a>),
    /// Device → host: a temperature.
    Temperature(Temperature),
    /// Device → host: acceleration and rotation.
    Imu(Imu),
    /// Device → host: gas, humidity, pressure.
    Gas(Gas),
    /// A kind this crate does not know, or a payload shorter than its kind needs; the checksum was right.
    Unknown {
        /// The kind byte.
        kind: u8,
        /// The payload.
        payload: &'a [u8],
    },
}

impl<'a> Message<'a> {
    /// The kind byte.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Hello(_) => kind::HELLO,
            Self::Identify => kind::IDENTIFY,
            Self::Ping { .. } => kind::PING,
            Self::Pong(_) => kind::PONG,
            Self::Thermal(_) => kind::THERMAL,
            Self::Audio(_) => kind::AUDIO,
            Self::Temperature(_) => kind::TEMPERATURE,
            Self::Imu(_) => kind::IMU,
            Self::Gas(_) => kind::GAS,
            Self::Unknown { kind, .. } => *kind,
        }
    }

    /// Reads a payload. Bytes behind what the kind needs are ignored: a later minor revision may add fields.
    #[must_use]
    pub fn decode(kind: u8, payload: &'a [u8]) -> Self {
        let mut fields = Fields(payload);
        read(kind, &mut fields).unwrap_or(Self::Unknown { kind, payload })
    }

    /// Bytes of the payload.
    #[must_use]
    pub const fn payload_len(&self) -> usize {
        match self {
            Self::Hello(hello) => 18 + name_len(hello.name),
            Self::Identify => 0,
            Self::Ping { .. } => 4,
            Self::Pong(_) => 20,
            Self::Thermal(thermal) => 14 + 2 * thermal.pixels.len(),
            Self::Audio(audio) => 14 + 2 * audio.samples.len(),
            Self::Temperature(_) => 5,
            Self::Imu(_) => 13,
            Self::Gas(_) => 6,
            Self::Unknown { payload, .. } => payload.len(),
        }
    }

    /// Hands the payload to `put`, piece by piece.
    pub(super) fn write(&self, put: &mut impl FnMut(&[u8])) {
        match *self {
            Self::Hello(Hello {
                boot_id,
                device_id,
                firmware,
                capabilities,
                name,
            }) => {
                put(&boot_id.to_le_bytes());
                put(&device_id.to_le_bytes());
                put(&firmware);
                put(&capabilities.to_le_bytes());
                let len = name_len(name);
                put(&[len as u8]);
                put(name.as_bytes().get(..len).unwrap_or(&[]));
            }
            Self::Identify => {}
            Self::Ping { id } => put(&id.to_le_bytes()),
            Self::Pong(Pong {
                id,
                host_us,
                received_us,
            }) => {
                put(&id.to_le_bytes());
                put(&host_us.to_le_bytes());
                put(&received_us.to_le_bytes());
            }
            Self::Thermal(Thermal {
                width,
                height,
                frame,
                first,
                ambient,
                pixels,
            }) => {
                put(&width.to_le_bytes());
                put(&height.to_le_bytes());
                put(&frame.to_le_bytes());
                put(&first.to_le_bytes());
                put(&ambient.to_le_bytes());
                pixels.iter().for_each(|pixel| put(&pixel.to_le_bytes()));
            }
            Self::Audio(Audio {
                first_sample,
                rate_hz,
                channels,
                samples,
            }) => {
                put(&first_sample.to_le_bytes());
                put(&rate_hz.to_le_bytes());
                put(&[channels, 0]);
                samples.iter().for_each(|sample| put(&sample.to_le_bytes()));
            }
            Self::Temperature(Temperature {
                sensor,
                milli_celsius,
            }) => {
                put(&[sensor]);
                put(&milli_celsius.to_le_bytes());
            }
            Self::Imu(Imu {
                sensor,
                milli_g,
                deci_dps,
            }) => {
                put(&[sensor]);
                milli_g
                    .iter()
                    .chain(&deci_dps)
                    .for_each(|axis| put(&axis.to_le_bytes()));
            }
            Self::Gas(Gas {
                sensor,
                quantity,
                value,
            }) => {
                put(&[sensor, quantity.code()]);
                put(&value.to_le_bytes());
            }
            Self::Unknown { payload, .. } => put(payload),
        }
    }
}

/// How much of a name is sent: at most [`MAX_NAME`] bytes, cut between characters.
const fn name_len(name: &str) -> usize {
    let mut len = if name.len() < MAX_NAME {
        name.len()
    } else {
        MAX_NAME
    };
    while !name.is_char_boundary(len) {
        len -= 1;
    }
    len
}

/// The rest of a payload.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    /// What is left as whole 16-bit words.
    fn samples(&self) -> Samples<'a> {
        Samples::Wire(self.0.as_chunks().0)
    }
}

fn read<'a>(code: u8, fields: &mut Fields<'a>) -> Option<Message<'a>> {
    Some(match code {
        kind::HELLO => {
            let boot_id = u32::from_le_bytes(fields.take()?);
            let device_id = u64::from_le_bytes(fields.take()?);
            let firmware = fields.take()?;
            let capabilities = u16::from_le_bytes(fields.take()?);
            let [len] = fields.take()?;
            let name = core::str::from_utf8(fields.0.get(..usize::from(len))?).unwrap_or("");
            Message::Hello(Hello {
                boot_id,
                device_id,
                firmware,
                capabilities,
                name,
            })
        }
        kind::IDENTIFY => Message::Identify,
        kind::PING => Message::Ping {
            id: u32::from_le_bytes(fields.take()?),
        },
        kind::PONG => Message::Pong(Pong {
            id: u32::from_le_bytes(fields.take()?),
            host_us: u64::from_le_bytes(fields.take()?),
            received_us: u64::from_le_bytes(fields.take()?),
        }),
        kind::THERMAL => Message::Thermal(Thermal {
            width: u16::from_le_bytes(fields.take()?),
            height: u16::from_le_bytes(fields.take()?),
            frame: u32::from_le_bytes(fields.take()?),
            first: u32::from_le_bytes(fields.take()?),
            ambient: i16::from_le_bytes(fields.take()?),
            pixels: fields.samples(),
        }),
        kind::AUDIO => {
            let first_sample = u64::from_le_bytes(fields.take()?);
            let rate_hz = u32::from_le_bytes(fields.take()?);
            let [channels, _reserved] = fields.take()?;
            Message::Audio(Audio {
                first_sample,
                rate_hz,
                channels,
                samples: fields.samples(),
            })
        }
        kind::TEMPERATURE => {
            let [sensor] = fields.take()?;
            Message::Temperature(Temperature {
                sensor,
                milli_celsius: i32::from_le_bytes(fields.take()?),
            })
        }
        kind::IMU => {
            let [sensor] = fields.take()?;
            let mut axes = [0; 6];
            for axis in &mut axes {
                *axis = i16::from_le_bytes(fields.take()?);
            }
            let [x, y, z, roll, pitch, yaw] = axes;
            Message::Imu(Imu {
                sensor,
                milli_g: [x, y, z],
                deci_dps: [roll, pitch, yaw],
            })
        }
        kind::GAS => {
            let [sensor, code] = fields.take()?;
            Message::Gas(Gas {
                sensor,
                quantity: Quantity::from_code(code),
                value: u32::from_le_bytes(fields.take()?),
            })
        }
        _ => return None,
    })
}
