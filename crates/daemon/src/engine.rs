//! The pipeline's own thread, and the model's.
//!
//! The engine stamps what it takes from the inbox, writes it to the log, hands it to the pipeline and
//! passes on what the pipeline says. The model blocks, so it has a thread of its own and answers
//! through the inbox like everyone else.

use std::sync::Arc;
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel,
};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use wok_core::config::DeviceId;
use wok_core::event::{Body, Event};
use wok_core::hop::Presence;
use wok_core::pipeline::{Output, Pipeline, Step};
use wok_core::time::HostTime;
use wok_core::verdict::StreamKind;

use crate::clock::Clock;
use crate::inbox::{Inbox, Taken};
use crate::notice::{Notice, StreamNotice};
use crate::pulse::Pulse;
use crate::record::Recorder;
use crate::stepper::Stepper;

/// The longest nap: a stop or a full second's notices are never later than this.
const NAP: Duration = Duration::from_millis(200);
/// The machine has slept when its two clocks are so many nanoseconds further apart than before: more than
/// reading them one after the other makes, less than any sleep.
const SLEPT: i64 = 10_000_000;
/// Notices that may wait for the outlets: several seconds of a kitchen of four.
const NOTICES: usize = 512;

/// A running engine.
#[derive(Debug)]
pub struct Engine {
    pipeline: JoinHandle<()>,
    model: JoinHandle<()>,
    pulses: [(&'static str, Pulse); 2],
}

impl Engine {
    /// Starts both threads. `inbox` must hold a [`Body::Epoch`] before anything else; closing it ends
    /// the engine once it is empty. With `shows_hops` every hop is a [`Notice::Hop`] too, which costs a
    /// copy of it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        inbox: Inbox,
        clock: Arc<dyn Clock>,
        stepper: Box<dyn Stepper>,
        recorder: Box<dyn Recorder>,
        shows_hops: bool,
    ) -> std::io::Result<(Self, Receiver<Notice>)> {
        let (notices, outlet) = sync_channel(NOTICES);
        let (steps, todo) = channel();
        let (done, spent) = channel();
        let pulses = [("pipeline", Pulse::default()), ("model", Pulse::default())];
        let model = {
            let desk = Desk {
                todo,
                done,
                inbox: inbox.clone(),
                clock: Arc::clone(&clock),
                notices: notices.clone(),
                pulse: pulses[1].1.clone(),
            };
            Builder::new()
                .name("wokd-model".into())
                .spawn(move || desk.answer(stepper))?
        };
        let pulse = pulses[0].1.clone();
        let mut pipeline = Pipeline::new();
        if shows_hops {
            pipeline.show_hops();
        }
        let pipeline = Builder::new().name("wokd-pipeline".into()).spawn(move || {
            Loop {
                pipeline,
                inbox,
                clock,
                recorder,
                notices,
                steps,
                spent,
                stations: 0,
                devices: Vec::new(),
                seq: 0,
                last: HostTime::from_nanos(i64::MIN),
                told: HostTime::ZERO,
                slept: None,
                presence: Vec::new(),
                flying: 0,
                pulse,
            }
            .run();
        })?;
        let engine = Self {
            pipeline,
            model,
            pulses,
        };
        Ok((engine, outlet))
    }

    /// Whether a thread has ended, by panic or after a close.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.pipeline.is_finished() || self.model.is_finished()
    }

    /// The stages to watch.
    #[must_use]
    pub fn pulses(&self) -> [(&'static str, Pulse); 2] {
        self.pulses.clone()
    }

    /// Whether both threads end within a time.
    #[must_use]
    pub fn ends_within(&self, time: Duration) -> bool {
        let mut left = time;
        let nap = Duration::from_millis(10);
        while !(self.pipeline.is_finished() && self.model.is_finished()) {
            if left.is_zero() {
                return false;
            }
            std::thread::sleep(nap);
            left = left.saturating_sub(nap);
        }
        true
    }

    /// Waits for both threads; `false` when one of them panicked.
    #[must_use]
    pub fn join(self) -> bool {
        let pipeline = self.pipeline.join().is_ok();
        self.model.join().is_ok() && pipeline
    }
}

/// The model's thread: steps in, answers into the inbox, spent steps back.
struct Desk {
    todo: Receiver<Box<Step>>,
    done: Sender<Box<Step>>,
    inbox: Inbox,
    clock: Arc<dyn Clock>,
    notices: SyncSender<Notice>,
    pulse: Pulse,
}

impl Desk {
    fn answer(self, mut stepper: Box<dyn Stepper>) {
        loop {
            self.pulse.beat();
            let step = match self.todo.recv_timeout(NAP) {
                Ok(step) => step,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let began = self.clock.now();
            let result = stepper.step(&step).map(Box::new);
            let took = Duration::from_nanos((self.clock.now() - began).unsigned_abs());
            // A notice is only a metric: where the outlets are behind, it may go.
            let _ = self.notices.try_send(Notice::Inference(took));
            let (station, hop) = (step.station, step.hop);
            // The pipeline may have ended already; then nobody reuses the step.
            let _ = self.done.send(step);
            self.inbox.control(Body::InferDone {
                station,
                hop,
                result,
            });
        }
    }
}

struct Loop {
    pipeline: Pipeline,
    inbox: Inbox,
    clock: Arc<dyn Clock>,
    recorder: Box<dyn Recorder>,
    notices: SyncSender<Notice>,
    steps: Sender<Box<Step>>,
    spent: Receiver<Box<Step>>,
    stations: u16,
    devices: Vec<DeviceId>,
    seq: u64,
    last: HostTime,
    told: HostTime,
    slept: Option<i64>,
    presence: Vec<[Presence; StreamKind::ALL.len()]>,
    flying: usize,
    pulse: Pulse,
}

impl Loop {
    fn run(mut self) {
        loop {
            self.pulse.beat();
            let now = self.clock.now();
            let wait = self.pipeline.next_deadline().map_or(NAP, |deadline| {
                Duration::from_nanos(u64::try_from(deadline - now).unwrap_or(0)).min(NAP)
            });
            match self.inbox.take(wait) {
                Taken::Body(body) => self.event(body),
                Taken::Nothing => {
                    let now = self.clock.now();
                    if self.pipeline.next_deadline().is_some_and(|d| now >= d) {
                        self.event(Body::Tick);
                    }
                }
                // What the model has in hand was accepted: its verdict still goes out.
                Taken::Closed if self.flying == 0 => break,
                Taken::Closed => match self.spent.recv_timeout(NAP) {
                    Ok(step) => self.pipeline.recycle(step),
                    Err(RecvTimeoutError::Timeout) => {}
                    // The model panicked with it.
                    Err(RecvTimeoutError::Disconnected) => break,
                },
            }
        }
        // The summary counts to the last sample.
        self.tell_streams();
        self.recorder.flush();
    }

    fn event(&mut self, body: Body) {
        if let Some(nanos) = self.just_slept() {
            let seconds = nanos as f64 * 1e-9;
            tracing::warn!(seconds, "the machine slept; every clock begins anew");
            self.handle(Body::Slept { nanos });
        }
        self.handle(body);
    }

    /// For how long the machine slept since this was last asked, if it did.
    fn just_slept(&mut self) -> Option<i64> {
        let now = self.clock.slept()?;
        let before = self.slept.replace(now)?;
        (now - before > SLEPT).then_some(now - before)
    }

    fn handle(&mut self, body: Body) {
        self.last = self.last.max(self.clock.now());
        let event = Event {
            seq: self.seq,
            at: self.last,
            body,
        };
        self.seq += 1;
        self.recorder.record(&event);
        match &event.body {
            Body::Epoch(config) => {
                self.stations = u16::try_from(config.stations.len()).unwrap_or(u16::MAX);
                self.presence = vec![Default::default(); config.stations.len()];
                let devices = config.stations.iter().flat_map(|s| &s.devices);
                self.devices = devices.map(|device| device.id).collect();
            }
            Body::InferDone { .. } => {
                self.flying = self.flying.saturating_sub(1);
                for step in self.spent.try_iter() {
                    self.pipeline.recycle(step);
                }
            }
            _ => {}
        }
        self.pipeline.handle(&event);
        if let Body::Read { device, bytes, .. } = event.body {
            self.inbox.recycle(device, bytes);
        }
        while let Some(output) = self.pipeline.poll() {
            match output {
                Output::Infer(step) => {
                    // The model's thread outlives this one unless it panicked, and then the process ends.
                    if self.steps.send(step).is_ok() {
                        self.flying += 1;
                    }
                }
                Output::Hop(station, hop) => self.notify(Notice::Hop(station, hop)),
                Output::Verdict(verdict) => {
                    if let Some(presence) = self.presence.get_mut(usize::from(verdict.station)) {
                        *presence = verdict.presence;
                    }
                    self.notify(Notice::Verdict(verdict));
                }
                Output::Dropped {
                    station,
                    stream,
                    reason,
                    samples,
                } => {
                    tracing::debug!(
                        station,
                        stream = stream.as_str(),
                        reason = reason.as_str(),
                        samples,
                        "samples dropped"
                    );
                }
            }
        }
        if self.last - self.told >= wok_core::time::SECOND {
            self.told = self.last;
            self.tell_streams();
            self.recorder.flush();
        }
    }

    fn notify(&self, notice: Notice) {
        if let Err(TrySendError::Full(_)) = self.notices.try_send(notice) {
            tracing::warn!("the outlets are {NOTICES} notices behind; one is dropped");
            metrics::counter!("wokd_errors_total", "stage" => "outlets", "error_type" => "behind")
                .increment(1);
        }
    }

    fn tell_streams(&self) {
        for device in &self.devices {
            let skipped = self.pipeline.skipped_bytes(*device).unwrap_or(0);
            self.notify(Notice::Skipped(*device, skipped));
        }
        for station in 0..self.stations {
            if let Some(lags) = self.pipeline.lags(station) {
                self.notify(Notice::Lags(station, *lags));
            }
            for stream in StreamKind::ALL {
                let Some((account, _)) = self.pipeline.account(station, stream) else {
                    continue;
                };
                let clock = self
                    .pipeline
                    .clock(station, stream)
                    .and_then(wok_core::clock::Clock::status);
                let presence = self.presence[usize::from(station)][stream.index()];
                self.notify(Notice::Stream(StreamNotice {
                    station,
                    stream,
                    account,
                    clock,
                    newest: self.pipeline.newest(station, stream),
                    presence,
                }));
            }
        }
    }
}
