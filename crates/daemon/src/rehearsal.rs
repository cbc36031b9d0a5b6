//! A simulated cook through the pipeline, as fast as it goes: for training data, tests and benchmarks.
//!
//! The events are those of a live rig; time is the simulator's.

use wok_core::config::{
    DEFAULT_LATENESS, DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig,
};
use wok_core::dsp::thermal::Mounting;
use wok_core::event::{Body, Event, InferError};
use wok_core::pipeline::{Output, Pipeline, Step};
use wok_core::recipe::{self, Recipe};
use wok_core::step::StepOutput;
use wok_core::time::{HostTime, SECOND};
use wok_core::verdict::Verdict;
use wok_simulator::{Camera, Config, Device, Headset, Microphone, Rig};

/// Where the cook's zero lies on the rehearsal's clock: a whole hop, so that hop k of the grid is hop k
/// of the truth.
pub const START: HostTime = HostTime::from_nanos(1000 * SECOND);

/// The number of a simulated device.
#[must_use]
pub fn device_id(device: Device) -> DeviceId {
    DeviceId(device as u16)
}

/// The station that a simulated rig is.
#[must_use]
pub fn station(id: &str, rig: &Config) -> StationConfig {
    let headset = match rig.headset {
        Headset::Cyton => Some(Protocol::Cyton {
            daisy: false,
            gain: 24,
        }),
        Headset::ThinkGear => Some(Protocol::ThinkGear),
        Headset::None => None,
    };
    let camera = match rig.camera {
        Camera::GyMcu90640 { .. } => Some(Protocol::GyMcu90640),
        Camera::WokLink { .. } => Some(Protocol::WokLink { sound: false }),
        Camera::None => None,
    };
    let microphone = match rig.microphone {
        Microphone::Pcm { rate_hz } => Some(Protocol::Pcm {
            rate_hz,
            channels: 1,
        }),
        Microphone::None => None,
    };
    let devices = [
        (Device::Headset, headset),
        (Device::Camera, camera),
        (Device::Microphone, microphone),
    ];
    let wired = if rig.headset == Headset::ThinkGear {
        1
    } else {
        8
    };
    StationConfig {
        id: id.to_owned(),
        devices: devices
            .into_iter()
            .filter_map(|(device, protocol)| {
                Some(DeviceConfig {
                    id: device_id(device),
                    protocol: protocol?,
                    latency: 0,
                })
            })
            .collect(),
        montage: std::array::from_fn(|slot| (slot < wired).then_some(slot as u8)),
        mounting: Mounting::default(),
        recipe: recipe::dish(rig.dish.id()).map_or_else(Recipe::unknown, |dish| dish.recipe),
    }
}

/// The pipeline of one simulated station.
#[must_use]
pub fn pipeline(rig: &Config) -> PipelineConfig {
    PipelineConfig {
        lateness: DEFAULT_LATENESS,
        mains_hz: 50,
        stations: vec![station("stove", rig)],
    }
}

/// What a rehearsal hands on.
pub trait Listener {
    /// Answers a step of the model.
    ///
    /// # Errors
    /// As the model.
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError>;
    /// A hop is decided.
    fn verdict(&mut self, _: &Verdict) {}
    /// An event happened; the recorder's view.
    fn event(&mut self, _: &Event) {}
}

/// Runs `rig` to its end, or to `limit` nanoseconds of cooking, and returns the pipeline as it stands.
pub fn run(
    rig: &mut Rig,
    config: PipelineConfig,
    limit: Option<i64>,
    listener: &mut dyn Listener,
) -> Pipeline {
    let mut stage = Stage {
        pipeline: Pipeline::new(),
        seq: 0,
        listener,
    };
    stage.event(START, Body::Epoch(Box::new(config)));
    let mut bytes = Vec::new();
    let mut end = START;
    while let Some(emission) = rig.next() {
        if limit.is_some_and(|limit| emission.at_ns > limit) {
            break;
        }
        let at = START + emission.at_ns;
        end = at;
        stage.tick_until(at);
        bytes.clear();
        bytes.extend_from_slice(emission.bytes);
        let device = device_id(emission.device);
        let body = Body::Read {
            device,
            read_at: at,
            bytes,
        };
        bytes = match stage.event(at, body) {
            Body::Read { bytes, .. } => bytes,
            _ => Vec::new(),
        };
    }
    // The hop that holds the last byte closes at its deadline.
    stage.tick_until(end + SECOND);
    stage.pipeline
}

struct Stage<'a> {
    pipeline: Pipeline,
    seq: u64,
    listener: &'a mut dyn Listener,
}

impl Stage<'_> {
    fn tick_until(&mut self, at: HostTime) {
        while let Some(deadline) = self.pipeline.next_deadline()
            && deadline <= at
        {
            self.event(deadline, Body::Tick);
        }
    }

    /// Handles an event and all that it leads to; gives the body back for reuse.
    fn event(&mut self, at: HostTime, body: Body) -> Body {
        let event = Event {
            seq: self.seq,
            at,
            body,
        };
        self.seq += 1;
        self.listener.event(&event);
        self.pipeline.handle(&event);
        while let Some(output) = self.pipeline.poll() {
            match output {
                Output::Infer(step) => {
                    let result = self.listener.answer(&step).map(Box::new);
                    let (station, hop) = (step.station, step.hop);
                    self.pipeline.recycle(step);
                    self.event(
                        at,
                        Body::InferDone {
                            station,
                            hop,
                            result,
                        },
                    );
                }
                Output::Verdict(verdict) => self.listener.verdict(&verdict),
                Output::Dropped { .. } => {}
            }
        }
        event.body
    }
}
