//! OpenBCI Cyton: 8 channels at 250 Hz, or 16 at 125 Hz with a Daisy. No stamps, a one-byte counter.

use firmware_interfaces::cyton::{Decoder, Item, Packet, daisy, microvolts};

use super::{Driver, HEADSET_CHANNELS, Reading, Stream};
use crate::time::{HostTime, MS};
use crate::verdict::StreamKind;

const SINGLE: [Stream; 1] = [Stream {
    kind: StreamKind::Eeg,
    tick_ns: Some(4e6),
}];
const PAIRED: [Stream; 1] = [Stream {
    kind: StreamKind::Eeg,
    tick_ns: Some(8e6),
}];
const PACKET_NS: i64 = 4 * MS;

pub(super) struct Cyton {
    decoder: Decoder,
    pair: Option<daisy::Pair>,
    gain: u8,
    counter: Counter,
}

/// Unwraps the one-byte counter: a gap's multiple of 256 comes from the arrival times.
#[derive(Debug, Default)]
struct Counter {
    last: Option<(u8, u64, HostTime)>,
}

impl Counter {
    fn unwrap(&mut self, number: u8, read_at: HostTime) -> u64 {
        let tick = match self.last {
            // Room below the first tick for the kernel's arithmetic.
            None => 256 + u64::from(number),
            Some((before, tick, at)) => {
                let step = u64::from(number.wrapping_sub(before));
                // The next number in turn is no gap, however late a stalled host read it.
                let wraps = if step == 1 {
                    0
                } else {
                    let elapsed = u64::try_from((read_at - at) / PACKET_NS).unwrap_or(0);
                    (elapsed.saturating_sub(step) + 128) / 256
                };
                tick + if step == 0 {
                    256 * wraps.max(1)
                } else {
                    step + 256 * wraps
                }
            }
        };
        self.last = Some((number, tick, read_at));
        tick
    }
}

impl Cyton {
    pub(super) fn new(daisy: bool, gain: u8) -> Self {
        Self {
            decoder: Decoder::new(),
            pair: daisy.then(daisy::Pair::new),
            gain,
            counter: Counter::default(),
        }
    }
}

impl Driver for Cyton {
    fn streams(&self) -> &'static [Stream] {
        if self.pair.is_some() {
            &PAIRED
        } else {
            &SINGLE
        }
    }

    fn push(&mut self, read_at: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let Self {
            decoder,
            pair,
            gain,
            counter,
        } = self;
        let mut newest = None;
        let mut scaled = [0.0; HEADSET_CHANNELS];
        decoder.push(bytes, |item| {
            let Item::Packet(packet) = item else { return };
            let packet: &Packet = packet;
            let tick = counter.unwrap(packet.number, read_at);
            let (tick, counts): (u64, &[i32]) = match pair {
                None => (tick, &packet.channels),
                Some(pair) => match pair.push(packet) {
                    Some(sample) => {
                        for (to, count) in scaled.iter_mut().zip(sample.channels) {
                            *to = microvolts(count, *gain);
                        }
                        newest = Some(tick / 2);
                        on(Reading::Eeg {
                            tick: tick / 2,
                            microvolts: &scaled,
                            contact: 1.0,
                        });
                        return;
                    }
                    None => return,
                },
            };
            for (to, count) in scaled.iter_mut().zip(counts) {
                *to = microvolts(*count, *gain);
            }
            newest = Some(tick);
            on(Reading::Eeg {
                tick,
                microvolts: &scaled[..counts.len()],
                contact: 1.0,
            });
        });
        if let Some(tick) = newest {
            on(Reading::Arrived {
                stream: StreamKind::Eeg,
                tick,
            });
        }
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        let packets = if self.pair.is_some() { 66 } else { 33 };
        (StreamKind::Eeg, bytes / packets)
    }

    fn reset(&mut self) {
        self.decoder.reset();
        self.counter = Counter::default();
        if let Some(pair) = &mut self.pair {
            *pair = daisy::Pair::new();
        }
    }

    fn skipped_bytes(&self) -> u64 {
        self.decoder.stats().skipped_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counter_is_unwrapped_by_arrival_times() {
        let check = |numbers: &[(u8, i64)], expected: &[u64]| {
            let mut counter = Counter::default();
            let ticks: Vec<_> = numbers
                .iter()
                .map(|&(n, ms)| counter.unwrap(n, HostTime::from_nanos(ms * MS)))
                .collect();
            let first = ticks[0];
            assert_eq!(
                ticks.iter().map(|t| t - first).collect::<Vec<_>>(),
                expected,
                "{numbers:?}"
            );
        };
        check(&[(254, 0), (255, 4), (0, 8), (1, 12)], &[0, 1, 2, 3]);
        check(&[(10, 0), (15, 20)], &[0, 5]);
        // 300 packets lost: 1.2 s passed.
        check(&[(10, 0), (54, 1200)], &[0, 300]);
        // A host that stalled for two seconds and then reads on has lost nothing.
        check(&[(10, 0), (11, 2000), (12, 2000)], &[0, 1, 2]);
        // The very same number again after 1.024 s.
        check(&[(10, 0), (10, 1024)], &[0, 256]);
    }
}
