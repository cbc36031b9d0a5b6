//! The streams of one station: what its devices say, sorted by kind, and what a hop takes of each.

use super::readings::Readings;
use super::station::Counts;
use super::thermal::Thermal;
use super::{Held, Sampled};
use crate::clock::Clock;
use crate::config::StationConfig;
use crate::device::{Reading, Stream};
use crate::grid::{AUDIO_PER_HOP, AUDIO_PER_MEL, AUDIO_TICK, EEG_TICK, Grid};
use crate::hop::{Hop, Presence};
use crate::step::EEG_CHANNELS;
use crate::time::HostTime;
use crate::verdict::{Account, DropReason, StreamKind};

/// At most one stream of each kind.
#[derive(Default)]
pub(super) struct Streams {
    eeg: Option<Eeg>,
    audio: Option<Audio>,
    thermal: Option<Thermal>,
    aux: Option<Readings>,
}

struct Eeg {
    sampled: Sampled<EEG_CHANNELS>,
    montage: [Option<u8>; EEG_CHANNELS],
    contact: f32,
}

struct Audio {
    sampled: Sampled<1>,
    /// Which of a hop's samples are there.
    valid: Vec<bool>,
}

impl Streams {
    /// A device gives this stream; where two do, the first one is heard.
    pub(super) fn add(
        &mut self,
        stream: &Stream,
        latency: i64,
        config: &StationConfig,
        grid: Grid,
    ) {
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
                let grid_rate = 1e9 / AUDIO_TICK as f64;
                self.audio.get_or_insert_with(|| Audio {
                    sampled: Sampled::new(rate, grid_rate, latency),
                    valid: vec![false; AUDIO_PER_HOP],
                });
            }
            (StreamKind::Thermal, _) => {
                let held = Held::new(stream.tick_ns, latency, grid.epoch());
                self.thermal
                    .get_or_insert_with(|| Thermal::new(held, config.mounting.clone()));
            }
            (StreamKind::Aux, _) => {
                self.aux.get_or_insert_default();
            }
            (StreamKind::Eeg | StreamKind::Audio, None) => {}
        }
    }

    pub(super) fn take(&mut self, read_at: HostTime, reading: Reading<'_>) {
        match reading {
            Reading::Eeg {
                tick,
                microvolts,
                contact,
            } => {
                if let Some(eeg) = &mut self.eeg {
                    let mut slots = [0.0; EEG_CHANNELS];
                    for (slot, channel) in slots.iter_mut().zip(eeg.montage) {
                        // A wired channel that the headset does not give is no signal of zero.
                        let given = |c| microvolts.get(usize::from(c)).copied();
                        *slot = channel.map_or(0.0, |c| given(c).unwrap_or(f32::NAN));
                    }
                    eeg.contact = contact;
                    if slots.iter().all(|v| v.is_finite()) {
                        eeg.sampled.push(tick, &slots);
                    } else {
                        eeg.sampled.account.taken += 1;
                        let invalid = DropReason::Invalid;
                        eeg.sampled.account.drop_samples(invalid, 1);
                    }
                }
            }
            Reading::Audio { tick, samples } => {
                if let Some(audio) = &mut self.audio {
                    for (i, sample) in samples.iter().enumerate() {
                        audio.sampled.push(tick + i as u64, &[*sample]);
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
                if let Some(aux) = &mut self.aux {
                    aux.take(read_at, index, value);
                }
            }
            Reading::Invalid { stream, samples } => {
                if let Some(account) = self.account_mut(stream) {
                    account.taken += samples;
                    account.drop_samples(DropReason::Invalid, samples);
                }
            }
            Reading::Arrived { stream, tick } => self.arrived(stream, tick, read_at),
            Reading::Stamped { stream, tick, at } => self.arrived(stream, tick, at),
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
                    audio.sampled.arrived(tick, at);
                }
            }
            StreamKind::Thermal => {
                if let Some(thermal) = &mut self.thermal
                    && let Some(clock) = &mut thermal.held.clock
                {
                    let known = clock.anchor().is_some();
                    if clock.observe(tick, at) && known {
                        thermal.held.part();
                    }
                }
            }
            StreamKind::Aux => {}
        }
    }

    pub(super) fn forget(&mut self, kind: StreamKind) {
        match kind {
            StreamKind::Eeg => {
                if let Some(eeg) = &mut self.eeg {
                    eeg.sampled.forget();
                    eeg.sampled.clock.restart();
                }
            }
            StreamKind::Audio => {
                if let Some(audio) = &mut self.audio {
                    audio.sampled.forget();
                    audio.sampled.clock.restart();
                }
            }
            StreamKind::Thermal => {
                if let Some(thermal) = &mut self.thermal {
                    thermal.held.forget();
                }
            }
            StreamKind::Aux => {
                if let Some(aux) = &mut self.aux {
                    aux.forget();
                }
            }
        }
    }

    /// What came before the grid opened belongs to no hop.
    pub(super) fn open(&mut self, epoch: HostTime) {
        if let Some(eeg) = &mut self.eeg {
            let before = eeg.sampled.close(epoch);
            eeg.sampled
                .account
                .drop_samples(DropReason::Segment, before);
        }
        if let Some(audio) = &mut self.audio {
            let before = audio.sampled.close(epoch);
            audio
                .sampled
                .account
                .drop_samples(DropReason::Segment, before);
        }
    }

    pub(super) fn account_mut(&mut self, kind: StreamKind) -> Option<&mut Account> {
        match kind {
            StreamKind::Eeg => self.eeg.as_mut().map(|e| &mut e.sampled.account),
            StreamKind::Audio => self.audio.as_mut().map(|a| &mut a.sampled.account),
            StreamKind::Thermal => self.thermal.as_mut().map(|t| &mut t.held.account),
            StreamKind::Aux => self.aux.as_mut().map(|a| &mut a.account),
        }
    }

    /// Puts what the streams hold between `start` and `end` into a hop.
    pub(super) fn fill(&mut self, start: HostTime, end: HostTime, hop: &mut Hop) -> Counts {
        let mut counts = Counts::default();
        if let Some(eeg) = &mut self.eeg {
            let out = &mut hop.eeg;
            eeg.sampled
                .read(start, EEG_TICK, &mut out.ticks, &mut out.valid);
            out.presence = presence(&out.valid);
            out.wired = eeg.montage.map(|channel| channel.is_some());
            out.contact = eeg.contact;
            counts[StreamKind::Eeg.index()] = eeg.sampled.close(end);
        }
        if let Some(Audio { sampled, valid }) = &mut self.audio {
            let out = &mut hop.audio;
            sampled.read(start, AUDIO_TICK, out.samples.as_chunks_mut().0, valid);
            let blocks = valid.chunks_exact(AUDIO_PER_MEL);
            for (valid, block) in out.valid.iter_mut().zip(blocks) {
                *valid = block.iter().all(|v| *v);
            }
            out.presence = presence(&out.valid);
            counts[StreamKind::Audio.index()] = sampled.close(end);
        }
        if let Some(thermal) = &mut self.thermal {
            counts[StreamKind::Thermal.index()] = thermal.held.close(end, &mut hop.thermal);
        }
        if let Some(aux) = &mut self.aux {
            counts[StreamKind::Aux.index()] = aux.close(end, &mut hop.aux);
        }
        counts
    }

    /// A two-way probe of the thermal camera's clock.
    pub(super) fn probe_thermal(&mut self, tick: u64, sent: HostTime, received: HostTime) {
        if let Some(thermal) = &mut self.thermal
            && let Some(clock) = &mut thermal.held.clock
        {
            let known = clock.anchor().is_some();
            if clock.probe(tick, sent, received) && known {
                thermal.held.part();
            }
        }
    }

    /// How far a stream has come, if a hop waits for it.
    pub(super) fn watermark(&self, kind: StreamKind) -> Option<Option<HostTime>> {
        match kind {
            StreamKind::Eeg => self.eeg.as_ref().map(|e| e.sampled.watermark()),
            StreamKind::Audio => self.audio.as_ref().map(|a| a.sampled.watermark()),
            StreamKind::Thermal | StreamKind::Aux => None,
        }
    }

    pub(super) fn account(&self, kind: StreamKind) -> Option<(Account, u64)> {
        let of = |s: &Account, waiting| (*s, waiting);
        match kind {
            StreamKind::Eeg => {
                let eeg = &self.eeg.as_ref()?.sampled;
                Some(of(&eeg.account, eeg.waiting()))
            }
            StreamKind::Audio => {
                let audio = &self.audio.as_ref()?.sampled;
                Some(of(&audio.account, audio.waiting()))
            }
            StreamKind::Thermal => {
                let thermal = &self.thermal.as_ref()?.held;
                Some(of(&thermal.account, thermal.waiting()))
            }
            StreamKind::Aux => self.aux.as_ref().map(|a| of(&a.account, a.waiting())),
        }
    }

    /// When the newest sample was true.
    pub(super) fn newest(&self, kind: StreamKind) -> Option<HostTime> {
        match kind {
            StreamKind::Eeg => self.eeg.as_ref()?.sampled.newest(),
            StreamKind::Audio => self.audio.as_ref()?.sampled.newest(),
            StreamKind::Thermal => self.thermal.as_ref()?.held.newest(),
            StreamKind::Aux => self.aux.as_ref()?.newest(),
        }
    }

    pub(super) fn clock(&self, kind: StreamKind) -> Option<&Clock> {
        match kind {
            StreamKind::Eeg => self.eeg.as_ref().map(|e| &e.sampled.clock),
            StreamKind::Audio => self.audio.as_ref().map(|a| &a.sampled.clock),
            StreamKind::Thermal => self.thermal.as_ref()?.held.clock.as_ref(),
            StreamKind::Aux => None,
        }
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
