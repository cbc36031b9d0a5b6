//! The streams of one station and the hop they fill.

use super::streams::Streams;
use crate::clock::Clock;
use crate::config::{DeviceId, StationConfig};
use crate::device::{self, Driver};
use crate::grid::Grid;
use crate::hop::Hop;
use crate::time::HostTime;
use crate::verdict::{Account, DropReason, StreamKind};

/// Samples that a hop takes, by [`StreamKind`].
pub type Counts = [u64; StreamKind::ALL.len()];

/// One station's devices and streams.
pub struct Station {
    devices: Vec<Device>,
    streams: Streams,
    grid: Grid,
    lateness: i64,
    next: u64,
}

struct Device {
    id: DeviceId,
    driver: Box<dyn Driver>,
    kinds: Vec<StreamKind>,
    up: bool,
}

impl Device {
    /// What it says next has nothing to do with what it said.
    fn start_anew(&mut self, streams: &mut Streams) {
        self.driver.reset();
        for kind in &self.kinds {
            streams.forget(*kind);
        }
    }
}

impl Station {
    /// A station whose hops lie on `grid`.
    #[must_use]
    pub fn new(config: &StationConfig, grid: Grid, lateness: i64) -> Self {
        let mut streams = Streams::default();
        let devices = config
            .devices
            .iter()
            .map(|device| {
                let driver = device::open(device);
                let kinds = driver.streams().iter().map(|s| s.kind).collect();
                for stream in driver.streams() {
                    streams.add(stream, device.latency, config, grid);
                }
                Device {
                    id: device.id,
                    driver,
                    kinds,
                    // Until it says something, no hop waits for it.
                    up: false,
                }
            })
            .collect();
        Self {
            devices,
            streams,
            grid,
            lateness,
            next: 0,
        }
    }

    /// Takes the bytes of a device in; `false` when the device is not this station's.
    pub fn read(&mut self, id: DeviceId, read_at: HostTime, bytes: &[u8]) -> bool {
        let Some(device) = self.devices.iter_mut().find(|d| d.id == id) else {
            return false;
        };
        device.up = true;
        let streams = &mut self.streams;
        device.driver.push(read_at, bytes, &mut |reading| {
            streams.take(read_at, reading)
        });
        true
    }

    /// A device answered a probe of its clock, in the ticks of its stamps.
    pub fn probed(&mut self, id: DeviceId, tick: u64, sent: HostTime, received: HostTime) {
        let Some(device) = self.devices.iter_mut().find(|d| d.id == id) else {
            return;
        };
        device.driver.probe(tick, sent, received);
        if device.kinds.contains(&StreamKind::Thermal) {
            self.streams.probe_thermal(tick, sent, received);
        }
    }

    /// A device's queue dropped bytes before they came here.
    pub fn overflowed(&mut self, id: DeviceId, bytes: u64) {
        if let Some(device) = self.devices.iter_mut().find(|d| d.id == id) {
            let (kind, samples) = device.driver.overflowed(bytes);
            if let Some(account) = self.streams.account_mut(kind) {
                account.taken += samples;
                account.drop_samples(DropReason::Queue, samples);
            }
        }
    }

    /// A device came or went. What is gone does not hold a hop open.
    pub fn link(&mut self, id: DeviceId, up: bool) {
        if let Some(device) = self.devices.iter_mut().find(|d| d.id == id) {
            device.up = up;
            device.start_anew(&mut self.streams);
        }
    }

    /// The machine slept: whatever a device says next belongs to a new segment.
    pub fn slept(&mut self) {
        for device in &mut self.devices {
            device.start_anew(&mut self.streams);
        }
    }

    /// The next hop to close.
    #[must_use]
    pub fn next_hop(&self) -> u64 {
        self.next
    }

    /// When the next hop closes at the latest.
    #[must_use]
    pub fn deadline(&self) -> HostTime {
        let end = self.grid.end(self.next);
        if self.gates().next().is_some() {
            end + self.lateness
        } else {
            end
        }
    }

    /// Whether the next hop closes at `at`: all gating streams have passed its end, or its time is up.
    #[must_use]
    pub fn is_due(&self, at: HostTime) -> bool {
        let end = self.grid.end(self.next);
        at >= end && (at >= self.deadline() || self.gates().all(|mark| mark >= Some(end)))
    }

    /// Watermarks of the streams that a hop waits for.
    fn gates(&self) -> impl Iterator<Item = Option<HostTime>> + '_ {
        self.devices
            .iter()
            .filter(|d| d.up)
            .flat_map(|d| &d.kinds)
            .filter_map(|kind| self.streams.watermark(*kind))
    }

    /// Closes the next hop into `hop`. The samples it takes are the caller's to account for.
    pub fn close(&mut self, hop: &mut Hop) -> Counts {
        let (start, end) = (self.grid.start(self.next), self.grid.end(self.next));
        if self.next == 0 {
            self.streams.open(start);
        }
        hop.index = self.next;
        hop.start = start;
        self.next += 1;
        self.streams.fill(start, end, hop)
    }

    /// The account of a stream, for the caller to settle what a hop took; `None` where there is none.
    pub fn account_mut(&mut self, kind: StreamKind) -> Option<&mut Account> {
        self.streams.account_mut(kind)
    }

    /// The account of a stream and how many of its samples wait for a hop.
    #[must_use]
    pub fn account(&self, kind: StreamKind) -> Option<(Account, u64)> {
        self.streams.account(kind)
    }

    /// The clock of a stream, where it has one.
    #[must_use]
    pub fn clock(&self, kind: StreamKind) -> Option<&Clock> {
        self.streams.clock(kind)
    }

    /// When the newest sample of a stream was true; `None` before the first.
    #[must_use]
    pub fn newest(&self, kind: StreamKind) -> Option<HostTime> {
        self.streams.newest(kind)
    }

    /// Bytes of a device that meant nothing so far.
    #[must_use]
    pub fn skipped_bytes(&self, id: DeviceId) -> Option<u64> {
        self.devices
            .iter()
            .find(|d| d.id == id)
            .map(|d| d.driver.skipped_bytes())
    }
}
