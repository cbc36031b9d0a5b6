//! The configuration that an epoch carries, as fields.

use super::fields::{Reader, Writer};
use crate::config::{DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig};
use crate::dsp::thermal::{Circle, Mounting, Rotation};
use crate::recipe::Recipe;

impl Writer<'_> {
    pub(super) fn recipe(&mut self, recipe: &Recipe) {
        for target in recipe.targets {
            self.bool(target.is_some());
            let (low, high) = target.unwrap_or_default();
            self.f32(low);
            self.f32(high);
        }
    }
    pub(super) fn config(&mut self, config: &PipelineConfig) {
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
                Protocol::WokLink { sound } => (6, 0, u8::from(sound)),
                Protocol::Pcm { rate_hz, channels } => (7, rate_hz, channels),
                Protocol::Lsl { rate_hz } => (8, rate_hz, 0),
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

impl Reader<'_> {
    pub(super) fn recipe(&mut self) -> Option<Recipe> {
        let mut recipe = Recipe::unknown();
        for target in &mut recipe.targets {
            let known = self.bool()?;
            let range = (self.f32()?, self.f32()?);
            *target = known.then_some(range);
        }
        Some(recipe)
    }
    pub(super) fn config(&mut self) -> Option<PipelineConfig> {
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
            6 => Protocol::WokLink { sound: flag == 1 },
            7 => Protocol::Pcm {
                rate_hz,
                channels: flag,
            },
            8 => Protocol::Lsl { rate_hz },
            _ => return None,
        };
        Some(DeviceConfig {
            id,
            protocol,
            latency,
        })
    }
}
