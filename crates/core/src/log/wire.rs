//! The body of a frame: sequence number, time, tag, fields. Numbers are little-endian, floats by bits.

use crate::config::{DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig};
use crate::dsp::thermal::{Circle, Mounting, Rotation};
use crate::event::{Body, Command, Event, InferError};
use crate::recipe::Recipe;
use crate::step::StepOutput;
use crate::time::HostTime;

/// Writes an event's body.
pub(super) fn write(event: &Event, out: &mut Vec<u8>) {
    let mut w = Writer(out);
    w.u64(event.seq);
    w.time(event.at);
    match &event.body {
        Body::Epoch(config) => {
            w.u8(0);
            w.config(config);
        }
        Body::Read {
            device,
            read_at,
            bytes,
        } => {
            w.u8(1);
            w.u16(device.0);
            w.time(*read_at);
            w.bytes(bytes);
        }
        Body::Overflow { device, bytes } => {
            w.u8(2);
            w.u16(device.0);
            w.u64(*bytes);
        }
        Body::Link { device, up } => {
            w.u8(3);
            w.u16(device.0);
            w.bool(*up);
        }
        Body::Tick => w.u8(4),
        Body::Command(Command::Bypass { station, on }) => {
            w.u8(5);
            w.u16(*station);
            w.bool(*on);
        }
        Body::Command(Command::Recipe { station, recipe }) => {
            w.u8(6);
            w.u16(*station);
            w.recipe(recipe);
        }
        Body::Command(Command::NewCook { station }) => {
            w.u8(7);
            w.u16(*station);
        }
        Body::ModelSwap { sha256 } => {
            w.u8(8);
            w.0.extend_from_slice(sha256);
        }
        Body::Probe {
            device,
            sent,
            received,
            tick,
        } => {
            w.u8(10);
            w.u16(device.0);
            w.time(*sent);
            w.time(*received);
            w.u64(*tick);
        }
        Body::InferDone {
            station,
            hop,
            result,
        } => {
            w.u8(9);
            w.u16(*station);
            w.u64(*hop);
            match result {
                Ok(output) => {
                    w.u8(0);
                    output.values().for_each(|v| w.f32(v));
                }
                Err(InferError::NotFinite) => w.u8(1),
                Err(InferError::Failed) => w.u8(2),
            }
        }
    }
}

/// Reads an event's body; `None` where it is not one.
pub(super) fn read(body: &[u8]) -> Option<Event> {
    let mut r = Reader(body);
    let (seq, at) = (r.u64()?, r.time()?);
    let body = match r.u8()? {
        0 => Body::Epoch(Box::new(r.config()?)),
        1 => Body::Read {
            device: DeviceId(r.u16()?),
            read_at: r.time()?,
            bytes: r.bytes()?.to_vec(),
        },
        2 => Body::Overflow {
            device: DeviceId(r.u16()?),
            bytes: r.u64()?,
        },
        3 => Body::Link {
            device: DeviceId(r.u16()?),
            up: r.bool()?,
        },
        4 => Body::Tick,
        5 => Body::Command(Command::Bypass {
            station: r.u16()?,
            on: r.bool()?,
        }),
        6 => Body::Command(Command::Recipe {
            station: r.u16()?,
            recipe: Box::new(r.recipe()?),
        }),
        7 => Body::Command(Command::NewCook { station: r.u16()? }),
        8 => Body::ModelSwap { sha256: r.array()? },
        9 => Body::InferDone {
            station: r.u16()?,
            hop: r.u64()?,
            result: r.result()?,
        },
        10 => Body::Probe {
            device: DeviceId(r.u16()?),
            sent: r.time()?,
            received: r.time()?,
            tick: r.u64()?,
        },
        _ => return None,
    };
    r.0.is_empty().then_some(Event { seq, at, body })
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn u8(&mut self, v: u8) {
        self.0.push(v);
    }
    fn bool(&mut self, v: bool) {
        self.u8(u8::from(v));
    }
    fn u16(&mut self, v: u16) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    fn u32(&mut self, v: u32) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    fn u64(&mut self, v: u64) {
        self.0.extend_from_slice(&v.to_le_bytes());
    }
    fn i64(&mut self, v: i64) {
        self.u64(v.cast_unsigned());
    }
    fn time(&mut self, v: HostTime) {
        self.i64(v.as_nanos());
    }
    fn f32(&mut self, v: f32) {
        self.u32(v.to_bits());
    }
    fn bytes(&mut self, v: &[u8]) {
        self.u32(v.len() as u32);
        self.0.extend_from_slice(v);
    }
    fn recipe(&mut self, recipe: &Recipe) {
        for target in recipe.targets {
            self.bool(target.is_some());
            let (low, high) = target.unwrap_or_default();
            self.f32(low);
            self.f32(high);
        }
    }
    fn config(&mut self, config: &PipelineConfig) {
        self.i64(config.lateness);
        self.u8(config.mains_hz);
        self.u16(config.stations.len() as u16);
        for station in &config.stations {
            self.station(station);
        }
    }
    fn station(&mut self, station: &StationConfig) {
        self.bytes(station.id.as_bytes());
        self.u16(station.devices.len() as u16);
        for device in &station.devices {
            self.u16(device.id.0);
            self.i64(device.latency);
            let (tag, rate, flag) = match device.protocol {
                Protocol::Cyton { daisy, gain } => (u8::from(daisy), 0, gain),
                Protocol::ThinkGear => (2, 0, 0),
                Protocol::GyMcu90640 => (3, 0, 0),
                Protocol::Lepton => (4, 0, 0),
                Protocol::InfiRay => (5, 0, 0),
                Protocol::WokLink => (6, 0, 0),
                Protocol::Pcm { rate_hz, channels } => (7, rate_hz, channels),
            };
            self.u8(tag);
            self.u32(rate);
            self.u8(flag);
        }
        for channel in station.montage {
            self.bool(channel.is_some());
            self.u8(channel.unwrap_or(0));
        }
        let m = &station.mounting;
        self.u8(m.rotation as u8);
        self.bool(m.mirror);
        for v in [
            m.circle.x,
            m.circle.y,
            m.circle.r,
            m.emissivity_set,
            m.emissivity_wok,
            m.ceiling_celsius,
        ] {
            self.f32(v);
        }
        self.recipe(&station.recipe);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*head)
    }
    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[b]| b)
    }
    fn bool(&mut self) -> Option<bool> {
        match self.u8()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }
    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
    fn i64(&mut self) -> Option<i64> {
        self.u64().map(u64::cast_signed)
    }
    fn time(&mut self) -> Option<HostTime> {
        self.i64().map(HostTime::from_nanos)
    }
    fn f32(&mut self) -> Option<f32> {
        self.u32().map(f32::from_bits)
    }
    fn floats<const N: usize>(&mut self) -> Option<[f32; N]> {
        let mut out = [0.0; N];
        for v in &mut out {
            *v = self.f32()?;
        }
        Some(out)
    }
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }
    fn recipe(&mut self) -> Option<Recipe> {
        let mut recipe = Recipe::unknown();
        for target in &mut recipe.targets {
            let known = self.bool()?;
            let range = (self.f32()?, self.f32()?);
            *target = known.then_some(range);
        }
        Some(recipe)
    }
    fn result(&mut self) -> Option<Result<Box<StepOutput>, InferError>> {
        Some(match self.u8()? {
            0 => Ok(Box::new(StepOutput {
                score: self.floats()?,
                aspects: self.floats()?,
                phase: self.floats()?,
                hazard: self.floats()?,
                embedding: self.floats()?,
                attention: self.floats()?,
            })),
            1 => Err(InferError::NotFinite),
            2 => Err(InferError::Failed),
            _ => return None,
        })
    }
    fn config(&mut self) -> Option<PipelineConfig> {
        let (lateness, mains_hz, count) = (self.i64()?, self.u8()?, self.u16()?);
        let stations = (0..count).map(|_| self.station()).collect::<Option<_>>()?;
        Some(PipelineConfig {
            lateness,
            mains_hz,
            stations,
        })
    }
    fn station(&mut self) -> Option<StationConfig> {
        let id = String::from_utf8(self.bytes()?.to_vec()).ok()?;
        let count = self.u16()?;
        let devices = (0..count).map(|_| self.device()).collect::<Option<_>>()?;
        let mut montage = [None; crate::step::EEG_CHANNELS];
        for channel in &mut montage {
            let wired = self.bool()?;
            let number = self.u8()?;
            *channel = wired.then_some(number);
        }
        let rotation = match self.u8()? {
            0 => Rotation::None,
            1 => Rotation::Quarter,
            2 => Rotation::Half,
            3 => Rotation::ThreeQuarters,
            _ => return None,
        };
        let mirror = self.bool()?;
        let [x, y, r, emissivity_set, emissivity_wok, ceiling_celsius] = self.floats()?;
        let circle = Circle { x, y, r };
        let mounting = Mounting {
            rotation,
            mirror,
            circle,
            emissivity_set,
            emissivity_wok,
            ceiling_celsius,
        };
        Some(StationConfig {
            id,
            devices,
            montage,
            mounting,
            recipe: self.recipe()?,
        })
    }
    fn device(&mut self) -> Option<DeviceConfig> {
        let (id, latency) = (DeviceId(self.u16()?), self.i64()?);
        let (tag, rate_hz, flag) = (self.u8()?, self.u32()?, self.u8()?);
        let protocol = match tag {
            0 | 1 => Protocol::Cyton {
                daisy: tag == 1,
                gain: flag,
            },
            2 => Protocol::ThinkGear,
            3 => Protocol::GyMcu90640,
            4 => Protocol::Lepton,
            5 => Protocol::InfiRay,
            6 => Protocol::WokLink,
            7 => Protocol::Pcm {
                rate_hz,
                channels: flag,
            },
            _ => return None,
        };
        Some(DeviceConfig {
            id,
            protocol,
            latency,
        })
    }
}
