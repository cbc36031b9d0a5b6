//! From observations to an estimate: short buckets, statistics of them, and which one is believed.

use super::bank::Estimate;
use super::rung::{Bucket, Point, Rung, Statistic};

/// Nanoseconds of device time in a bucket: one hop.
pub(super) const BUCKET: f64 = 200e6;
const RUNGS: usize = 5;
/// One way: the mean, and minima over ever longer spans of buckets.
const ONE_WAY: [(Statistic, u32); RUNGS] = [
    (Statistic::Mean, 1),
    (Statistic::Least, 1),
    (Statistic::Least, 4),
    (Statistic::Least, 16),
    (Statistic::Least, 64),
];
/// Two ways: the mean of the middles, and the middle between the bounds of ever longer spans.
const TWO_WAY: [(Statistic, u32); RUNGS] = [
    (Statistic::Mean, 1),
    (Statistic::Between, 1),
    (Statistic::Between, 4),
    (Statistic::Between, 16),
    (Statistic::Between, 64),
];
/// The mean's rung, and the one that is believed at first: delay only adds until shown otherwise.
const MEAN: usize = 0;
const FIRST: usize = 1;
/// Another statistic is believed when its uncertainty is less than this share of the present one's, …
const BETTER: f64 = 0.6;
/// … for so many buckets in a row: while the fit is young and afterwards.
const PATIENCE: [u32; 2] = [2, 80];
/// Buckets in which the fit is young.
const YOUNG: u32 = 50;
/// Second differences before a statistic is believed, or noise is called symmetric. Minima of different spans differ by a constant
/// where delays have no sharp edge, and each change between them is a step: they are to be sure.
const KNOWN: u32 = 8;
const KNOWN_LEAST: u32 = 16;
const KNOWN_SYMMETRIC: u32 = 5;

/// A bucket under way.
#[derive(Debug, Clone, Copy)]
struct Sums {
    index: f64,
    n: u32,
    x: f64,
    offset: f64,
    least: Point,
    greatest: Point,
}

impl Sums {
    fn bucket(&self) -> Bucket {
        let n = f64::from(self.n);
        Bucket {
            mean: Point {
                x: self.x / n,
                offset: self.offset / n,
            },
            least: self.least,
            greatest: self.greatest,
        }
    }
}

/// The estimate of one segment from one kind of observations.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    rungs: [Rung; RUNGS],
    sums: Option<Sums>,
    chosen: usize,
    better: u32,
    buckets: u32,
}

impl Fit {
    pub(super) fn one_way() -> Self {
        Self::new(ONE_WAY)
    }

    pub(super) fn two_way() -> Self {
        Self::new(TWO_WAY)
    }

    fn new(ladder: [(Statistic, u32); RUNGS]) -> Self {
        Self {
            rungs: ladder.map(|(statistic, span)| Rung::new(statistic, span)),
            sums: None,
            chosen: FIRST,
            better: 0,
            buckets: 0,
        }
    }

    /// Takes in that at `x` the offset lay between `lower` and `upper`, which are one where only one way is
    /// known. Returns the bucket that this closed.
    pub(super) fn take(&mut self, x: f64, lower: f64, upper: f64) -> Option<Bucket> {
        let index = (x / BUCKET).floor();
        let (least, greatest) = (Point { x, offset: upper }, Point { x, offset: lower });
        let middle = (lower + upper) / 2.0;
        if let Some(sums) = &mut self.sums
            && sums.index >= index
        {
            sums.n += 1;
            sums.x += x;
            sums.offset += middle;
            if upper < sums.least.offset {
                sums.least = least;
            }
            if lower > sums.greatest.offset {
                sums.greatest = greatest;
            }
            return None;
        }
        let sums = Sums {
            index,
            n: 1,
            x,
            offset: middle,
            least,
            greatest,
        };
        let done = self.sums.replace(sums)?;
        Some(done.bucket())
    }

    /// Learns from a closed bucket.
    pub(super) fn learn(&mut self, bucket: &Bucket) {
        let drift = self.rungs[self.chosen].drift();
        for rung in &mut self.rungs {
            rung.take(bucket, drift);
        }
        self.buckets = self.buckets.saturating_add(1);
        let x = bucket.mean.x + BUCKET;
        let say = self.rungs.each_ref().map(|rung| rung.at(x));
        let (quick, slow) = self.rungs.split_at_mut(FIRST + 1);
        for (rung, own) in slow.iter_mut().zip(&say[FIRST + 1..]) {
            if let (Some(own), Some(other)) = (own, &say[FIRST]) {
                rung.agree(own, other, &quick[FIRST]);
            }
        }
        self.choose(&say);
    }

    /// Looks which statistic knows most of the offset, by what each says.
    fn choose(&mut self, say: &[Option<Estimate>; RUNGS]) {
        let young = self.buckets < YOUNG;
        if young && let Some(symmetric) = self.is_symmetric() {
            // The uncertainties are still too rough to compare; the noises differ more.
            if symmetric {
                self.chosen = MEAN;
            } else if self.chosen == MEAN {
                self.chosen = FIRST;
            }
        }
        if young && self.chosen == MEAN {
            self.better = 0;
            return;
        }
        let mut uncertainties = say.map(|e| e.map_or(f64::MAX, |e| e.sigma));
        for (rung, uncertainty) in self.rungs.iter().zip(&mut uncertainties) {
            let (_, seen) = rung.noise();
            if seen < KNOWN || (seen < KNOWN_LEAST && rung.statistic() == Statistic::Least) {
                *uncertainty = f64::MAX;
            }
        }
        let others = if young { FIRST } else { MEAN };
        let mut best = self.chosen;
        for rung in others..RUNGS {
            if uncertainties[rung] < uncertainties[best] {
                best = rung;
            }
        }
        if uncertainties[best] < BETTER * uncertainties[self.chosen] {
            self.better += 1;
            if self.better >= PATIENCE[usize::from(!young)] {
                self.chosen = best;
                self.better = 0;
            }
        } else {
            self.better = 0;
        }
    }

    /// Whether means scatter clearly less than minima, or clearly more.
    fn is_symmetric(&self) -> Option<bool> {
        let (mean, seen) = self.rungs[MEAN].noise();
        let (least, _) = self.rungs[FIRST].noise();
        if seen < KNOWN_SYMMETRIC {
            return None;
        }
        if mean < 0.6 * least {
            return Some(true);
        }
        (mean > least).then_some(false)
    }

    /// What is known of the offset at `x`.
    pub(super) fn at(&self, x: f64) -> Option<Estimate> {
        self.rungs[self.chosen].at(x)
    }

    /// The statistic that is believed now.
    pub(super) fn statistic(&self) -> Statistic {
        self.rungs[self.chosen].statistic()
    }

    /// The bounds seen so far in the bucket under way.
    pub(super) fn under_way(&self) -> Option<Bucket> {
        self.sums.as_ref().map(Sums::bucket)
    }
}
