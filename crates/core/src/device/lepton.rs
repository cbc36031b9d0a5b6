//! FLIR Lepton: each read is one whole Y16 frame. With telemetry it carries the camera's uptime;
//! without it, or without TLinear, its counts are no temperatures and the frame is invalid.

use firmware_interfaces::lepton::{FfcState, Frame, Model};

use super::{Driver, Reading, Stream};
use crate::time::HostTime;
use crate::verdict::StreamKind;

const STREAMS: [Stream; 1] = [Stream {
    kind: StreamKind::Thermal,
    tick_ns: Some(1e6),
}];

pub(super) struct Lepton {
    celsius: Vec<f32>,
    skipped: u64,
}

impl Lepton {
    pub(super) fn new() -> Self {
        Self {
            celsius: Vec::with_capacity(Model::Lepton3.pixels()),
            skipped: 0,
        }
    }
}

impl Driver for Lepton {
    fn streams(&self) -> &'static [Stream] {
        &STREAMS
    }

    fn push(&mut self, _: HostTime, bytes: &[u8], on: &mut dyn FnMut(Reading<'_>)) {
        let invalid = Reading::Invalid {
            stream: StreamKind::Thermal,
            samples: 1,
        };
        let Ok(frame) = Frame::parse(bytes) else {
            self.skipped += bytes.len() as u64;
            return on(invalid);
        };
        // While the shutter is down the camera repeats or spoils its picture.
        let usable = frame
            .telemetry()
            .filter(|t| t.status.ffc != FfcState::InProgress);
        let (Some(telemetry), Ok(scale)) = (usable, frame.scale()) else {
            return on(invalid);
        };
        self.celsius.clear();
        self.celsius
            .extend(frame.counts().map(|count| scale.celsius(count)));
        let tick = u64::from(telemetry.uptime_ms);
        on(Reading::Thermal {
            tick,
            width: frame.model().width(),
            celsius: &self.celsius,
        });
        on(Reading::Arrived {
            stream: StreamKind::Thermal,
            tick,
        });
    }

    fn overflowed(&mut self, bytes: u64) -> (StreamKind, u64) {
        (
            StreamKind::Thermal,
            bytes.div_ceil(Model::Lepton3.frame_len(true) as u64),
        )
    }

    fn reset(&mut self) {}

    fn skipped_bytes(&self) -> u64 {
        self.skipped
    }
}
