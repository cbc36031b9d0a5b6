//! The streams of one station and the hop they fill.

use super::{Held, Sampled};
use crate::clock::Clock;
use crate::config::{DeviceId, StationConfig};
use crate::device::{self, Driver, Reading};
use crate::dsp::thermal::{Check, Crop, Mounting};
use crate::grid::{AUDIO_PER_HOP, AUDIO_PER_MEL, AUDIO_TICK, EEG_TICK, Grid};
use crate::hop::{Hop, Presence};
use crate::step::{AUX, EEG_CHANNELS};
use crate::time::{HostTime, SECOND};
use crate::verdict::{Account, DropReason, StreamKind};

/// Samples that a hop takes, by [`StreamKind`].
pub type Counts = [u64; StreamKind::ALL.len()];

/// An auxiliary reading is believed this long, in nanoseconds.
const AUX_FRESH: i64 = 5 * SECOND;

/// One station's devices and streams.
pub struct Station {
    devices: Vec<Device>,
    streams: Streams,
    grid: Grid,
    lateness: i64,
    next: u64,
    valid: Vec<bool>,
}

struct Device {
    id: DeviceId,
    driver: Box<dyn Driver>,
    kinds: Vec<StreamKind>,
    up: bool,
}

struct Streams {
    eeg: Option<Eeg>,
    audio: Option<Sampled<1>>,
    thermal: Option<Thermal>,
    aux: Option<Aux>,
}

struct Eeg {
    sampled: Sampled<EEG_CHANNELS>,
    montage: [Option<u8>; EEG_CHANNELS],
    contact: f32,
}

struct Thermal {
    held: Held,
    mounting: Mounting,
    /// Made for the camera's size when its first frame comes.
    view: Option<View>,
}

struct View {
    size: (usize, usize),
    crop: Crop,
    check: Check,
}

#[derive(Default)]
struct Aux {
    latest: [Option<(HostTime, f32)>; AUX],
    account: Account,
    waiting: u64,
}

impl Station {
    /// A station whose hops lie on `grid`.
    #[must_use]
    pub fn new(config: &StationConfig, grid: Grid, lateness: i64) -> Self {
        let mut streams = Streams {
            eeg: None,
            audio: None,
            thermal: None,
            aux: None,
        };
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
                    up: true,
                }
            })
            .collect();
        Self {
            devices,
            streams,
            grid,
            lateness,
            next: 0,
            valid: vec![false; AUDIO_PER_HOP],
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

    /// A device answered a probe of its clock, in the ticks of its thermal stamps.
    pub fn probed(&mut self, id: DeviceId, tick: u64, sent: HostTime, received: HostTime) {
        if self
            .devices
            .iter()
            .any(|d| d.id == id && d.kinds.contains(&StreamKind::Thermal))
            && let Some(clock) = self
                .streams
                .thermal
                .as_mut()
                .and_then(|t| t.held.clock.as_mut())
        {
            clock.probe(tick, sent, received);
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
            device.driver.reset();
            for kind in &device.kinds {
                self.streams.forget(*kind);
            }
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
            .filter_map(|kind| match kind {
                StreamKind::Eeg => self.streams.eeg.as_ref().map(|e| e.sampled.watermark()),
                StreamKind::Audio => self.streams.audio.as_ref().map(Sampled::watermark),
                StreamKind::Thermal | StreamKind::Aux => None,
            })
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
        let mut counts = Counts::default();

        if let Some(eeg) = &mut self.streams.eeg {
            let out = &mut hop.eeg;
            eeg.sampled
                .read(start, EEG_TICK, &mut out.ticks, &mut out.valid);
            out.presence = presence(&out.valid);
            out.wired = eeg.montage.map(|channel| channel.is_some());
            out.contact = eeg.contact;
            counts[StreamKind::Eeg.index()] = eeg.sampled.close(end);
        }
        if let Some(audio) = &mut self.streams.audio {
            let out = &mut hop.audio;
            audio.read(
                start,
                AUDIO_TICK,
                out.samples.as_chunks_mut().0,
                &mut self.valid,
            );
            for (valid, block) in out
                .valid
                .iter_mut()
                .zip(self.valid.chunks_exact(AUDIO_PER_MEL))
            {
                *valid = block.iter().all(|v| *v);
            }
            out.presence = presence(&out.valid);
            counts[StreamKind::Audio.index()] = audio.close(end);
        }
        if let Some(thermal) = &mut self.streams.thermal {
            counts[StreamKind::Thermal.index()] = thermal.held.close(end, &mut hop.thermal);
        }
        if let Some(aux) = &mut self.streams.aux {
            hop.aux = aux
                .latest
                .map(|r| r.filter(|(at, _)| end - *at <= AUX_FRESH).map(|(_, v)| v));
            counts[StreamKind::Aux.index()] = core::mem::take(&mut aux.waiting);
        }
        counts
    }

    /// The account of a stream, for the caller to settle what a hop took; `None` where there is none.
    pub fn account_mut(&mut self, kind: StreamKind) -> Option<&mut Account> {
        self.streams.account_mut(kind)
    }

    /// The account of a stream and how many of its samples wait for a hop.
    #[must_use]
    pub fn account(&self, kind: StreamKind) -> Option<(Account, u64)> {
        let s = &self.streams;
        match kind {
            StreamKind::Eeg => s
                .eeg
                .as_ref()
                .map(|e| (e.sampled.account, e.sampled.waiting())),
            StreamKind::Audio => s.audio.as_ref().map(|a| (a.account, a.waiting())),
            StreamKind::Thermal => s
                .thermal
                .as_ref()
                .map(|t| (t.held.account, t.held.waiting())),
            StreamKind::Aux => s.aux.as_ref().map(|a| (a.account, a.waiting)),
        }
    }

    /// The clock of a stream, where it has one.
    #[must_use]
    pub fn clock(&self, kind: StreamKind) -> Option<&Clock> {
        match kind {
            StreamKind::Eeg => self.streams.eeg.as_ref().map(|e| &e.sampled.clock),
            StreamKind::Audio => self.streams.audio.as_ref().map(|a| &a.clock),
            StreamKind::Thermal => self
                .streams
                .thermal
                .as_ref()
                .and_then(|t| t.held.clock.as_ref()),
            StreamKind::Aux => None,
        }
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

/// How much of a stream is there, by its ticks.
fn presence(valid: &[bool]) -> Presence {
    match valid.iter().filter(|v| **v).count() {
        0 => Presence::Missing,
        n if n == valid.len() => Presence::Present,
        _ => Presence::Degraded,
    }
}

impl Streams {
    /// A device gives this stream; where two do, the first one is heard.
    fn add(&mut self, stream: &device::Stream, latency: i64, config: &StationConfig, grid: Grid) {
        let rate = stream.tick_ns.map(|ns| 1e9 / ns);
        match (stream.kind, rate) {
            (StreamKind::Eeg, Some(rate)) => {
                let grid_rate = 1e9 / EEG_TICK as f64;
                self.eeg.get_or_insert_with(|| Eeg {
                    sampled: Sampled::new(rate, grid_rate, latency),
                    montage: config.montage,
                    contact: 1.0,
                });
            }
            (StreamKind::Audio, Some(rate)) => {
                self.audio
                    .get_or_insert_with(|| Sampled::new(rate, 1e9 / AUDIO_TICK as f64, latency));
            }
            (StreamKind::Thermal, _) => {
                self.thermal.get_or_insert_with(|| Thermal {
                    held: Held::new(stream.tick_ns, latency, grid.epoch()),
                    mounting: config.mounting.clone(),
                    view: None,
                });
            }
            (StreamKind::Aux, _) => {
                self.aux.get_or_insert_default();
            }
            (StreamKind::Eeg | StreamKind::Audio, None) => {}
        }
    }

    fn take(&mut self, read_at: HostTime, reading: Reading<'_>) {
        match reading {
            Reading::Eeg {
                tick,
                microvolts,
                contact,
            } => {
                if let Some(eeg) = &mut self.eeg {
                    let mut slots = [0.0; EEG_CHANNELS];
                    for (slot, channel) in slots.iter_mut().zip(eeg.montage) {
                        let channel = channel.and_then(|c| microvolts.get(usize::from(c)));
                        *slot = channel.copied().unwrap_or(0.0);
                    }
                    eeg.contact = contact;
                    eeg.sampled.push(tick, &slots);
                }
            }
            Reading::Audio { tick, samples } => {
                if let Some(audio) = &mut self.audio {
                    for (i, sample) in samples.iter().enumerate() {
                        audio.push(tick + i as u64, &[*sample]);
                    }
                }
            }
            Reading::Thermal {
                tick,
                width,
                celsius,
            } => {
                if let Some(thermal) = &mut self.thermal {
                    thermal.take(tick, read_at, width, celsius);
                }
            }
            Reading::Aux { index, value } => {
                if let Some(aux) = &mut self.aux
                    && let Some(slot) = aux.latest.get_mut(index)
                {
                    aux.account.taken += 1;
                    if value.is_finite() {
                        *slot = Some((read_at, value));
                        aux.waiting += 1;
                    } else {
                        aux.account.drop_samples(DropReason::Invalid, 1);
                    }
                }
            }
            Reading::Invalid { stream, samples } => {
                if let Some(account) = self.account_mut(stream) {
                    account.taken += samples;
                    account.drop_samples(DropReason::Invalid, samples);
                }
            }
            Reading::Arrived { stream, tick } => self.arrived(stream, tick, read_at),
            Reading::Restarted { stream } => self.forget(stream),
        }
    }

    fn arrived(&mut self, stream: StreamKind, tick: u64, at: HostTime) {
        match stream {
            StreamKind::Eeg => {
                if let Some(eeg) = &mut self.eeg {
                    eeg.sampled.arrived(tick, at);
                }
            }
            StreamKind::Audio => {
                if let Some(audio) = &mut self.audio {
                    audio.arrived(tick, at);
                }
            }
            StreamKind::Thermal => {
                if let Some(thermal) = &mut self.thermal
                    && let Some(clock) = &mut thermal.held.clock
                {
                    clock.observe(tick, at);
                }
            }
            StreamKind::Aux => {}
        }
    }

    fn forget(&mut self, kind: StreamKind) {
        match kind {
            StreamKind::Eeg => {
                if let Some(eeg) = &mut self.eeg {
                    eeg.sampled.forget();
                    eeg.sampled.clock.restart();
                }
            }
            StreamKind::Audio => {
                if let Some(audio) = &mut self.audio {
                    audio.forget();
                    audio.clock.restart();
                }
            }
            StreamKind::Thermal => {
                if let Some(thermal) = &mut self.thermal {
                    thermal.held.forget();
                }
            }
            StreamKind::Aux => {
                if let Some(aux) = &mut self.aux {
                    aux.latest = [None; AUX];
                }
            }
        }
    }

    /// What came before the grid opened belongs to no hop.
    fn open(&mut self, epoch: HostTime) {
        if let Some(eeg) = &mut self.eeg {
            let before = eeg.sampled.close(epoch);
            eeg.sampled
                .account
                .drop_samples(DropReason::Segment, before);
        }
        if let Some(audio) = &mut self.audio {
            let before = audio.close(epoch);
            audio.account.drop_samples(DropReason::Segment, before);
        }
    }

    fn account_mut(&mut self, kind: StreamKind) -> Option<&mut Account> {
        match kind {
            StreamKind::Eeg => self.eeg.as_mut().map(|e| &mut e.sampled.account),
            StreamKind::Audio => self.audio.as_mut().map(|a| &mut a.account),
            StreamKind::Thermal => self.thermal.as_mut().map(|t| &mut t.held.account),
            StreamKind::Aux => self.aux.as_mut().map(|a| &mut a.account),
        }
    }
}

impl Thermal {
    fn take(&mut self, tick: u64, read_at: HostTime, width: usize, celsius: &[f32]) {
        let height = celsius.len().checked_div(width).unwrap_or(0);
        let size = (width, height);
        if self.view.as_ref().is_none_or(|view| view.size != size) {
            self.view = View::new(size, &self.mounting);
        }
        let at = self.held.time_of(tick, read_at);
        if let Some(view) = &mut self.view
            && width * height == celsius.len()
            && view.check.look(celsius).is_ok()
        {
            // The view was made for this very size.
            self.held
                .push(at, |out| view.crop.apply(celsius, out).unwrap_or_default());
            return;
        }
        self.held.account.taken += 1;
        self.held.account.drop_samples(DropReason::Invalid, 1);
    }
}

impl View {
    /// `None` for a picture without pixels or of an absurd size.
    fn new(size: (usize, usize), mounting: &Mounting) -> Option<Self> {
        let (width, height) = (u16::try_from(size.0).ok()?, u16::try_from(size.1).ok()?);
        (width > 0 && height > 0).then(|| Self {
            size,
            crop: Crop::new(mounting, width, height),
            check: Check::new(size.0 * size.1, mounting.ceiling_celsius),
        })
    }
}
