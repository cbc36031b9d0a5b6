//! Clocks and transports: drifting oscillators, a serial line, the adapter's latency timer, and
//! the host's one-sided read jitter.

use crate::config::{Camera, Config, Device, Faults};
use crate::rng::{Dice, Stream};
use crate::truth::DeviceClock;

/// The clock of a device as this cook has it; `None` for a rate of zero.
pub(crate) fn clock(config: &Config, device: Device) -> Option<DeviceClock> {
    let nominal_hz = match device {
        Device::Headset => config.headset.rate_hz(),
        Device::Camera => config.camera.rate_hz(),
        Device::Microphone => config.microphone.rate_hz(),
    };
    // Crystals of cheap boards: tens of ppm; the MLX90640's own RC oscillator: up to a percent or so.
    let spread_ppm = match device {
        Device::Headset => 40.0,
        Device::Camera if matches!(config.camera, Camera::WokLink { .. }) => 30.0,
        Device::Camera => 3000.0,
        Device::Microphone => 60.0,
    };
    let mut dice = per_device(config, device, Stream::Clocks);
    let drawn = dice.normal_clipped(0.0, 0.5) * spread_ppm;
    let start = dice.between(0.02, 0.4);
    let boot_s = dice.between(2.0, 4000.0);
    if nominal_hz <= 0.0 {
        return None;
    }
    let own = config
        .link
        .drift_ppm
        .map_or(drawn, |all| all[device.index()]);
    let drift_ppm = own + config.faults.drift_ppm;
    // A camera's frame 0 ends one period after it started.
    let first = if device == Device::Camera {
        1.0 / nominal_hz
    } else {
        0.0
    };
    Some(DeviceClock {
        offset_s: start + first,
        rate_hz: nominal_hz * (1.0 + drift_ppm * 1e-6),
        nominal_hz,
        drift_ppm,
        boot_s,
    })
}

/// Dials of one device that follow from the seed.
pub(crate) fn dials(config: &Config, device: Device) -> Dice {
    per_device(config, device, Stream::Dials)
}

/// A stream of the cook, decorrelated per device by the seed's upper bits.
fn per_device(config: &Config, device: Device, stream: Stream) -> Dice {
    Dice::new(
        config.device_seed() ^ ((device.index() as u64 + 1) << 56),
        stream,
    )
}

/// The host's read jitter: exponential, with rare scheduling stalls.
#[derive(Debug, Clone)]
pub(crate) struct Jitter {
    dice: Dice,
    mean_s: f64,
    last_s: f64,
}

impl Jitter {
    pub(crate) fn new(config: &Config, device: Device) -> Jitter {
        let stream = match device {
            Device::Headset => Stream::HeadsetLink,
            Device::Camera => Stream::CameraLink,
            Device::Microphone => Stream::MicrophoneLink,
        };
        let mut dice = Dice::new(config.device_seed(), stream);
        let drawn = dice.between(0.1, 0.6);
        let mean_ms = config.link.jitter_ms.unwrap_or(drawn) + config.faults.jitter_ms;
        Jitter {
            dice,
            mean_s: mean_ms * 1e-3,
            last_s: 0.0,
        }
    }

    pub(crate) fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// Host time of a look at `due_s` that finds nothing; never before an earlier read.
    pub(crate) fn idle_s(&mut self, due_s: f64) -> f64 {
        self.last_s = self.last_s.max(due_s);
        self.last_s
    }

    /// Host time at which something that was due at `due_s` is read; never before an earlier read.
    pub(crate) fn read_s(&mut self, due_s: f64) -> f64 {
        let mut late = self.dice.exponential(self.mean_s);
        if self.mean_s > 0.0 && self.dice.chance(0.004) {
            late += self.dice.between(0.003, 0.015);
        }
        self.last_s = self.last_s.max(due_s + late);
        self.last_s
    }
}

/// Whether the device is unplugged at `t`.
pub(crate) fn unplugged(faults: &Faults, device: Device, t: f64) -> bool {
    faults
        .unplug
        .iter()
        .any(|u| u.device == device && t >= u.from_s && t < u.to_s)
}

/// Bytes on their way that belong together.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    start_s: f64,
    len: usize,
}

/// A UART behind a USB adapter that hands over what it has at each tick of its latency timer.
#[derive(Debug)]
pub(crate) struct SerialLine {
    byte_s: f64,
    period_s: f64,
    tick_s: f64,
    free_s: f64,
    bytes: std::collections::VecDeque<u8>,
    chunks: std::collections::VecDeque<Chunk>,
}

impl SerialLine {
    /// `baud` with ten bit times a byte; `period_s` is the latency timer.
    pub(crate) fn new(baud: f64, period_s: f64, phase: f64) -> SerialLine {
        SerialLine {
            byte_s: 10.0 / baud,
            period_s,
            tick_s: phase * period_s,
            free_s: 0.0,
            bytes: std::collections::VecDeque::with_capacity(8192),
            chunks: std::collections::VecDeque::with_capacity(256),
        }
    }

    /// The device hands bytes to its UART at `ready_s`.
    pub(crate) fn send(&mut self, bytes: &[u8], ready_s: f64) {
        let start_s = ready_s.max(self.free_s);
        self.free_s = start_s + bytes.len() as f64 * self.byte_s;
        self.bytes.extend(bytes);
        self.chunks.push_back(Chunk {
            start_s,
            len: bytes.len(),
        });
    }

    /// Seconds that so many bytes take on the line.
    pub(crate) fn duration_s(&self, bytes: usize) -> f64 {
        bytes as f64 * self.byte_s
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Time of the next tick of the latency timer.
    pub(crate) fn next_tick(&mut self) -> f64 {
        self.tick_s += self.period_s;
        self.tick_s
    }

    /// Moves the bytes that have arrived by `tick_s` into `out`.
    pub(crate) fn collect(&mut self, tick_s: f64, out: &mut Vec<u8>) {
        let mut count = 0;
        while let Some(chunk) = self.chunks.front_mut() {
            let arrived = ((tick_s - chunk.start_s) / self.byte_s).max(0.0) as usize;
            if arrived < chunk.len {
                chunk.len -= arrived;
                chunk.start_s += arrived as f64 * self.byte_s;
                count += arrived;
                break;
            }
            count += chunk.len;
            self.chunks.pop_front();
        }
        out.extend(self.bytes.drain(..count));
    }
}

/// Puts a burst of random bytes on the line with the probability of the dial.
pub(crate) fn send_garbage(faults: &Faults, dice: &mut Dice, line: &mut SerialLine, at_s: f64) {
    if faults.garbage > 0.0 && dice.chance(faults.garbage) {
        let mut burst = [0; 20];
        let count = 1 + (dice.unit() * 20.0) as usize;
        for byte in &mut burst[..count] {
            *byte = dice.byte();
        }
        line.send(&burst[..count], at_s);
    }
}
