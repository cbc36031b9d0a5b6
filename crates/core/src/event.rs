//! The one totally ordered log that the pipeline is a function of.

use crate::config::{DeviceId, PipelineConfig};
use crate::recipe::Recipe;
use crate::step::StepOutput;
use crate::time::HostTime;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Rises by one from entry to entry.
    pub seq: u64,
    /// When the pipeline took it in; never falls. Only this decides deadlines.
    pub at: HostTime,
    /// What happened.
    pub body: Body,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Opens an epoch: a new grid, fresh stations, this configuration.
    Epoch(Box<PipelineConfig>),
    /// Bytes of one device.
    Read {
        /// The device.
        device: DeviceId,
        /// When the source had them in hand; feeds clocks, decides nothing.
        read_at: HostTime,
        /// The bytes as they came.
        bytes: Vec<u8>,
    },
    /// The queue of a device was full and its oldest bytes were dropped.
    Overflow {
        /// The device.
        device: DeviceId,
        /// Bytes that were dropped.
        bytes: u64,
    },
    /// A device came or went.
    Link {
        /// The device.
        device: DeviceId,
        /// Whether it is there.
        up: bool,
    },
    /// A two-way probe of a device's clock: the request left and its answer came.
    Probe {
        /// The device.
        device: DeviceId,
        /// When the request left the host.
        sent: HostTime,
        /// When the answer had come.
        received: HostTime,
        /// The device's time in between, in its ticks.
        tick: u64,
    },
    /// Nothing but the time.
    Tick,
    /// The machine slept, and the host's monotonic clock with it, while devices' clocks may have gone on.
    Slept {
        /// For how long, nanoseconds.
        nanos: i64,
    },
    /// A wish from outside.
    Command(Command),
    /// Another model takes over; every station's model state is forgotten.
    ModelSwap {
        /// SHA-256 of the model file.
        sha256: [u8; 32],
    },
    /// The model answered.
    InferDone {
        /// The station.
        station: u16,
        /// The hop whose step it was.
        hop: u64,
        /// The answer.
        result: Result<Box<StepOutput>, InferError>,
    },
}

/// Why a step gave no output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InferError {
    /// A number was not finite; the state was reset.
    NotFinite,
    /// The runtime failed.
    Failed,
}

/// A wish from outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Bypass the normalisation of a station, or stop bypassing it.
    Bypass {
        /// The station.
        station: u16,
        /// On or off.
        on: bool,
    },
    /// Cook something else at a station, from now on.
    Recipe {
        /// The station.
        station: u16,
        /// The targets.
        recipe: Box<Recipe>,
    },
    /// A new cook begins at a station: features and model state are forgotten.
    NewCook {
        /// The station.
        station: u16,
    },
}
