//! Drivers: what a device's bytes mean, as samples on the device's own ticks.
//!
//! A driver wraps a decoder of `firmware-interfaces` and unwraps counters; it knows no host time but
//! the arrival it is told. Adding a sensor: one file here, one variant of
//! [`Protocol`], one line in [`open`].

mod cyton;
mod gy_mcu90640;
mod infiray;
mod lepton;
mod lsl;
mod pcm;
mod thinkgear;
mod woklink;

use crate::config::{DeviceConfig, Protocol};
use crate::step::AUX;
use crate::time::HostTime;
use crate::verdict::StreamKind;

/// Most channels a headset on a serial line has.
pub const HEADSET_CHANNELS: usize = 16;

/// What a driver reads out of bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading<'a> {
    /// One EEG sample.
    Eeg {
        /// Sample number, unwrapped.
        tick: u64,
        /// Microvolts by headset channel.
        microvolts: &'a [f32],
        /// Contact as the headset sees it, 0 (off the skin) to 1.
        contact: f32,
    },
    /// Audio samples at 16 kHz, full scale ±1.
    Audio {
        /// Number of the first one at 16 kHz, unwrapped.
        tick: u64,
        /// The samples.
        samples: &'a [f32],
    },
    /// One thermal frame.
    Thermal {
        /// When it was true, in the device's ticks; meaningless where the device gives no time.
        tick: u64,
        /// Pixels in a row.
        width: usize,
        /// °C, row-major as the camera sees the scene.
        celsius: &'a [f32],
    },
    /// An auxiliary reading in natural units; see [`AUX_UNITS`].
    Aux {
        /// Index in the model's auxiliary input.
        index: usize,
        /// Its value.
        value: f32,
    },
    /// Samples of a stream that were there and could not be used.
    Invalid {
        /// The stream.
        stream: StreamKind,
        /// How many.
        samples: u64,
    },
    /// The newest tick of a stream that this read brought: what its clock learns from.
    Arrived {
        /// The stream.
        stream: StreamKind,
        /// The tick.
        tick: u64,
    },
    /// When a tick of a stream was true, as its sender says: what its clock learns from where the arrival
    /// says less.
    Stamped {
        /// The stream.
        stream: StreamKind,
        /// The tick.
        tick: u64,
        /// The sender's stamp, on the host's clock.
        at: HostTime,
    },
    /// The device began to count anew.
    Restarted {
        /// The stream.
        stream: StreamKind,
    },
}

/// Units of the auxiliary readings, in the order of the model's input.
pub const AUX_UNITS: [&str; AUX] = [
    "gas ppm",
    "acceleration x g",
    "acceleration y g",
    "acceleration z g",
    "probe °C",
    "ambient °C",
    "humidity %",
    "spare",
];

/// One stream a driver gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stream {
    /// Which.
    pub kind: StreamKind,
    /// Nominal nanoseconds a tick; `None` where only the arrival is known.
    pub tick_ns: Option<f64>,
}

/// What turns one device's bytes into readings.
pub trait Driver: Send {
    /// The streams it gives.
    fn streams(&self) -> &[Stream];

    /// Takes bytes that were in hand at `read_at`.
    fn push(&mut self, read_at: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>));

    /// The device answered a probe of its clock: it said `tick` between `sent` and `received`. What a tick
    /// is, is the driver's; most learn nothing from it.
    fn probe(&mut self, _tick: u64, _sent: HostTime, _received: HostTime) {}

    /// `bytes` bytes were dropped before they came here: how many samples of which stream that was,
    /// as well as can be known.
    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64);

    /// The device went away; what was half read is void.
    fn reset(&mut self);

    /// Bytes that meant nothing so far: garbage, spoiled frames.
    fn skipped_bytes(&self) -> u64;
}

/// The driver for a device.
#[must_use]
pub fn open(config: &DeviceConfig) -> Box<dyn Driver> {
    match config.protocol {
        Protocol::Cyton { daisy, gain } => Box::new(cyton::Cyton::new(daisy, gain)),
        Protocol::ThinkGear => Box::new(thinkgear::ThinkGear::new()),
        Protocol::GyMcu90640 => Box::new(gy_mcu90640::GyMcu90640::new()),
        Protocol::Lepton => Box::new(lepton::Lepton::new()),
        Protocol::InfiRay => Box::new(infiray::InfiRay::new()),
        Protocol::WokLink { sound } => Box::new(woklink::WokLink::new(sound)),
        Protocol::Lsl { rate_hz } => Box::new(lsl::Lsl::new(rate_hz)),
        Protocol::Pcm { rate_hz, channels } => Box::new(pcm::Pcm::new(rate_hz, channels)),
    }
}

#[cfg(test)]
mod tests;
