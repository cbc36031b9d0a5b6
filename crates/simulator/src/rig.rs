//! The rig: a cook and its devices, merged into one sequence of blocks by host arrival time.

use crate::config::{Config, Device};
use crate::cook::Cook;
use crate::link;
use crate::sense::{CameraSource, HeadsetSource, MicrophoneSource, Source};
use crate::truth::{CookTruth, Truth};

/// A block of bytes that one device hands to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emission<'a> {
    /// Host arrival time in nanoseconds since the start of the cook, nondecreasing over all
    /// devices.
    pub at_ns: i64,
    /// Who speaks.
    pub device: Device,
    /// What the host reads. PCM of the microphone is mono i16 little-endian.
    pub bytes: &'a [u8],
}

/// A device with its next block ready.
struct Port {
    device: Device,
    source: Box<dyn Source + Send>,
    block: Vec<u8>,
    at_s: f64,
    ended: bool,
}

/// A simulated cook with its sensors.
pub struct Rig {
    cook: Cook,
    ports: Vec<Port>,
    /// The port whose block was handed out last and is to be refilled.
    spent: Option<usize>,
}

impl std::fmt::Debug for Rig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rig")
            .field("now_s", &self.cook.now_s())
            .finish_non_exhaustive()
    }
}

impl Rig {
    /// Sets up the kitchen.
    pub fn new(config: Config) -> Rig {
        let clocks = Device::ALL.map(|device| link::clock(&config, device));
        let cook = Cook::new(&config, clocks);
        let mut ports = Vec::with_capacity(3);
        for (device, clock) in Device::ALL.into_iter().zip(clocks) {
            let Some(clock) = clock else { continue };
            let source: Box<dyn Source + Send> = match device {
                Device::Headset => Box::new(HeadsetSource::new(&config, clock)),
                Device::Camera => Box::new(CameraSource::new(&config, clock, &cook)),
                Device::Microphone => Box::new(MicrophoneSource::new(&config, clock, &cook)),
            };
            ports.push(Port {
                device,
                source,
                block: Vec::with_capacity(8192),
                at_s: 0.0,
                ended: false,
            });
        }
        let mut rig = Rig {
            cook,
            ports,
            spent: None,
        };
        for port in 0..rig.ports.len() {
            rig.refill(port);
        }
        rig
    }

    /// The next block of any device, `None` when the cook and its last bytes are over.
    #[expect(
        clippy::should_implement_trait,
        reason = "the item borrows from the rig: no Iterator"
    )]
    pub fn next(&mut self) -> Option<Emission<'_>> {
        let next = loop {
            if let Some(port) = self.spent.take() {
                self.refill(port);
            }
            let next = (0..self.ports.len())
                .filter(|&i| !self.ports[i].ended)
                .min_by(|&a, &b| self.ports[a].at_s.total_cmp(&self.ports[b].at_s))?;
            self.spent = Some(next);
            if !self.ports[next].block.is_empty() {
                break next;
            }
        };
        let port = &self.ports[next];
        Some(Emission {
            at_ns: (port.at_s * 1e9).round() as i64,
            device: port.device,
            bytes: &port.block,
        })
    }

    /// Gives a device bytes that the host wrote at `at_ns` (since the start of the cook). A WokLink
    /// bridge answers pings and identify requests; a Cyton obeys stop, start and reset (it streams
    /// from the beginning of the cook); the other devices ignore what they hear. Nothing is answered
    /// before the device's next block. Answers to bytes written after the cook's end are lost.
    pub fn hear(&mut self, device: Device, at_ns: i64, bytes: &[u8]) {
        for port in self
            .ports
            .iter_mut()
            .filter(|port| port.device == device && !port.ended)
        {
            port.source.hear(at_ns as f64 * 1e-9, bytes);
        }
    }

    /// The truth so far. The physics runs ahead of the last emission by up to a latency-timer
    /// tick.
    pub fn truth(&self) -> &Truth {
        &self.cook.truth
    }

    /// Runs the physics to the end of the cook, sensors or not, and hands over the whole truth.
    pub fn finish(self) -> CookTruth {
        self.cook.finish()
    }

    /// Planned length of the cook in seconds; the chef may be quicker or slower.
    pub fn duration_s(&self) -> f64 {
        self.cook.planned_s()
    }

    fn refill(&mut self, port: usize) {
        let port = &mut self.ports[port];
        port.block.clear();
        match port.source.fill(&mut self.cook, &mut port.block) {
            Some(at_s) => port.at_s = at_s,
            None => port.ended = true,
        }
    }
}
