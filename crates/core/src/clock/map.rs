//! The map that others use: continuous, monotone, never changed once published.

use std::collections::VecDeque;

use super::fit::BUCKET;

/// Knots kept: over 12 s, more than any hop still open can ask for.
const KNOTS: usize = 64;

/// The rate of no device is further from its nominal one; also keeps the map monotone.
const STEEPEST: f64 = 0.05;

/// Device nanoseconds since the anchor, and host time minus device time there.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Knot {
    x: f64,
    offset: f64,
}

/// A chain of knots one bucket apart, straight in between.
#[derive(Debug, Clone)]
pub(super) struct Map {
    knots: VecDeque<Knot>,
}

impl Map {
    /// A map that says nothing but the anchor.
    pub(super) fn new() -> Self {
        let mut knots = VecDeque::with_capacity(KNOTS + 1);
        for x in [0.0, BUCKET] {
            knots.push_back(Knot { x, offset: 0.0 });
        }
        Self { knots }
    }

    /// Where the next knot will lie.
    pub(super) fn next(&self) -> f64 {
        self.last().x + BUCKET
    }

    /// How far the map is published.
    pub(super) fn end(&self) -> f64 {
        self.last().x
    }

    fn last(&self) -> Knot {
        let start = Knot {
            x: 0.0,
            offset: 0.0,
        };
        self.knots.back().copied().unwrap_or(start)
    }

    /// Publishes the next bucket of the map, towards `offset` at its end, by at most `slew` nanoseconds more
    /// or less than `drift` makes. Returns how far off it stays.
    pub(super) fn extend(&mut self, offset: f64, drift: f64, slew: f64) -> f64 {
        let last = self.last();
        let expected = last.offset + drift.clamp(-STEEPEST, STEEPEST) * BUCKET;
        let reached = offset.clamp(expected - slew, expected + slew);
        if self.knots.len() == KNOTS {
            self.knots.pop_front();
        }
        self.knots.push_back(Knot {
            x: last.x + BUCKET,
            offset: reached,
        });
        offset - reached
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

    /// Host time minus device time at `x`, in nanoseconds since the anchor.
    pub(super) fn offset(&self, x: f64) -> f64 {
        let (a, b) = self.around(|k| k.x > x);
        a.offset + (b.offset - a.offset) * (x - a.x) / (b.x - a.x)
    }

    /// Offset at the end of what is published.
    pub(super) fn newest(&self) -> f64 {
        self.last().offset
    }

    /// Device nanoseconds since the anchor at `y` host nanoseconds since it.
    pub(super) fn inverse(&self, y: f64) -> f64 {
        let (a, b) = self.around(|k| k.x + k.offset > y);
        let (ya, yb) = (a.x + a.offset, b.x + b.offset);
        a.x + (b.x - a.x) * (y - ya) / (yb - ya)
    }
}
