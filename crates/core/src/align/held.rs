//! Thermal frames: each kept with its time until its hop closes, the last one held.

use std::collections::VecDeque;

use crate::clock::Clock;
use crate::hop::{Presence, ThermalFrame, ThermalHop};
use crate::step::THERMAL_PIXELS;
use crate::time::{HostTime, SECOND};
use crate::verdict::{Account, DropReason};

/// Frames that wait for their hop: a second at 25 a second.
const FRAMES: usize = 25;
/// A held frame is believed for this many periods.
const PERIODS: i64 = 3;
/// The slowest module sends a frame every two seconds.
const SLOWEST: i64 = 2 * SECOND;

/// A held stream of thermal frames.
#[derive(Debug, Clone)]
pub struct Held {
    /// From the camera's ticks to host time; `None` where only the arrival is known.
    pub clock: Option<Clock>,
    /// Where its frames went.
    pub account: Account,
    latency: i64,
    waiting: VecDeque<ThermalFrame>,
    spare: Vec<ThermalFrame>,
    last: Option<ThermalFrame>,
    newest: Option<HostTime>,
    period: i64,
    opened: HostTime,
    closed: HostTime,
}

impl Held {
    /// A camera with stamps of `tick_ns`, or none, whose frames arrive `latency` ns after the truth,
    /// on a grid that opened at `opened`.
    #[must_use]
    pub fn new(tick_ns: Option<f64>, latency: i64, opened: HostTime) -> Self {
        let frame = || ThermalFrame {
            at: HostTime::ZERO,
            celsius: [0.0; THERMAL_PIXELS],
        };
        Self {
            clock: tick_ns.map(|t| Clock::new(t, latency)),
            account: Account::default(),
            latency,
            waiting: VecDeque::with_capacity(FRAMES),
            spare: (0..2 * FRAMES).map(|_| frame()).collect(),
            last: None,
            newest: None,
            period: SLOWEST,
            opened,
            closed: opened,
        }
    }

    /// When a frame was true.
    #[must_use]
    pub fn time_of(&self, tick: u64, read_at: HostTime) -> HostTime {
        let arrived = read_at - self.latency;
        self.clock
            .as_ref()
            .and_then(|c| c.host(tick))
            .map_or(arrived, |at| at.min(arrived))
    }

    /// Takes in a frame that was true at `at`; `fill` writes its crop.
    pub fn push(&mut self, at: HostTime, fill: impl FnOnce(&mut [f32; THERMAL_PIXELS])) {
        self.account.taken += 1;
        if let Some(newest) = self.newest {
            if at == newest {
                self.account.drop_samples(DropReason::Superseded, 1);
                return;
            }
            let gap = (at - newest).clamp(1, SLOWEST);
            // A first guess is taken whole; later ones smooth over jitter and lost frames.
            self.period = if self.period == SLOWEST {
                gap
            } else {
                self.period + (gap - self.period) / 8
            };
        }
        self.newest = self.newest.max(Some(at));
        let before = self.last.as_ref().map(|frame| frame.at);
        if at < self.opened || (at < self.closed && Some(at) <= before) {
            let reason = if at < self.opened {
                DropReason::Segment
            } else {
                DropReason::Late
            };
            self.account.drop_samples(reason, 1);
            return;
        }
        // No hop waits for a picture, and by the time a slow camera has handed one over, the hop that it
        // was true in has closed: it is the newest that the next one knows, with its age.
        if self.waiting.len() == FRAMES
            && let Some(old) = self.waiting.pop_front()
        {
            self.account.drop_samples(DropReason::Superseded, 1);
            self.spare.push(old);
        }
        if let Some(mut frame) = self.spare.pop() {
            frame.at = at;
            fill(&mut frame.celsius);
            self.waiting.push_back(frame);
        }
    }

    /// The camera went away: its clock is forgotten too.
    pub fn forget(&mut self) {
        self.part();
        if let Some(clock) = &mut self.clock {
            clock.restart();
        }
    }

    /// A new segment of its clock began: no picture of the old one is held into it.
    pub fn part(&mut self) {
        self.account
            .drop_samples(DropReason::Segment, self.waiting.len() as u64);
        self.spare.extend(self.waiting.drain(..));
        if let Some(last) = self.last.take()
            && self.spare.len() < 2 * FRAMES
        {
            self.spare.push(last);
        }
        self.newest = None;
        self.period = SLOWEST;
    }

    /// Fills the hop `[.., end)` and returns how many frames it takes.
    pub fn close(&mut self, end: HostTime, hop: &mut ThermalHop) -> u64 {
        for frame in hop.frames.drain(..) {
            if self.spare.len() < 2 * FRAMES {
                self.spare.push(frame);
            }
        }
        while self.waiting.front().is_some_and(|f| f.at < end)
            && let Some(frame) = self.waiting.pop_front()
        {
            hop.frames.push(frame);
        }
        self.closed = end;
        let taken = hop.frames.len() as u64;
        hop.held = taken == 0;
        match hop.frames.last() {
            Some(frame) => self.last.clone_from(&Some(frame.clone())),
            None => {
                if let Some(last) = &self.last
                    && let Some(mut frame) = self.spare.pop()
                {
                    frame.clone_from(last);
                    hop.frames.push(frame);
                }
            }
        }
        hop.age = hop.frames.last().map_or(0, |f| end - f.at);
        hop.presence = match hop.frames.last() {
            // No picture is younger than its latency.
            Some(_) if hop.age <= PERIODS * self.period + self.latency.max(0) => Presence::Present,
            _ => Presence::Missing,
        };
        if hop.presence == Presence::Missing && taken == 0 {
            self.spare.append(&mut hop.frames);
        }
        taken
    }

    /// When the newest frame was true; `None` before the first.
    #[must_use]
    pub fn newest(&self) -> Option<HostTime> {
        self.newest
    }

    /// Frames that wait for their hop.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }
}
