//! The messages of version 1, read and written.

use super::kind;
use super::payload::{
    Audio, Gas, Hello, Imu, MAX_NAME, Pong, Quantity, Samples, Temperature, Thermal,
};

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
