//! From a device's ticks to host time.
//!
//! A serial link, USB and a network only ever add delay, so the truth runs along the lower edge of
//! what is observed. Each second of device time gives its smallest delay; a line through the last
//! minute of these minima gives offset and drift. The map that others use is a chain of knots one
//! second apart: continuous, monotone, slew-limited, and never changed once published. A step of
//! more than 20 ms that is not mere delay opens a new segment.

use std::collections::VecDeque;

use crate::time::{HostTime, MS, SECOND};

/// A step that the map does not follow by slewing.
pub const STEP: i64 = 20 * MS;
/// Seconds of minima that the line is drawn through.
const WINDOW: usize = 60;
/// Minima before drift is believed.
const SETTLED: usize = 8;
/// Crystals are better than this; a larger slope is noise.
const MAX_DRIFT: f64 = 500e-6;
/// Largest change of the offset in a second, in nanoseconds: while it settles and afterwards.
const SLEW: [f64; 2] = [5e6, 0.5e6];
/// Knots kept: more than any hop still open can ask for.
const KNOTS: usize = 16;
const SECOND_F: f64 = SECOND as f64;

/// Device nanoseconds since the anchor, and host time minus device time there.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    x: f64,
    offset: f64,
}

/// Maps one stream's ticks to host time.
#[derive(Debug, Clone)]
pub struct Clock {
    tick_ns: f64,
    latency: i64,
    segment: u32,
    line: Option<Line>,
}

#[derive(Debug, Clone)]
struct Line {
    tick0: u64,
    host0: HostTime,
    knots: VecDeque<Knot>,
    minima: VecDeque<Knot>,
    bucket: Option<Knot>,
    late_buckets: u32,
    drift: f64,
    sigma: f64,
}

impl Clock {
    /// A clock of `tick_ns` nominal nanoseconds a tick, whose readings arrive at least `latency`
    /// nanoseconds after they were true.
    #[must_use]
    pub fn new(tick_ns: f64, latency: i64) -> Self {
        Self {
            tick_ns,
            latency,
            segment: 0,
            line: None,
        }
    }

    /// Takes in that `tick` was in hand at `at`. Returns whether a new segment begins with it.
    pub fn observe(&mut self, tick: u64, at: HostTime) -> bool {
        let at = at - self.latency;
        if let Some(line) = &mut self.line
            && line.observe(tick, at, self.tick_ns)
        {
            return false;
        }
        self.line = Some(Line::anchored(tick, at));
        self.segment += 1;
        true
    }

    /// Takes in that the device said `tick` between `sent` and `received`: its one-way delay is half of
    /// the way there and back, as near as can be known. Returns whether a new segment begins with it.
    pub fn probe(&mut self, tick: u64, sent: HostTime, received: HostTime) -> bool {
        let middle = sent + (received - sent) / 2;
        self.observe(tick, middle + self.latency)
    }

    /// Forgets the map; the next observation opens a new segment.
    pub fn restart(&mut self) {
        self.line = None;
    }

    /// Host time of a tick, which may lie between two samples; `None` before the first observation.
    #[must_use]
    pub fn host(&self, tick: u64) -> Option<HostTime> {
        let line = self.line.as_ref()?;
        let x = line.x(tick, self.tick_ns);
        Some(line.host0 + (x + line.offset(x)).round() as i64)
    }

    /// The tick at a host time, with its fraction, relative to [`Clock::anchor`].
    #[must_use]
    pub fn ticks_since_anchor(&self, at: HostTime) -> Option<f64> {
        let line = self.line.as_ref()?;
        Some(line.inverse((at - line.host0) as f64) / self.tick_ns)
    }

    /// The tick that this segment began with.
    #[must_use]
    pub fn anchor(&self) -> Option<u64> {
        self.line.as_ref().map(|l| l.tick0)
    }

    /// Segments opened so far.
    #[must_use]
    pub fn segment(&self) -> u32 {
        self.segment
    }

    /// Host time minus device time since the segment began, in seconds: what drift has added up to.
    #[must_use]
    pub fn offset_seconds(&self) -> Option<f64> {
        let line = self.line.as_ref()?;
        line.knots.back().map(|k| k.offset * 1e-9)
    }

    /// Standard deviation of the minima around the line, in seconds. A fixed latency that is not
    /// configured cannot be seen and is not in it.
    #[must_use]
    pub fn uncertainty_seconds(&self) -> Option<f64> {
        self.line.as_ref().map(|l| l.sigma * 1e-9)
    }

    /// Drift of the device against the host, in parts per million.
    #[must_use]
    pub fn drift_ppm(&self) -> Option<f64> {
        self.line.as_ref().map(|l| l.drift * 1e6)
    }
}

impl Line {
    fn anchored(tick: u64, at: HostTime) -> Self {
        let mut knots = VecDeque::with_capacity(KNOTS + 1);
        knots.push_back(Knot {
            x: 0.0,
            offset: 0.0,
        });
        knots.push_back(Knot {
            x: SECOND_F,
            offset: 0.0,
        });
        Self {
            tick0: tick,
            host0: at,
            knots,
            minima: VecDeque::with_capacity(WINDOW + 1),
            bucket: None,
            late_buckets: 0,
            drift: 0.0,
            sigma: STEP as f64,
        }
    }

    fn x(&self, tick: u64, tick_ns: f64) -> f64 {
        // Exact for any tick within 2^53 of the anchor.
        (tick.wrapping_sub(self.tick0)).cast_signed() as f64 * tick_ns
    }

    /// Takes an observation in; `false` when it does not belong to this segment.
    fn observe(&mut self, tick: u64, at: HostTime, tick_ns: f64) -> bool {
        let x = self.x(tick, tick_ns);
        let offset = (at - self.host0) as f64 - x;
        let error = offset - self.offset(x);
        if x < 0.0 || error < -(STEP as f64) {
            return false;
        }
        let seen = Knot { x, offset };
        match &mut self.bucket {
            Some(b) if (x / SECOND_F).floor() > (b.x / SECOND_F).floor() => {
                let done = *b;
                self.bucket = Some(seen);
                if done.offset - self.offset(done.x) > STEP as f64 {
                    self.late_buckets += 1;
                    if self.late_buckets >= 2 {
                        return false;
                    }
                } else {
                    self.late_buckets = 0;
                    self.fit(done);
                }
            }
            Some(b) if offset < b.offset => *b = seen,
            Some(_) => {}
            None => self.bucket = Some(seen),
        }
        while let Some(last) = self.knots.back().copied()
            && x >= last.x
        {
            self.extend(last);
        }
        true
    }

    /// Draws the line through the minima anew.
    fn fit(&mut self, minimum: Knot) {
        if self.minima.len() == WINDOW {
            self.minima.pop_front();
        }
        self.minima.push_back(minimum);
        let n = self.minima.len() as f64;
        let mean_x = self.minima.iter().map(|k| k.x).sum::<f64>() / n;
        let mean_o = self.minima.iter().map(|k| k.offset).sum::<f64>() / n;
        if self.minima.len() >= SETTLED {
            let (mut xx, mut xo) = (0.0, 0.0);
            for k in &self.minima {
                xx += (k.x - mean_x) * (k.x - mean_x);
                xo += (k.x - mean_x) * (k.offset - mean_o);
            }
            if xx > 0.0 {
                self.drift = (xo / xx).clamp(-MAX_DRIFT, MAX_DRIFT);
            }
        }
        let residual = |k: &Knot| k.offset - mean_o - self.drift * (k.x - mean_x);
        let square = self.minima.iter().map(|k| residual(k).powi(2)).sum::<f64>() / n;
        if self.minima.len() > 1 {
            self.sigma = square.sqrt();
        }
    }

    /// Where the line says the offset is; the minimum of all while drift is not believed yet.
    fn target(&self, x: f64) -> f64 {
        if self.minima.len() < SETTLED {
            return self
                .minima
                .iter()
                .chain(&self.bucket)
                .map(|k| k.offset)
                .fold(f64::INFINITY, f64::min);
        }
        let n = self.minima.len() as f64;
        let mean_x = self.minima.iter().map(|k| k.x).sum::<f64>() / n;
        let mean_o = self.minima.iter().map(|k| k.offset).sum::<f64>() / n;
        mean_o + self.drift * (x - mean_x)
    }

    /// Publishes the next second of the map.
    fn extend(&mut self, last: Knot) {
        let x = last.x + SECOND_F;
        let slew = SLEW[usize::from(self.minima.len() >= SETTLED)];
        let target = self.target(x);
        let offset = if target.is_finite() {
            target.clamp(last.offset - slew, last.offset + slew)
        } else {
            last.offset
        };
        if self.knots.len() == KNOTS {
            self.knots.pop_front();
        }
        self.knots.push_back(Knot { x, offset });
    }

    /// The two knots around the first knot that `past` calls beyond, or the outermost two.
    fn around(&self, past: impl Fn(&Knot) -> bool) -> (Knot, Knot) {
        let last = self.knots.len() - 1;
        let right = (1..last)
            .rev()
            .find(|&i| !past(&self.knots[i]))
            .map_or(1, |i| i + 1);
        (self.knots[right - 1], self.knots[right])
    }

    fn offset(&self, x: f64) -> f64 {
        let (a, b) = self.around(|k| k.x > x);
        a.offset + (b.offset - a.offset) * (x - a.x) / (b.x - a.x)
    }

    /// Device nanoseconds since the anchor at `y` host nanoseconds since it.
    fn inverse(&self, y: f64) -> f64 {
        let (a, b) = self.around(|k| k.x + k.offset > y);
        let (ya, yb) = (a.x + a.offset, b.x + b.offset);
        a.x + (b.x - a.x) * (y - ya) / (yb - ya)
    }
}

#[cfg(test)]
mod tests;
