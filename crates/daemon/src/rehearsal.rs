//! A simulated cook, or a recording, through the pipeline as fast as it goes: for training data, tests and
//! benchmarks.
//!
//! The events are those of a live rig; time is the simulator's or the recording's.

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
    alone(station("stove", rig))
}

/// The pipeline of one station.
#[must_use]
pub fn alone(station: StationConfig) -> PipelineConfig {
    PipelineConfig {
        lateness: DEFAULT_LATENESS,
        mains_hz: 50,
        stations: vec![station],
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
    let mut stage = Stage::open(config, listener);
    while let Some(emission) = rig.next() {
        if limit.is_some_and(|limit| emission.at_ns > limit) {
            break;
        }
        stage.read(device_id(emission.device), emission.at_ns, emission.bytes);
    }
    stage.close()
}

/// A pipeline of its own that devices are played into; time is what their bytes say.
pub struct Stage<'a> {
    pipeline: Pipeline,
    seq: u64,
    end: HostTime,
    bytes: Vec<u8>,
    listener: &'a mut dyn Listener,
}

impl<'a> Stage<'a> {
    /// Opens an epoch at [`START`].
    pub fn open(config: PipelineConfig, listener: &'a mut dyn Listener) -> Self {
        let mut stage = Self {
            pipeline: Pipeline::new(),
            seq: 0,
            end: START,
            bytes: Vec::new(),
            listener,
        };
        stage.event(START, Body::Epoch(Box::new(config)));
        stage
    }

    /// A device gave `bytes`, `at_ns` after [`START`] and never before those it gave earlier.
    pub fn read(&mut self, device: DeviceId, at_ns: i64, bytes: &[u8]) {
        let at = START + at_ns;
        self.end = at;
        self.tick_until(at);
        let mut own = std::mem::take(&mut self.bytes);
        own.clear();
        own.extend_from_slice(bytes);
        let body = Body::Read {
            device,
            read_at: at,
            bytes: own,
        };
        if let Body::Read { bytes, .. } = self.event(at, body) {
            self.bytes = bytes;
        }
    }

    /// Closes the hop that holds the last byte, at its deadline, and gives the pipeline as it stands.
    #[must_use]
    pub fn close(mut self) -> Pipeline {
        self.tick_until(self.end + SECOND);
        self.pipeline
    }

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
                Output::Hop(..) | Output::Dropped { .. } => {}
            }
        }
        event.body
    }
}
