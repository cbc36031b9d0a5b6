//! The pipeline: a pure function of the event log.
//!
//! `handle` takes events in order, `poll` gives steps for the model and verdicts, `next_deadline` says
//! when a [`Body::Tick`] is due. The model runs elsewhere; its answer comes back as an event.

mod lane;

use std::collections::VecDeque;

use lane::Lane;

use crate::clock::Clock;
use crate::config::{DeviceId, PipelineConfig};
use crate::crossmodal::Lags;
use crate::event::{Body, Command, Event};
use crate::grid::Grid;
use crate::hop::Hop;
use crate::step::StepInput;
use crate::time::HostTime;
use crate::verdict::{Account, DropReason, StreamKind, Verdict};

/// One step for the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Index of the station.
    pub station: u16,
    /// The hop.
    pub hop: u64,
    /// The inputs.
    pub input: StepInput,
}

/// What the pipeline wants or says.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// The model is to take this step; answer with [`Body::InferDone`].
    Infer(Box<Step>),
    /// A hop has closed, and this is what the streams gave; only where [`Pipeline::show_hops`] asked for it.
    Hop(u16, Box<Hop>),
    /// A hop is decided.
    Verdict(Box<Verdict>),
    /// Samples were dropped since the station's last hop.
    Dropped {
        /// Index of the station.
        station: u16,
        /// The stream.
        stream: StreamKind,
        /// Why.
        reason: DropReason,
        /// How many.
        samples: u64,
    },
}

/// All stations on one grid.
#[derive(Default)]
pub struct Pipeline {
    lanes: Vec<Lane>,
    out: VecDeque<Output>,
    spare: Vec<Box<Step>>,
    listens: bool,
    shows_hops: bool,
}

impl Pipeline {
    /// A pipeline that waits for its [`Body::Epoch`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Listens for knocks too, from the next epoch on. What the pipeline says otherwise stays the same.
    pub fn listen_for_knocks(&mut self) {
        self.listens = true;
    }

    /// Hands out a copy of every hop from now on, before its verdict, with the index of its station. What the
    /// pipeline says otherwise stays the same.
    pub fn show_hops(&mut self) {
        self.shows_hops = true;
    }

    /// Takes the next event of the log in.
    pub fn handle(&mut self, event: &Event) {
        match &event.body {
            Body::Epoch(config) => self.open(config, event.at),
            Body::Read {
                device,
                read_at,
                bytes,
            } => {
                for lane in &mut self.lanes {
                    if lane.station.read(*device, *read_at, bytes) {
                        break;
                    }
                }
            }
            Body::Overflow { device, bytes } => {
                self.lanes
                    .iter_mut()
                    .for_each(|lane| lane.station.overflowed(*device, *bytes));
            }
            Body::Link { device, up } => {
                self.lanes
                    .iter_mut()
                    .for_each(|lane| lane.station.link(*device, *up));
            }
            Body::Probe {
                device,
                sent,
                received,
                tick,
            } => {
                for lane in &mut self.lanes {
                    lane.station.probed(*device, *tick, *sent, *received);
                }
            }
            Body::Tick => {}
            Body::Slept { .. } => self.lanes.iter_mut().for_each(|lane| lane.station.slept()),
            Body::Command(command) => self.command(command),
            Body::ModelSwap { .. } => self.lanes.iter_mut().for_each(Lane::forget_model),
            Body::InferDone {
                station,
                hop,
                result,
            } => {
                if let Some(lane) = self.lanes.get_mut(usize::from(*station)) {
                    lane.done(
                        *hop,
                        result.as_deref().map_err(|e| *e),
                        &mut self.out,
                        &mut self.spare,
                    );
                }
            }
        }
        for lane in &mut self.lanes {
            while lane.station.is_due(event.at) {
                lane.close(event.at, self.shows_hops, &mut self.out, &mut self.spare);
            }
        }
    }

    /// What the events so far led to, in order.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// When the next hop closes at the latest; a [`Body::Tick`] is due then.
    #[must_use]
    pub fn next_deadline(&self) -> Option<HostTime> {
        self.lanes.iter().map(|lane| lane.station.deadline()).min()
    }

    /// Hands a step back for reuse.
    pub fn recycle(&mut self, step: Box<Step>) {
        if self.spare.len() < 2 * self.lanes.len() {
            self.spare.push(step);
        }
    }

    /// Where the samples of a stream went, and how many of them wait: for a hop to close or for the
    /// model to take one.
    #[must_use]
    pub fn account(&self, station: u16, stream: StreamKind) -> Option<(Account, u64)> {
        self.lanes.get(usize::from(station))?.account(stream)
    }

    /// The clock of a stream.
    #[must_use]
    pub fn clock(&self, station: u16, stream: StreamKind) -> Option<&Clock> {
        self.lanes.get(usize::from(station))?.station.clock(stream)
    }

    /// How much later one stream of a station shows its tosses than another; `None` where there is no
    /// such station.
    #[must_use]
    pub fn lags(&self, station: u16) -> Option<&Lags> {
        Some(self.lanes.get(usize::from(station))?.crossmodal.lags())
    }

    /// How many knocks a station heard, and its lags by them; `None` where there is no such station.
    #[must_use]
    pub fn knocks(&self, station: u16) -> Option<(u32, Lags)> {
        Some(self.lanes.get(usize::from(station))?.crossmodal.knocks())
    }

    /// When the newest sample of a stream was true; `None` before the first.
    #[must_use]
    pub fn newest(&self, station: u16, stream: StreamKind) -> Option<HostTime> {
        self.lanes.get(usize::from(station))?.station.newest(stream)
    }

    /// Bytes of a device that meant nothing so far: garbage, spoiled frames.
    #[must_use]
    pub fn skipped_bytes(&self, device: DeviceId) -> Option<u64> {
        let mut lanes = self.lanes.iter();
        lanes.find_map(|lane| lane.station.skipped_bytes(device))
    }

    fn open(&mut self, config: &PipelineConfig, at: HostTime) {
        let grid = Grid::opened_at(at);
        self.lanes = config
            .stations
            .iter()
            .zip(0..)
            .map(|(station, index)| Lane::new(index, station, config, grid))
            .collect();
        if self.listens {
            self.lanes
                .iter_mut()
                .for_each(|lane| lane.crossmodal.listen_for_knocks());
        }
    }

    fn command(&mut self, command: &Command) {
        let (Command::Bypass { station, .. }
        | Command::Recipe { station, .. }
        | Command::NewCook { station }) = command;
        let Some(lane) = self.lanes.get_mut(usize::from(*station)) else {
            return;
        };
        match command {
            Command::Bypass { on, .. } => lane.features.set_bypass(*on),
            Command::Recipe { recipe, .. } => {
                lane.features.set_recipe(recipe);
                lane.cues.set_recipe(recipe);
            }
            Command::NewCook { .. } => {
                lane.features.reset();
                lane.cues.reset();
                lane.forget_model();
            }
        }
    }
}
