//! InfiRay P2 Pro and Topdon TC001: each read is one whole video frame, without a stamp of its own.

use firmware_interfaces::infiray::{FRAME_LEN, Frame, PIXELS, WIDTH};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const STREAMS: [Stream; 1] = [Stream {
    kind: StreamKind::Thermal,
    tick_ns: None,
}];

pub(super) struct InfiRay {
    celsius: Vec<f32>,
    skipped: u64,
}

impl InfiRay {
    pub(super) fn new() -> Self {
        Self {
            celsius: Vec::with_capacity(PIXELS),
            skipped: 0,
        }
    }
}

impl Driver for InfiRay {
    fn streams(&self) -> &'static [Stream] {
        &STREAMS
    }

    fn push(&mut self, _: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        if let Ok(frame) = Frame::parse(bytes) {
            self.celsius.clear();
            self.celsius.extend(frame.celsius());
            on(Reading::Thermal {
                tick: 0,
                width: WIDTH,
                celsius: &self.celsius,
            });
        } else {
            self.skipped += bytes.len() as u64;
            on(Reading::Invalid {
                stream: StreamKind::Thermal,
                samples: 1,
            });
        }
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        (StreamKind::Thermal, bytes.div_ceil(FRAME_LEN as u64))
    }

    fn reset(&mut self) {}

    fn skipped_bytes(&self) -> u64 {
        self.skipped
    }
}
