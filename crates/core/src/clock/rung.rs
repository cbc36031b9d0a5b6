//! One statistic of the observations, how noisy it is, and the filters that follow it.

use super::bank::{Bank, Estimate};

/// An observation: device nanoseconds since the anchor, and host time minus device time there.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) offset: f64,
}

impl Point {
    /// The offset carried back to the anchor along `drift`.
    fn level(&self, drift: f64) -> f64 {
        self.offset - drift * self.x
    }
}

/// What a short while of observations brought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    /// Their mean.
    pub(super) mean: Point,
    /// The least bound from above: host time of arrival minus device time.
    pub(super) least: Point,
    /// The greatest bound from below: host time of asking minus device time. One way, the least again.
    pub(super) greatest: Point,
}

/// What stands for the observations of a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statistic {
    /// Their mean: best where noise is symmetric.
    Mean,
    /// Their minimum: best where delay only adds.
    Least,
    /// The middle between the bounds of both ways.
    Between,
}

/// A statistic over so many buckets, its noise, and the filters that follow it.
#[derive(Debug, Clone)]
pub(super) struct Rung {
    statistic: Statistic,
    span: u32,
    /// Buckets taken of the span under way, and the bounds so far.
    taken: u32,
    least: Point,
    greatest: Point,
    /// The last two values of the statistic, older first, and how many there were.
    last: [Point; 2],
    values: u32,
    noise: Noise,
    bank: Bank,
    agreement: Agreement,
}

/// How the estimate usually lies beside that of a quicker statistic.
#[derive(Debug, Clone, Copy, Default)]
struct Agreement {
    /// By so much further, in nanoseconds, on the mean of so many buckets.
    apart: f64,
    agreed: u32,
    /// Buckets in a row that disagreed, and to which side.
    astray: u32,
    side: f64,
}

/// Buckets that `apart` is a mean of, at most, and before which nothing is judged.
const AGREED: u32 = 300;
const AGREED_LEAST: u32 = 50;
/// A slow statistic is wrong when it disagrees by so many standard deviations, to one side, for so many
/// buckets: the oscillator has changed, and it has not heard of it yet (design choice; never on the links
/// of the benchmark).
const DISAGREES: f64 = 5.0;
const PATIENCE: u32 = 10;

impl Agreement {
    /// Takes the distance from the quicker estimate and its standard deviation; gives whether the slow one
    /// is wrong.
    fn take(&mut self, distance: f64, sigma: f64) -> bool {
        let off = distance - self.apart;
        if self.agreed >= AGREED_LEAST && off.abs() > DISAGREES * sigma {
            self.astray = if off.signum() == self.side {
                self.astray + 1
            } else {
                1
            };
            self.side = off.signum();
            return self.astray >= PATIENCE;
        }
        self.astray = 0;
        self.agreed = (self.agreed + 1).min(AGREED);
        self.apart += off / f64::from(self.agreed);
        false
    }
}

/// Variance of a statistic about the line through its neighbours.
#[derive(Debug, Clone, Copy, Default)]
struct Noise {
    variance: f64,
    seen: u32,
}

/// Second differences that the noise is a mean of.
const MEMORY: u32 = 2400;
/// What a statistic's noise is taken for before anything is known of it, in ns².
const UNKNOWN: f64 = 3e6 * 3e6;
/// A second difference beyond this many times the variance counts as that many.
const CLIP: f64 = 25.0;

impl Noise {
    fn take(&mut self, square: f64) {
        let square = if self.seen > 7 {
            square.min(CLIP * self.variance)
        } else {
            square
        };
        self.seen = (self.seen + 1).min(MEMORY);
        self.variance += (square - self.variance) / f64::from(self.seen);
        // No clock here is better than a nanosecond.
        self.variance = self.variance.max(1.0);
    }

    /// What to reckon with: more while it rests on little.
    fn cautious(&self) -> f64 {
        if self.seen == 0 {
            return UNKNOWN;
        }
        let seen = f64::from(self.seen);
        self.variance * (1.0 + 4.0 / seen + 16.0 / (seen * seen))
    }
}

impl Rung {
    pub(super) fn new(statistic: Statistic, span: u32) -> Self {
        Self {
            statistic,
            span,
            taken: 0,
            least: Point::default(),
            greatest: Point::default(),
            last: [Point::default(); 2],
            values: 0,
            noise: Noise::default(),
            bank: Bank::new(),
            agreement: Agreement::default(),
        }
    }

    /// Takes in the next bucket, while the drift is best taken for `drift`.
    pub(super) fn take(&mut self, bucket: &Bucket, drift: f64) {
        if self.taken == 0 || bucket.least.level(drift) < self.least.level(drift) {
            self.least = bucket.least;
        }
        if self.taken == 0 || bucket.greatest.level(drift) > self.greatest.level(drift) {
            self.greatest = bucket.greatest;
        }
        self.taken += 1;
        if self.taken < self.span {
            return;
        }
        self.taken = 0;
        let value = match self.statistic {
            Statistic::Mean => bucket.mean,
            Statistic::Least => self.least,
            Statistic::Between => {
                let x = self.least.x.max(self.greatest.x);
                let level = (self.least.level(drift) + self.greatest.level(drift)) / 2.0;
                Point {
                    x,
                    offset: level + drift * x,
                }
            }
        };
        let [a, b] = self.last;
        if self.values >= 2 && value.x > a.x {
            let share = (b.x - a.x) / (value.x - a.x);
            let apart = b.offset - a.offset - share * (value.offset - a.offset);
            let weight = 1.0 + share * share + (1.0 - share) * (1.0 - share);
            self.noise.take(apart * apart / weight);
        }
        self.last = [b, value];
        self.values += 1;
        self.bank.take(value.x, value.offset, self.noise.cautious());
    }

    /// What this statistic says of the offset at `x`; `None` before its noise is known at all.
    pub(super) fn at(&self, x: f64) -> Option<Estimate> {
        if self.noise.seen == 0 {
            return None;
        }
        let mut estimate = self.bank.at(x)?;
        estimate.offset -= self.excess();
        if self.statistic == Statistic::Least {
            // The excess is itself known from so many second differences; exponential ones have a kurtosis of 9.
            let known = 2.5 * self.noise.variance / f64::from(self.noise.seen);
            estimate.sigma = estimate.sigma.hypot(known.sqrt());
        }
        Some(estimate)
    }

    /// The least of many delays lies above the least that is possible by its own standard deviation, where
    /// delays near the least are as frequent as any (the exponential law of minima): without this, each
    /// span of minima would tell another offset.
    fn excess(&self) -> f64 {
        if self.statistic == Statistic::Least {
            self.noise.variance.sqrt()
        } else {
            0.0
        }
    }

    /// Begins anew from what a quicker statistic knows, where what this one says and what that one says
    /// disagree for good.
    pub(super) fn agree(&mut self, own: &Estimate, other: &Estimate, quick: &Self) {
        let sigma = own.sigma.hypot(other.sigma);
        if self.agreement.take(own.offset - other.offset, sigma) {
            let shift = self.agreement.apart + self.excess() - quick.excess();
            self.bank.resume(&quick.bank, shift);
            self.taken = 0;
            self.agreement.astray = 0;
        }
    }

    /// Standard deviation of the statistic, in nanoseconds, and on how many second differences it rests.
    pub(super) fn noise(&self) -> (f64, u32) {
        (self.noise.variance.sqrt(), self.noise.seen)
    }

    /// The drift that this statistic tells.
    pub(super) fn drift(&self) -> f64 {
        self.bank.drift()
    }

    pub(super) fn statistic(&self) -> Statistic {
        self.statistic
    }
}
