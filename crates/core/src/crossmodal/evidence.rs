//! The log-likelihood of a pair's lag, summed over bouts, and what it comes to.

use super::Bout;
use super::edges::{Edges, LAGS, Levels, STEP, lag_of};
use super::lag::{Estimate, Lag, Unknown};

/// Parts that the bouts are dealt to in turn; how they differ is the error.
const PARTS: usize = 8;
/// Fewest parts that tell an error.
const LEAST_PARTS: usize = 5;
/// Student's t for 95 % of both sides, by parts from [`LEAST_PARTS`] on.
const STUDENT: [f64; PARTS - LEAST_PARTS + 1] = [2.78, 2.57, 2.45, 2.36];
/// Tosses are forgotten with this time constant, seconds of tossing.
const MEMORY: f64 = 120.0;
/// Least seconds of tossing, as remembered.
const LEAST_SECONDS: f64 = 12.0;
/// What bouts cannot average out: how landings and muscles begin (as measured on simulated cooks,
/// `cargo run --release -p wokd --example lag`), seconds.
const SYSTEMATIC: f64 = 0.006;
/// The same for a headset of one channel, whose edges a single muscle or electrode makes, and the degrees of
/// freedom below which there is but one.
const ALONE: f64 = 0.02;
const FEW: f32 = 1.0;
/// Lags to either side of a peak that tell its top.
const REACH: usize = 3;
/// Bouts in a row without a phase after which a camera is too slow.
const SLOW: u32 = 4;
/// A peak further from the best than this share of a period is a rival.
const APART: f64 = 0.5;
/// A rival is out when it is worse by so many standard errors.
const SURE: f64 = 2.5;

/// The log-likelihood of every lag, in parts that bouts are dealt to.
type Parts = Box<[[f32; LAGS]; PARTS]>;

/// What the bouts so far say of one pair.
#[derive(Debug)]
pub(super) struct Evidence {
    /// By the ends of bouts.
    ends: Parts,
    /// By the phase within; zeros where the stream has none.
    phase: Parts,
    /// Whether the stream has a phase, without which its ends are not believed.
    phased: bool,
    /// Bouts in a row that should have shown a phase and did not.
    slow: u32,
    /// What bouts cannot average out, seconds.
    systematic: f64,
    filled: usize,
    turn: usize,
    seconds: f64,
    period: f64,
    levels: Levels,
    heard: u32,
}

impl Evidence {
    /// Of a stream with a phase or without one.
    pub(super) fn new(phased: bool) -> Self {
        let parts = || Box::new([[0.0; LAGS]; PARTS]);
        Self {
            ends: parts(),
            phase: parts(),
            phased,
            slow: 0,
            systematic: SYSTEMATIC,
            filled: 0,
            turn: 0,
            seconds: 0.0,
            period: 0.0,
            levels: Levels::default(),
            heard: 0,
        }
    }

    /// Forgets everything; gives whether there was anything.
    pub(super) fn clear(&mut self) -> bool {
        let any = self.heard > 0;
        for parts in [&mut self.ends, &mut self.phase] {
            parts.iter_mut().for_each(|part| part.fill(0.0));
        }
        (self.filled, self.turn, self.heard) = (0, 0, 0);
        (self.seconds, self.period) = (0.0, 0.0);
        (self.levels, self.slow) = (Levels::default(), 0);
        any
    }

    /// Adds what a bout says by its ends, and by its phase: `phase` adds that to its second array, given
    /// where the bout lies, may say better in its first what the ends say, and gives whether it could.
    pub(super) fn add(
        &mut self,
        bout: &Bout,
        edges: &mut Edges,
        phase: impl Fn(f64, &mut Edges, &mut [f32; LAGS], &mut [f32; LAGS]) -> bool,
    ) {
        self.heard = self.heard.saturating_add(1);
        let mut says = [0.0; LAGS];
        let Some(alone) = edges.weigh(bout, &mut self.levels, &mut says) else {
            return;
        };
        let lies = if self.filled >= LEAST_PARTS {
            highest(&sum(&self.ends, None)).0
        } else {
            alone
        };
        let mut phases = [0.0; LAGS];
        if self.phased && !phase(lies, edges, &mut says, &mut phases) {
            self.slow = self.slow.saturating_add(1);
            return;
        }
        self.slow = 0;
        self.systematic = if edges.freedom < FEW {
            ALONE
        } else {
            SYSTEMATIC
        };
        let keep = (-bout.seconds() / MEMORY).exp();
        for parts in [&mut self.ends, &mut self.phase] {
            parts.iter_mut().flatten().for_each(|x| *x *= keep as f32);
        }
        let parts = [&mut self.ends[self.turn], &mut self.phase[self.turn]];
        for (part, says) in parts.into_iter().zip([&says, &phases]) {
            part.iter_mut().zip(says).for_each(|(sum, x)| *sum += x);
        }
        self.turn = (self.turn + 1) % PARTS;
        self.filled = (self.filled + 1).min(PARTS);
        self.seconds = self.seconds * keep + bout.seconds();
        let share = if self.period == 0.0 { 1.0 } else { 0.1 };
        self.period += share * (bout.period - self.period);
    }

    /// What it comes to.
    pub(super) fn lag(&self) -> Lag {
        if !self.levels.show() {
            return Lag::Unknown(Unknown::NotSeen);
        }
        if self.slow >= SLOW {
            return Lag::Unknown(Unknown::TooSlow);
        }
        if self.filled < LEAST_PARTS || self.seconds < LEAST_SECONDS {
            return Lag::Unknown(Unknown::TooFew);
        }
        let (whole, at) = highest(&sum(&self.ends, None));
        let error = self.error(&self.ends, |sum| highest(sum).0);
        let student = STUDENT[self.filled - LEAST_PARTS];
        // At the border what they say may still rise beyond.
        let inside = (REACH..LAGS - REACH).contains(&at);
        if !self.phased && (!inside || self.is_rivalled(at) || student * error > self.period / 2.0)
        {
            return Lag::Ambiguous;
        }
        let (seconds, error) = if self.phased {
            let Some(top) = self.end_of_sway(at) else {
                return Lag::Ambiguous;
            };
            let of = |sum: &_| climb(sum, top).0;
            (of(&sum(&self.phase, None)), self.error(&self.phase, of))
        } else {
            (whole, error)
        };
        let half = (student * error).hypot(1.96 * self.systematic);
        Lag::Known(Estimate {
            seconds,
            low: seconds - half,
            high: seconds + half,
        })
    }

    /// The jackknife's standard error of what `of` makes of the sum.
    fn error(&self, parts: &Parts, of: impl Fn(&[f32; LAGS]) -> f64) -> f64 {
        let n = self.filled as f64;
        let mut found = [0.0; PARTS];
        for (part, found) in found.iter_mut().enumerate().take(self.filled) {
            *found = of(&sum(parts, Some(part)));
        }
        let found = &found[..self.filled];
        let mean = found.iter().sum::<f64>() / n;
        let squares: f64 = found.iter().map(|f| (f - mean) * (f - mean)).sum();
        ((n - 1.0) / n * squares).sqrt()
    }

    /// Whether another peak of the ends is about as good.
    fn is_rivalled(&self, at: usize) -> bool {
        let sum = sum(&self.ends, None);
        let apart = (APART * self.period / STEP) as usize;
        let peak = |i: usize| {
            let (a, b) = (i.saturating_sub(1), (i + 1).min(LAGS - 1));
            sum[i] >= sum[a] && sum[i] >= sum[b]
        };
        (0..LAGS)
            .filter(|i| i.abs_diff(at) > apart && peak(*i))
            .any(|rival| !self.is_better(at, rival, 0))
    }

    /// The peak of the phase, of all that are half a period apart, that the ends speak for; `None` where
    /// another is about as good. `near` is where the ends lie.
    fn end_of_sway(&self, near: usize) -> Option<usize> {
        let half = (self.period / 2.0 / STEP).round().max(2.0) as usize;
        let (_, first) = climb(&sum(&self.phase, None), near);
        let first = first % half;
        let ends = sum(&self.ends, None);
        let all = || (first..LAGS).step_by(half);
        let best = all().max_by(|a, b| {
            let around = |i: usize| mean_around(&ends, i, half / 4);
            around(*a).total_cmp(&around(*b))
        })?;
        all()
            .filter(|rival| *rival != best)
            .all(|rival| self.is_better(best, rival, half / 4))
            .then_some(best)
    }

    /// Whether the ends speak for one lag rather than another, clearly: what they say differs, part by
    /// part, by more than its standard error.
    fn is_better(&self, one: usize, other: usize, reach: usize) -> bool {
        let n = self.filled as f64;
        let parts = || self.ends.iter().take(self.filled);
        let better =
            |part: &_| f64::from(mean_around(part, one, reach) - mean_around(part, other, reach));
        let mean = parts().map(better).sum::<f64>() / n;
        let squares: f64 = parts().map(|p| (better(p) - mean).powi(2)).sum();
        mean > SURE * (squares / (n * (n - 1.0))).sqrt()
    }
}

/// The sum of all parts, or of all but one.
fn sum(parts: &Parts, without: Option<usize>) -> [f32; LAGS] {
    let mut sum = [0.0; LAGS];
    for (_, part) in parts
        .iter()
        .enumerate()
        .filter(|(i, _)| Some(*i) != without)
    {
        sum.iter_mut().zip(part).for_each(|(s, x)| *s += x);
    }
    sum
}

/// The mean over the lags within `reach` of one.
fn mean_around(sum: &[f32; LAGS], at: usize, reach: usize) -> f32 {
    let window = &sum[at.saturating_sub(reach)..(at + reach + 1).min(LAGS)];
    window.iter().sum::<f32>() / window.len() as f32
}

/// The top of the highest peak, seconds, and its number.
fn highest(sum: &[f32; LAGS]) -> (f64, usize) {
    let all = sum.iter().enumerate();
    let best = all.max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(i, _)| i);
    (top(sum, best), best)
}

/// The top of the peak that is uphill from a number, seconds, and its number.
fn climb(sum: &[f32; LAGS], from: usize) -> (f64, usize) {
    let mut i = from;
    loop {
        let (a, b) = (i.saturating_sub(1), (i + 1).min(LAGS - 1));
        let next = if sum[a] > sum[b] { a } else { b };
        if sum[next] <= sum[i] {
            return (top(sum, i), i);
        }
        i = next;
    }
}

/// The top of a peak, between lags by a parabola through seven of them, seconds.
fn top(sum: &[f32; LAGS], peak: usize) -> f64 {
    let i = peak.clamp(REACH, LAGS - 1 - REACH);
    // Least squares over x = −3 … 3: Σx² = 28, Σx⁴ = 196.
    let (mut y0, mut y1, mut y2) = (0.0, 0.0, 0.0);
    for (x, y) in (-3i32..).zip(&sum[i - REACH..=i + REACH]) {
        let (x, y) = (f64::from(x), f64::from(*y - sum[i]));
        (y0, y1, y2) = (y0 + y, y1 + x * y, y2 + x * x * y);
    }
    let bend = (7.0 * y2 - 28.0 * y0) / (7.0 * 196.0 - 28.0 * 28.0);
    let slope = y1 / 28.0;
    let shift = if bend < 0.0 {
        (-slope / (2.0 * bend)).clamp(-3.0, 3.0)
    } else {
        0.0
    };
    lag_of(i) + shift * STEP
}
