//! EEG of a Lab Streaming Layer outlet: regular samples with the sender's stamps.
//!
//! A stamp is on the sender's clock, which two-way probes bring to the host's; until there are any, or
//! where an outlet stamps with another clock than the one it answers probes with, the arrival does. A
//! sample that was lost before it was sent shows in the stamps alone.

mod pace;

use firmware_interfaces::lsl::{Decoder, Header, Item, Stamp};
use pace::{Pace, Turn};

use super::{Driver, Reading, Stream};
use crate::clock::Clock;
use crate::grid::HOP;
use crate::time::{HostTime, MS, SECOND};
use crate::verdict::StreamKind;

/// Room below the first tick for the kernel's arithmetic.
const TICK0: u64 = 1 << 16;
/// A stamp that lies further from its arrival than this is on another clock than the probes (design choice).
const FAR: i64 = 10 * SECOND;
/// Nothing is true after it came, but for what probes do not see of a link that is slower one way.
const EARLY: i64 = 50 * MS;

pub(super) struct Lsl {
    streams: [Stream; 1],
    decoder: Decoder,
    header: Option<Header>,
    /// Of the sample under way; `None` where it cannot be deduced.
    stamp: Option<f64>,
    /// The last one, on which the next may be built.
    last: Option<f64>,
    microvolts: Vec<f32>,
    pace: Option<Pace>,
    tick: u64,
    by_probe: Clock,
    by_arrival: Clock,
}

impl Lsl {
    pub(super) fn new(rate_hz: u32) -> Self {
        let tick_ns = 1e9 / f64::from(rate_hz.max(1));
        Self {
            streams: [Stream {
                kind: StreamKind::Eeg,
                tick_ns: Some(tick_ns),
            }],
            decoder: Decoder::new(),
            header: None,
            stamp: None,
            last: None,
            microvolts: Vec::with_capacity(64),
            pace: None,
            tick: TICK0,
            by_probe: Clock::new(1.0, 0),
            by_arrival: Clock::new(1.0, 0),
        }
    }

    /// Host time of a stamp in nanoseconds of the sender's clock, learning from its arrival.
    fn host(&mut self, stamp: u64, read_at: HostTime) -> HostTime {
        self.by_arrival.observe(stamp, read_at);
        // Samples come between probes, and after the last of those that a lossy link lets through; one that
        // comes before its time must not fix the map for the others.
        let by_probe = self.by_probe.host(stamp);
        if by_probe.is_some_and(|at| at - read_at < HOP) {
            self.by_probe.reach(stamp);
        }
        self.by_probe
            .host(stamp)
            .filter(|at| (-FAR..EARLY).contains(&(*at - read_at)))
            .or_else(|| self.by_arrival.host(stamp))
            .unwrap_or(read_at)
    }

    fn sample(&mut self, on: &mut dyn FnMut(Reading<'_>)) {
        let stream = StreamKind::Eeg;
        let period = self.streams[0].tick_ns.unwrap_or_default() * 1e-9;
        // Nanoseconds of the stamp must fit: 292 years.
        let Some(stamp) = self.stamp.filter(|s| (0.0..9e9).contains(s)) else {
            self.last = None;
            on(Reading::Invalid { stream, samples: 1 });
            return;
        };
        self.last = Some(stamp);
        match self.pace.as_mut().map(|pace| pace.take(stamp)) {
            Some(Turn::After(lost)) => self.tick += lost,
            turn => {
                if turn.is_some() {
                    on(Reading::Restarted { stream });
                    self.by_arrival.restart();
                }
                self.pace = Some(Pace::from(stamp, period));
            }
        }
        on(Reading::Eeg {
            tick: self.tick,
            microvolts: &self.microvolts,
            contact: 1.0,
        });
        self.tick += 1;
    }
}

impl Driver for Lsl {
    fn streams(&self) -> &[Stream] {
        &self.streams
    }

    fn push(&mut self, read_at: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let before = self.tick;
        let mut decoder = core::mem::take(&mut self.decoder);
        decoder.push(bytes, |item| match item {
            Item::Header(header) => {
                if header.begins {
                    self.last = None;
                }
                self.header = Some(header);
            }
            Item::Sample { stamp } => {
                self.microvolts.clear();
                let rate = self.header.map_or(0.0, |header| header.rate_hz);
                self.stamp = match stamp {
                    Stamp::Seconds(seconds) => Some(seconds),
                    Stamp::Deduced => self.last.filter(|_| rate > 0.0).map(|l| l + 1.0 / rate),
                };
            }
            Item::Number { value, .. } => {
                let scale = self.header.map_or(1.0, |header| header.scale);
                self.microvolts
                    .push((value.as_f64() * f64::from(scale)) as f32);
            }
            Item::End => self.sample(on),
            Item::Fault(_) => {
                self.header = None;
                self.last = None;
            }
            Item::Text { .. } | Item::Piece(_) | Item::Skipped { .. } => {}
        });
        self.decoder = decoder;
        if let Some(last) = self.last
            && self.tick > before
        {
            let at = self.host((last * 1e9).round() as u64, read_at);
            on(Reading::Stamped {
                stream: StreamKind::Eeg,
                tick: self.tick - 1,
                at,
            });
        }
    }

    fn probe(&mut self, tick: u64, sent: HostTime, received: HostTime) {
        self.by_probe.probe(tick, sent, received);
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        // Blocks hold whole samples. How many never came for good is what the next stamp says.
        self.decoder.skip_to_sample();
        self.last = None;
        let samples = self.header.map_or(0, |header| {
            let values = header.shape.format.size() as u64 * u64::from(header.shape.channels);
            bytes / (9 + values)
        });
        (StreamKind::Eeg, samples)
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.header = None;
        self.last = None;
        self.pace = None;
        // The next connection may be to a sender that has been started anew. What probes say of its clock
        // may be older than its first sample, and opens a segment by itself.
        self.by_arrival.restart();
    }

    fn skipped_bytes(&self) -> u64 {
        self.decoder.stats().skipped_bytes
    }
}

#[cfg(test)]
mod tests;
