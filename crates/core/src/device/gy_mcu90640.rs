//! GY-MCU90640: 32×24 °C in a checked frame, no stamp, no counter.

use firmware_interfaces::gy_mcu90640::{Decoder, FRAME_LEN, Item, PIXELS, WIDTH};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const STREAMS: [Stream; 1] = [Stream {
    kind: StreamKind::Thermal,
    tick_ns: None,
}];

pub(super) struct GyMcu90640 {
    decoder: Decoder,
    celsius: [f32; PIXELS],
}

impl GyMcu90640 {
    pub(super) fn new() -> Self {
        Self {
            decoder: Decoder::new(),
            celsius: [0.0; PIXELS],
        }
    }
}

impl Driver for GyMcu90640 {
    fn streams(&self) -> &'static [Stream] {
        &STREAMS
    }

    fn push(&mut self, _: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let Self { decoder, celsius } = self;
        decoder.push(bytes, |item| match item {
            Item::Frame(frame) => {
                for (to, centi) in celsius.iter_mut().zip(frame.unmirrored()) {
                    *to = f32::from(centi) / 100.0;
                }
                on(Reading::Thermal {
                    tick: 0,
                    width: WIDTH,
                    celsius,
                });
            }
            Item::BadChecksum => on(Reading::Invalid {
                stream: StreamKind::Thermal,
                samples: 1,
            }),
            _ => {}
        });
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        (StreamKind::Thermal, bytes.div_ceil(FRAME_LEN as u64))
    }

    fn reset(&mut self) {
        self.decoder.reset();
    }

    fn skipped_bytes(&self) -> u64 {
        self.decoder.stats().skipped_bytes
    }
}
