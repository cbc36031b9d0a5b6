//! From a device's ticks to host time.
//!
//! A serial link, USB and a network mostly only add delay, and then the truth runs along the lower edge
//! of what is observed; where noise is symmetric, through its middle. So a segment's observations are
//! gathered in buckets of a hop, and several statistics of them (mean, minima over ever longer spans, the
//! middle between both ways of a probe) are each followed by a bank of Kalman filters. How noisy each
//! statistic is, is measured; the one that knows most is believed, with hysteresis.
//!
//! The map that others use is a chain of knots a hop apart: continuous, monotone, slew-limited, and never
//! changed once published. A step of more than 20 ms that is not mere delay opens a new segment.

mod bank;
mod fit;
mod map;
mod rung;
mod segment;

use crate::time::HostTime;
use segment::Segment;

/// What a clock's estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// Delay only adds: minima are followed.
    OneSided,
    /// Noise is symmetric: means are followed.
    Symmetric,
    /// Probes bound the offset from both sides.
    TwoWay,
}

impl Noise {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OneSided, Self::Symmetric, Self::TwoWay];

    /// As a label.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OneSided => "one-sided",
            Self::Symmetric => "symmetric",
            Self::TwoWay => "two-way",
        }
    }
}

/// What a clock tells of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Status {
    /// [`Clock::offset_seconds`].
    pub offset_seconds: f64,
    /// [`Clock::uncertainty_seconds`].
    pub uncertainty_seconds: f64,
    /// [`Clock::drift_ppm`].
    pub drift_ppm: f64,
    /// [`Clock::noise`].
    pub noise: Noise,
    /// [`Clock::segment`].
    pub segments: u32,
}

/// Maps one stream's ticks to host time.
#[derive(Debug, Clone)]
pub struct Clock {
    tick_ns: f64,
    latency: i64,
    segments: u32,
    segment: Option<Box<Segment>>,
}

impl Clock {
    /// A clock of `tick_ns` nominal nanoseconds a tick, whose readings arrive at least `latency`
    /// nanoseconds after they were true.
    #[must_use]
    pub fn new(tick_ns: f64, latency: i64) -> Self {
        Self {
            tick_ns,
            latency,
            segments: 0,
            segment: None,
        }
    }

    /// Takes in that `tick` was in hand at `at`. Returns whether a new segment begins with it.
    pub fn observe(&mut self, tick: u64, at: HostTime) -> bool {
        let at = at - self.latency;
        if let Some(segment) = &mut self.segment
            && segment.observe(segment.x(tick, self.tick_ns), at)
        {
            return false;
        }
        self.begin(tick, at).observe(0.0, at);
        true
    }

    /// Takes in that the device said `tick` between `sent` and `received`. Returns whether a new segment
    /// begins with it. An answer from before its question is no answer and changes nothing.
    pub fn probe(&mut self, tick: u64, sent: HostTime, received: HostTime) -> bool {
        if received < sent {
            return false;
        }
        // What is late by a fixed time is so by either way.
        let (sent, received) = (sent - self.latency, received - self.latency);
        if let Some(segment) = &mut self.segment
            && segment.probe(segment.x(tick, self.tick_ns), sent, received)
        {
            return false;
        }
        let middle = sent + (received - sent) / 2;
        self.begin(tick, middle).probe(0.0, sent, received);
        true
    }

    /// Publishes the map as far as `tick`, by what is known: for ticks that are asked about before any that this
    /// clock learns from is as late.
    pub fn reach(&mut self, tick: u64) {
        if let Some(segment) = &mut self.segment {
            segment.reach(segment.x(tick, self.tick_ns));
        }
    }

    fn begin(&mut self, tick: u64, at: HostTime) -> &mut Segment {
        self.segments += 1;
        self.segment.insert(Box::new(Segment::anchored(tick, at)))
    }

    /// Forgets the map; the next observation opens a new segment.
    pub fn restart(&mut self) {
        self.segment = None;
    }

    /// Host time of a tick, which may lie between two samples; `None` before the first observation.
    #[must_use]
    pub fn host(&self, tick: u64) -> Option<HostTime> {
        let segment = self.segment.as_ref()?;
        let x = segment.x(tick, self.tick_ns);
        Some(segment.host0 + (x + segment.map.offset(x)).round() as i64)
    }

    /// The tick at a host time, with its fraction, relative to [`Clock::anchor`].
    #[must_use]
    pub fn ticks_since_anchor(&self, at: HostTime) -> Option<f64> {
        let segment = self.segment.as_ref()?;
        Some(segment.map.inverse((at - segment.host0) as f64) / self.tick_ns)
    }

    /// The tick that this segment began with.
    #[must_use]
    pub fn anchor(&self) -> Option<u64> {
        self.segment.as_ref().map(|s| s.tick0)
    }

    /// Segments opened so far.
    #[must_use]
    pub fn segment(&self) -> u32 {
        self.segments
    }

    /// Host time minus device time since the segment began, in seconds: what drift has added up to.
    #[must_use]
    pub fn offset_seconds(&self) -> Option<f64> {
        self.segment.as_ref().map(|s| s.map.newest() * 1e-9)
    }

    /// Standard deviation of the map, in seconds. A fixed latency that is not configured cannot be seen
    /// and is not in it.
    #[must_use]
    pub fn uncertainty_seconds(&self) -> Option<f64> {
        self.segment.as_ref().map(|s| s.sigma * 1e-9)
    }

    /// Drift of the device against the host, in parts per million; positive where it is slow.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<f64> {
        self.segment.as_ref().map(|s| s.drift * 1e6)
    }

    /// All that it tells of itself; `None` before the first observation.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        Some(Status {
            offset_seconds: self.offset_seconds()?,
            uncertainty_seconds: self.uncertainty_seconds()?,
            drift_ppm: self.drift_ppm()?,
            noise: self.noise()?,
            segments: self.segments,
        })
    }

    /// What the estimate rests on now.
    #[must_use]
    pub fn noise(&self) -> Option<Noise> {
        self.segment.as_ref().map(|s| s.noise())
    }
}

#[cfg(test)]
mod shocks;
#[cfg(test)]
mod tests;
