//! One segment of a device's clock: from an anchor until a jump.

use super::bank::Estimate;
use super::fit::{BUCKET, Fit};
use super::map::Map;
use super::rung::{Bucket, Statistic};
use crate::time::{HostTime, MS, SECOND};

/// A step that the map does not follow by slewing.
const STEP: f64 = 20.0 * MS as f64;
/// A step of a clock that is hardly known; whatever is less may be jitter.
const FIRST_STEP: f64 = 100.0 * MS as f64;
/// Buckets in a row that agree on a step before it is believed.
const AGREED: u32 = 3;
/// Largest change of the offset in a bucket beside what drift makes, in nanoseconds: while it settles and
/// afterwards.
const SLEW: [f64; 2] = [0.25 * BUCKET, 0.5e-3 * BUCKET];
/// Nanoseconds in which it settles.
const SETTLING: f64 = 10.0 * SECOND as f64;
/// After so long a silence, what was known of the clock is void.
const SILENCE: f64 = 10.0 * SECOND as f64;
/// No transport puts what it carries this much out of order.
const DISORDER: f64 = SECOND as f64;
/// Probes that were answered before they are believed.
const PROBES: u32 = 8;
/// Answers older than this say nothing any more.
const STALE: f64 = 30.0 * SECOND as f64;
/// How fast the usual scatter follows.
const SPREAD_SHARE: f64 = 0.1;

/// What is known since the anchor.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) tick0: u64,
    pub(super) host0: HostTime,
    pub(super) map: Map,
    one_way: Fit,
    two_way: Option<Box<TwoWay>>,
    /// Newest device time, in nanoseconds since the anchor.
    newest: f64,
    /// How far the mean of a bucket usually lies above its minimum.
    spread: Option<f64>,
    /// How far the last bucket was off, where that was a step, and how many agreed with it.
    off: Option<(f64, u32)>,
    pub(super) drift: f64,
    pub(super) sigma: f64,
}

/// What probes have told.
#[derive(Debug, Clone)]
struct TwoWay {
    fit: Fit,
    answered: u32,
    newest: f64,
    /// What one way lacks: its offset minus that of two ways.
    one_way_late: f64,
}

impl Segment {
    pub(super) fn anchored(tick: u64, at: HostTime) -> Self {
        Self {
            tick0: tick,
            host0: at,
            map: Map::new(),
            one_way: Fit::one_way(),
            two_way: None,
            newest: 0.0,
            spread: None,
            off: None,
            drift: 0.0,
            sigma: STEP,
        }
    }

    pub(super) fn x(&self, tick: u64, tick_ns: f64) -> f64 {
        // Exact for any tick within 2^53 of the anchor.
        (tick.wrapping_sub(self.tick0)).cast_signed() as f64 * tick_ns
    }

    /// Takes in that `x` was in hand `at`; `false` when it does not belong to this segment.
    pub(super) fn observe(&mut self, x: f64, at: HostTime) -> bool {
        let offset = (at - self.host0) as f64 - x;
        if !self.admits(x, offset) {
            return false;
        }
        if let Some(bucket) = self.one_way.take(x, offset, offset) {
            if self.is_step(&bucket) {
                return false;
            }
            if self.off.is_none() {
                self.one_way.learn(&bucket);
            }
        }
        self.publish(x);
        true
    }

    /// Takes in that the device said `x` between `sent` and `received`, which is no earlier; `false` when it does
    /// not belong to this segment.
    pub(super) fn probe(&mut self, x: f64, sent: HostTime, received: HostTime) -> bool {
        let lower = (sent - self.host0) as f64 - x;
        let upper = (received - self.host0) as f64 - x;
        if !self.admits(x, upper) || lower - self.map.offset(x) > self.limit() {
            return false;
        }
        let two_way = self.two_way.get_or_insert_with(|| {
            Box::new(TwoWay {
                fit: Fit::two_way(),
                answered: 0,
                newest: 0.0,
                one_way_late: 0.0,
            })
        });
        if let Some(bucket) = two_way.fit.take(x, lower, upper) {
            two_way.fit.learn(&bucket);
        }
        two_way.answered = two_way.answered.saturating_add(1);
        two_way.newest = x;
        self.publish(x);
        true
    }

    /// Publishes the map as far as `x`, unless that is so late that what is known would be void.
    pub(super) fn reach(&mut self, x: f64) {
        if x <= self.newest + SILENCE {
            self.publish(x);
        }
    }

    /// Whether an offset may belong to this segment: not out of order, not long after the last, not
    /// earlier than delay can explain.
    fn admits(&mut self, x: f64, offset: f64) -> bool {
        if x < self.newest - DISORDER || x < 0.0 || x > self.newest + SILENCE {
            return false;
        }
        if offset - self.map.offset(x) < -self.limit() {
            return false;
        }
        self.newest = self.newest.max(x);
        true
    }

    /// How much earlier than the map a single observation may be.
    fn limit(&self) -> f64 {
        let settling = self.newest < SECOND as f64;
        let spread = self.spread.unwrap_or(0.0);
        if settling {
            FIRST_STEP
        } else {
            STEP + 2.0 * spread
        }
    }

    /// Whether buckets in a row agree that the clock has stepped. A stalled transport hands over late
    /// what it held, but ever less so: the lateness of its buckets does not agree.
    fn is_step(&mut self, bucket: &Bucket) -> bool {
        let seen = match self.one_way.statistic() {
            Statistic::Mean => bucket.mean,
            Statistic::Least | Statistic::Between => bucket.least,
        };
        let mut off = seen.offset - self.map.offset(seen.x);
        off -= self
            .fresh(seen.x)
            .map_or(0.0, |two_way| two_way.one_way_late);
        let young = self.spread.is_none() || seen.x < SECOND as f64;
        let wide = bucket.mean.offset - bucket.least.offset;
        let spread = self.spread.get_or_insert(wide);
        *spread += SPREAD_SHARE * (wide - *spread).min(*spread + STEP);
        // Until the map has settled on what it follows, it is the map that is off.
        if off.abs() <= STEP || (young && off.abs() <= FIRST_STEP) {
            self.off = None;
            return false;
        }
        let agreed = match self.off {
            Some((before, agreed)) if (before - off).abs() < STEP / 2.0 => agreed + 1,
            _ => 1,
        };
        self.off = Some((off, agreed));
        agreed >= AGREED
    }

    /// What probes have told, where that is enough and of late.
    fn fresh(&self, x: f64) -> Option<&TwoWay> {
        let two_way = self.two_way.as_deref();
        two_way.filter(|t| t.answered >= PROBES && x - t.newest < STALE)
    }

    /// What is known of the offset at `x`, from whatever knows best.
    fn estimate(&mut self, x: f64) -> Option<Estimate> {
        let one_way = self.one_way.at(x);
        let fresh = self.fresh(x).is_some();
        let Some(two_way) = &mut self.two_way else {
            return one_way.or_else(|| self.first_guess());
        };
        match (two_way.fit.at(x), one_way) {
            (Some(both), one) if fresh => {
                if let Some(one) = one {
                    two_way.one_way_late = one.offset - both.offset;
                }
                Some(both)
            }
            (_, Some(mut one)) => {
                one.offset -= two_way.one_way_late;
                Some(one)
            }
            _ => None,
        }
    }

    /// The least of what came, before there is anything to reckon with.
    fn first_guess(&self) -> Option<Estimate> {
        let bucket = self.one_way.under_way()?;
        Some(Estimate {
            offset: bucket.least.offset.min(self.map.newest()),
            drift: 0.0,
            sigma: STEP,
        })
    }

    /// Publishes the map up to beyond `x`.
    fn publish(&mut self, x: f64) {
        while x >= self.map.end() {
            let next = self.map.next();
            let Some(estimate) = self.estimate(next) else {
                self.map.extend(self.map.newest(), 0.0, 0.0);
                continue;
            };
            let slew = SLEW[usize::from(next > SETTLING)];
            let lacks = self.map.extend(estimate.offset, estimate.drift, slew);
            self.drift = estimate.drift;
            self.sigma = estimate.sigma.hypot(lacks);
        }
    }

    /// What the estimate rests on now.
    pub(super) fn noise(&self) -> super::Noise {
        if self.fresh(self.newest).is_some() {
            return super::Noise::TwoWay;
        }
        match self.one_way.statistic() {
            Statistic::Mean => super::Noise::Symmetric,
            Statistic::Least | Statistic::Between => super::Noise::OneSided,
        }
    }
}
