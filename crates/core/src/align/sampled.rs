//! A regularly sampled stream, read on the grid.

use std::collections::VecDeque;

use super::kernel::Kernel;
use crate::clock::Clock;
use crate::time::HostTime;
use crate::verdict::{Account, DropReason};

/// A stream of `C` channels with its own clock and the few seconds of it that hops still need.
#[derive(Debug, Clone)]
pub struct Sampled<const C: usize> {
    /// From ticks to host time.
    pub clock: Clock,
    /// Where its samples went.
    pub account: Account,
    kernel: Kernel,
    taps: Vec<f32>,
    /// One ring a channel, doubled so that any window of it is one slice.
    rings: Vec<f32>,
    capacity: usize,
    /// First tick held and the one after the last; both of the present segment.
    first: u64,
    next: u64,
    /// Ticks below this belong to closed hops.
    cursor: u64,
    /// Ticks `[from, to)` that never came.
    gaps: VecDeque<(u64, u64)>,
    /// Samples since the last close that wait in an unfinished hop.
    waiting: u64,
    /// Where the last closed hop ended.
    closed: Option<HostTime>,
    /// No hop has closed since the segment began.
    fresh: bool,
}

/// Ticks held, in seconds of the stream: well over the lateness and a hop.
const HELD_SECONDS: f64 = 4.0;
/// Pieces that a hop is read in. A knot of the clock's map lies in any hop and may bend it while it settles: over 20 ms by
/// microseconds, over a hop by more than a sample.
const PIECES: usize = 10;
/// Gaps remembered; more than this within the time held means that little is usable anyway.
const GAPS: usize = 64;

impl<const C: usize> Sampled<C> {
    /// A stream of `rate` Hz nominal, read on a grid of `grid` Hz.
    #[must_use]
    pub fn new(rate: f64, grid: f64, latency: i64) -> Self {
        let kernel = Kernel::new(rate, grid);
        let capacity = ((rate * HELD_SECONDS) as usize).next_power_of_two();
        Self {
            clock: Clock::new(1e9 / rate, latency),
            account: Account::default(),
            taps: vec![0.0; kernel.len()],
            kernel,
            rings: vec![0.0; C * 2 * capacity],
            capacity,
            first: 0,
            next: 0,
            cursor: 0,
            gaps: VecDeque::with_capacity(GAPS + 1),
            waiting: 0,
            closed: None,
            fresh: true,
        }
    }

    /// Takes one sample in.
    pub fn push(&mut self, tick: u64, sample: &[f32; C]) {
        self.account.taken += 1;
        if self.first == self.next || tick.saturating_sub(self.next) >= self.capacity as u64 {
            // The first of its segment, or so far ahead that nothing held can meet it.
            self.drop_waiting(DropReason::Segment);
            self.gaps.clear();
            self.first = tick;
            self.next = tick;
            self.cursor = self.cursor.max(tick);
            self.fresh = true;
        }
        if tick < self.next {
            self.account.drop_samples(DropReason::Superseded, 1);
            return;
        }
        if tick > self.next {
            if self.gaps.len() == GAPS {
                let (_, end) = self.gaps[0];
                self.let_go(end);
            }
            self.gaps.push_back((self.next, tick));
        }
        let at = (tick % self.capacity as u64) as usize;
        for (ring, value) in self.rings.chunks_exact_mut(2 * self.capacity).zip(sample) {
            ring[at] = *value;
            ring[at + self.capacity] = *value;
        }
        self.next = tick + 1;
        self.let_go(self.next.saturating_sub(self.capacity as u64));
        if tick < self.cursor {
            self.account.drop_samples(DropReason::Late, 1);
        } else {
            self.waiting += 1;
        }
    }

    /// Forgets what came before `first`. What waits there for its hop belongs to a time that is so far ahead
    /// that the hop will not find it: a clock gone wrong.
    fn let_go(&mut self, first: u64) {
        let first = first.max(self.first);
        let lost = self
            .count(self.first.max(self.cursor), first)
            .min(self.waiting);
        self.waiting -= lost;
        self.account.drop_samples(DropReason::Queue, lost);
        self.first = first;
        while self.gaps.front().is_some_and(|g| g.1 <= first) {
            self.gaps.pop_front();
        }
    }

    /// Tells the clock that the newest tick was in hand at `at`. Returns whether a segment began;
    /// then what was held is gone and the samples that waited are counted as dropped.
    pub fn arrived(&mut self, tick: u64, at: HostTime) -> bool {
        let known = self.clock.anchor().is_some();
        let began = self.clock.observe(tick, at);
        if began && known {
            self.forget();
        }
        began && known
    }

    /// Ends the segment: the link went down or the device started anew.
    pub fn forget(&mut self) {
        self.drop_waiting(DropReason::Segment);
        self.gaps.clear();
        self.first = 0;
        self.next = 0;
        self.cursor = 0;
    }

    fn drop_waiting(&mut self, reason: DropReason) {
        self.account
            .drop_samples(reason, core::mem::take(&mut self.waiting));
    }

    /// The host time up to which the grid can be read.
    #[must_use]
    pub fn watermark(&self) -> Option<HostTime> {
        let half = self.kernel.half() as u64;
        (self.next > self.first + half)
            .then(|| self.clock.host(self.next - 1 - half))
            .flatten()
    }

    /// Reads `out.len()` grid points from `start` on, `step` nanoseconds apart; `valid[i]` says whether
    /// every sample under the kernel was there. What is not valid is 0.
    pub fn read(&mut self, start: HostTime, step: i64, out: &mut [[f32; C]], valid: &mut [bool]) {
        let piece = out.len().div_ceil(PIECES).max(1);
        let Some(anchor) = self.clock.anchor() else {
            out.fill([0.0; C]);
            valid.fill(false);
            return;
        };
        let (mut end, mut x1) = (start, self.ticks(start));
        for (out, valid) in out.chunks_mut(piece).zip(valid.chunks_mut(piece)) {
            let x0 = x1;
            end += step * out.len() as i64;
            x1 = self.ticks(end);
            self.read_straight(anchor, x0, (x1 - x0) / out.len() as f64, out, valid);
        }
    }

    /// Ticks since the anchor, which there is.
    fn ticks(&self, at: HostTime) -> f64 {
        self.clock.ticks_since_anchor(at).unwrap_or(0.0)
    }

    /// Reads so few points, from `x0` ticks after the anchor on and `dx` apart, that the clock's map is straight
    /// among them.
    fn read_straight(
        &mut self,
        anchor: u64,
        x0: f64,
        dx: f64,
        out: &mut [[f32; C]],
        valid: &mut [bool],
    ) {
        let half = self.kernel.half() as u64;
        for (i, (o, v)) in out.iter_mut().zip(valid).enumerate() {
            let x = x0 + dx * i as f64;
            let floor = x.floor();
            let tick = anchor.wrapping_add_signed(floor as i64);
            let from = tick.wrapping_sub(half - 1);
            *v = self.holds(from, tick.wrapping_add(half + 1));
            *o = [0.0; C];
            if *v {
                self.kernel.taps(x - floor, &mut self.taps);
                let at = (from % self.capacity as u64) as usize;
                for (value, ring) in o.iter_mut().zip(self.rings.chunks_exact(2 * self.capacity)) {
                    *value = dot(&self.taps, &ring[at..at + self.taps.len()]);
                }
            }
        }
    }

    fn holds(&self, from: u64, to: u64) -> bool {
        from < to
            && from >= self.first
            && to <= self.next
            && !self.gaps.iter().any(|g| g.0 < to && from < g.1)
    }

    /// Closes a hop that ends at `end`: returns how many samples it takes, which from now on belong to
    /// the hop's account.
    pub fn close(&mut self, end: HostTime) -> u64 {
        let (Some(x), Some(anchor)) = (self.clock.ticks_since_anchor(end), self.clock.anchor())
        else {
            self.closed = Some(end);
            return 0;
        };
        let edge = anchor.wrapping_add_signed(x.ceil() as i64).max(self.cursor);
        let ahead = self.count(edge.max(self.first), self.next);
        let over = self.waiting.saturating_sub(ahead);
        self.waiting -= over;
        let late = self.before_last_close(anchor).min(over);
        self.account.drop_samples(DropReason::Late, late);
        self.cursor = edge;
        self.closed = Some(end);
        self.fresh = false;
        over - late
    }

    /// Samples of a segment that has had no hop yet which belong to hops that closed before it began.
    fn before_last_close(&self, anchor: u64) -> u64 {
        let closed = self.closed.filter(|_| self.fresh);
        let ticks = closed.and_then(|closed| self.clock.ticks_since_anchor(closed));
        ticks.map_or(0, |x| {
            let edge = anchor.wrapping_add_signed(x.ceil() as i64);
            self.count(self.first, edge.min(self.next))
        })
    }

    /// When the newest sample was true; `None` before the first.
    #[must_use]
    pub fn newest(&self) -> Option<HostTime> {
        (self.next > self.first)
            .then(|| self.clock.host(self.next - 1))
            .flatten()
    }

    /// Samples that came, of the ticks `[from, to)`.
    fn count(&self, from: u64, to: u64) -> u64 {
        let lost: u64 = self
            .gaps
            .iter()
            .map(|g| g.1.min(to).saturating_sub(g.0.max(from)))
            .sum();
        to.saturating_sub(from) - lost
    }

    /// Samples that wait for their hop.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting
    }
}

/// The inner product, in eight lanes that a compiler can keep in registers.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for i in 0..8 {
            lanes[i] += a[i] * b[i];
        }
    }
    let tail = a.len() / 8 * 8;
    let rest: f32 = a[tail..].iter().zip(&b[tail..]).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}
