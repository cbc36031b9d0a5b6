//! NeuroSky ThinkGear: one channel at 512 Hz. No stamps and no counter: a lost packet shows only by
//! its checksum, a longer loss as a step of the clock.

use firmware_interfaces::thinkgear::{Decoder, Item, OFF_SKIN, Row, volts};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const STREAMS: [Stream; 1] = [Stream {
    kind: StreamKind::Eeg,
    tick_ns: Some(1e9 / 512.0),
}];
/// A raw sample's packet is this long.
const RAW_PACKET: u64 = 8;

pub(super) struct ThinkGear {
    decoder: Decoder,
    tick: u64,
    contact: f32,
}

impl ThinkGear {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            tick: 1024,
            contact: 1.0,
        }
    }
}

impl Driver for ThinkGear {
    fn streams(&self) -> &'static [Stream] {
        &STREAMS
    }

    fn push(&mut self, _: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let Self {
            decoder,
            tick,
            contact,
        } = self;
        let before = *tick;
        decoder.push(bytes, |item| match item {
            Item::Packet(packet) => {
                for row in packet.rows() {
                    match row {
                        Row::Raw(raw) => {
                            let microvolts = [volts(raw) * 1e6];
                            on(Reading::Eeg {
                                tick: *tick,
                                microvolts: &microvolts,
                                contact: *contact,
                            });
                            *tick += 1;
                        }
                        Row::PoorSignal(poor) => {
                            *contact = 1.0 - f32::from(poor.min(OFF_SKIN)) / f32::from(OFF_SKIN);
                        }
                        _ => {}
                    }
                }
            }
            Item::Skipped { bytes } => *tick += u64::from(bytes) / RAW_PACKET,
            _ => {}
        });
        if *tick > before {
            on(Reading::Arrived {
                stream: StreamKind::Eeg,
                tick: *tick - 1,
            });
        }
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        let samples = bytes / RAW_PACKET;
        self.tick += samples;
        (StreamKind::Eeg, samples)
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn skipped_bytes(&self) -> u64 {
        self.decoder.stats().skipped_bytes
    }
}
