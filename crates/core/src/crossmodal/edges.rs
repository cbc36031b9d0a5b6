//! Where a bout lies as a whole in a stream that only shows *that* something moves.

use super::Bout;
use super::ends::{End, Ends};

/// Spacing of the lags looked at, seconds.
pub(super) const STEP: f64 = 0.01;
/// Lags to either side.
const SIDE: usize = 120;
/// Lags looked at: ±1.2 s.
pub(super) const LAGS: usize = 2 * SIDE + 1;
/// Seconds around a bout that are looked at.
pub(super) const MARGIN: f64 = SIDE as f64 * STEP + 0.15;
/// Values of a window: half a minute of EEG.
const VALUES: usize = 8600;
/// Seconds at a bout's ends that are neither movement nor rest for sure.
const GUARD: f64 = 0.15;
/// Fewest values that are looked at, and the longest hole at an end of them, seconds.
const LEAST: usize = 12;
const HOLE: f64 = 0.5;
/// A value counts up to so many times the mean of a bout.
const MOST: f32 = 2.5;
/// What lasts and is louder than this many times the mean of a bout is something else.
const LOUD: f32 = 2.0;
/// A bout shows from this ratio of its power to that at rest.
const SHOWS: f32 = 1.25;
/// Bouts over which levels are averaged.
const USUAL: f32 = 16.0;

/// The lag number `i`, seconds.
pub(super) fn lag_of(i: usize) -> f64 {
    (i as f64 - SIDE as f64) * STEP
}

/// Power in bouts and at rest, as learned so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Levels {
    moving: f32,
    resting: f32,
    count: f32,
}

impl Levels {
    /// Whether bouts show at all; true while nothing is known.
    pub(super) fn show(&self) -> bool {
        self.count < 3.0 || self.moving >= SHOWS * self.resting
    }

    fn learn(&mut self, moving: f32, resting: f32) {
        self.count = (self.count + 1.0).min(USUAL);
        self.moving += (moving - self.moving) / self.count;
        self.resting += (resting - self.resting) / self.count;
    }
}

/// A stream's power around one bout, and scratch for what it says.
#[derive(Debug)]
pub(super) struct Edges {
    times: Vec<f64>,
    values: Vec<f32>,
    /// Running sums at the borders between values, which lie half-way.
    sums: Vec<f64>,
    borders: Vec<f64>,
    outside: Vec<f32>,
    ends: Ends,
    /// Degrees of freedom of a value: as many squares of normal variates are averaged in it.
    pub(super) freedom: f32,
    /// The most that a value may say for or against, as log-likelihood.
    pub(super) trust: f32,
    /// Values to either side over which what is loud must last; `None` where nothing is too loud.
    pub(super) loud: Option<usize>,
}

impl Edges {
    pub(super) fn new() -> Self {
        Self {
            times: Vec::with_capacity(VALUES),
            values: Vec::with_capacity(VALUES),
            sums: Vec::with_capacity(VALUES + 1),
            borders: Vec::with_capacity(VALUES + 1),
            outside: Vec::with_capacity(VALUES),
            ends: Ends::new(),
            freedom: 1.0,
            trust: f32::INFINITY,
            loud: None,
        }
    }

    /// From when to when a stream is to be looked at, seconds since the grid opened.
    pub(super) fn span(start: f64, end: f64) -> (f64, f64) {
        (start - MARGIN, end + MARGIN)
    }

    pub(super) fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
    }

    /// A value, power or any other mean square, at a time that rises from value to value.
    pub(super) fn push(&mut self, at: f64, value: f32) {
        if self.times.len() < VALUES {
            self.times.push(at);
            self.values.push(value);
        }
    }

    /// The power at rest, by the median of all; `None` where there is too little to tell.
    pub(super) fn median(&mut self) -> Option<f32> {
        if !self.lay() {
            return None;
        }
        self.sum(|v| v);
        self.rest(|_| true).map(|rest| rest.max(1e-9))
    }

    /// How many values lie between two times, with fractions, and their mean; after `median`.
    pub(super) fn mean(&self, from: f64, to: f64) -> (f64, f64) {
        let at = |t| {
            let before = self.borders.partition_point(|border| *border < t);
            Cursor(before.saturating_sub(1).min(self.borders.len() - 2)).at(
                t,
                &self.borders,
                &self.sums,
            )
        };
        let ((a, x), (b, y)) = (at(from), at(to));
        (b - a, (y - x) / (b - a).max(1e-9))
    }

    /// Writes the log-likelihood of every lag (up to a constant): of a bout's values being normal with the
    /// power of movement, and the others with that of rest, by both ends of the bout ([`Ends`]). Gives the
    /// lag at which most power lies in the bout; `None` where there is too little to tell.
    ///
    /// ln p = −½ ν (ln σ² + v/σ²) for each value v of ν degrees of freedom.
    pub(super) fn weigh(
        &mut self,
        bout: &Bout,
        levels: &mut Levels,
        out: &mut [f32; LAGS],
    ) -> Option<f64> {
        let (from, to) = Self::span(bout.start, bout.end());
        let n = self.times.len();
        // A hole at either end would be an edge of its own.
        if !self.lay() || self.times[0] > from + HOLE || self.times[n - 1] < to - HOLE {
            return None;
        }

        self.sum(|v| v);
        let (mut best, mut moving) = (0, f64::MIN);
        let (mut start, mut end) = (Cursor::default(), Cursor::default());
        for i in 0..LAGS {
            let (a, b) = (bout.start + lag_of(i), bout.end() + lag_of(i));
            let (a, x) = start.at(a, &self.borders, &self.sums);
            let (b, y) = end.at(b, &self.borders, &self.sums);
            let count = b - a;
            let mean = (y - x) / count.max(1.0);
            if mean > moving {
                (best, moving) = (i, mean);
            }
        }
        let resting = self.resting(bout, lag_of(best))?;
        levels.learn(moving as f32, resting);
        if !levels.show() {
            return None;
        }
        let (on, off) = (levels.moving, levels.resting.max(1e-9));
        let half = 0.5 * self.freedom;
        let (slope, offset) = (half * (off.recip() - on.recip()), half * (on / off).ln());
        if let Some(around) = self.loud {
            self.hush(around, LOUD * on);
        }
        let trust = self.trust;
        self.sum(|v| {
            if v.is_finite() {
                (v.min(MOST * on) * slope - offset).clamp(-trust, trust)
            } else {
                0.0
            }
        });
        self.by_ends(bout, out);
        Some(lag_of(best))
    }

    /// Writes the same of values that are log-likelihood ratios already.
    pub(super) fn slide(&mut self, bout: &Bout, out: &mut [f32; LAGS]) {
        if self.lay() {
            self.sum(|v| v);
            self.by_ends(bout, out);
        }
    }

    /// What both ends say, less the mean over the lags.
    fn by_ends(&mut self, bout: &Bout, out: &mut [f32; LAGS]) {
        let Self {
            ends,
            borders,
            sums,
            ..
        } = self;
        let (Some(first), Some(last)) = (borders.first(), borders.last()) else {
            return;
        };
        out.fill(0.0);
        for end in [End::First, End::Last] {
            let mut cursor = Cursor::default();
            let sum = |t| {
                (*first..=*last)
                    .contains(&t)
                    .then(|| cursor.at(t, borders, sums).1)
            };
            ends.weigh(end, bout, sum, out);
        }
        let mean = out.iter().sum::<f32>() / LAGS as f32;
        out.iter_mut().for_each(|x| *x -= mean);
    }

    /// Lays the borders between values; false where there are too few.
    fn lay(&mut self) -> bool {
        let n = self.times.len();
        if n < LEAST {
            return false;
        }
        let spacing = (self.times[n - 1] - self.times[0]) / (n - 1) as f64;
        self.borders.clear();
        self.borders.push(self.times[0] - spacing / 2.0);
        let halves = self.times.windows(2).map(|w| (w[0] + w[1]) / 2.0);
        self.borders.extend(halves);
        self.borders.push(self.times[n - 1] + spacing / 2.0);
        true
    }

    /// The power at rest: from the median outside a bout that lies `lag` later, since the bouts before and
    /// after, and whatever else stirs, are outside too.
    fn resting(&mut self, bout: &Bout, lag: f64) -> Option<f32> {
        let bout = bout.start + lag - GUARD..bout.end() + lag + GUARD;
        self.rest(|t| !bout.contains(&t))
    }

    /// The power at rest by the median of the values whose times count.
    fn rest(&mut self, counts: impl Fn(f64) -> bool) -> Option<f32> {
        let all = self.times.iter().zip(&self.values);
        self.outside.clear();
        self.outside
            .extend(all.filter(|(t, _)| counts(**t)).map(|(_, v)| *v));
        let middle = self.outside.len() / 2;
        if middle < 3 {
            return None;
        }
        let median = *self
            .outside
            .select_nth_unstable_by(middle, f32::total_cmp)
            .1;
        // Wilson & Hilferty (1931): the median of χ²/ν is (1 − 2/(9ν))³.
        Some(median / (1.0 - 2.0 / (9.0 * self.freedom.max(1.0))).powi(3))
    }

    /// Running sums of what `of` makes of the values.
    fn sum(&mut self, of: impl Fn(f32) -> f32) {
        self.sums.clear();
        self.sums.push(0.0);
        let mut sum = 0.0;
        for value in &self.values {
            sum += f64::from(of(*value));
            self.sums.push(sum);
        }
    }

    /// Takes out, as infinite, what is louder than `most` on the mean of `around` values to either side.
    fn hush(&mut self, around: usize, most: f32) {
        let n = self.values.len();
        for i in 0..n {
            let (a, b) = (i.saturating_sub(around), (i + around + 1).min(n));
            let mean = (self.sums[b] - self.sums[a]) / (b - a) as f64;
            if mean > f64::from(most) {
                self.values[i] = f32::INFINITY;
            }
        }
    }
}

/// Reads running sums at times that rise.
#[derive(Debug, Default)]
struct Cursor(usize);

impl Cursor {
    /// How many values, with fractions, lie before `t`, and their sum.
    fn at(&mut self, t: f64, borders: &[f64], sums: &[f64]) -> (f64, f64) {
        let last = borders.len() - 2;
        while self.0 < last && borders[self.0 + 1] < t {
            self.0 += 1;
        }
        let i = self.0;
        let share = ((t - borders[i]) / (borders[i + 1] - borders[i])).clamp(0.0, 1.0);
        (i as f64 + share, sums[i] + share * (sums[i + 1] - sums[i]))
    }
}
