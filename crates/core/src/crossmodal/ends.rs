//! The ends of a bout of tosses, each by itself, as a stream shows them that only shows *that* something moves.
//!
//! The beat knows to some ten milliseconds when a bout began and ended, but not always which toss was the
//! first or the last: a quiet landing is missed, a splash is counted. And sometimes what it took for tosses
//! were none. So each end is a mixture: it lies where it was heard, give or take [`JITTER`]; or a toss or two
//! further out, or one further in; or anywhere. What two ends say adds up, and one that is wrong costs little:
//! for no lag does an end say more than ln(1/[`ASTRAY`]) and some against another.

use super::Bout;
use super::edges::{LAGS, MARGIN, STEP, lag_of};

/// How far an end is off that was heard at the right toss, standard deviation in seconds: what a straight
/// line through four to twelve landings leaves, each some ten milliseconds off.
const JITTER: f64 = 0.014;
/// Chance that an end is none.
const ASTRAY: f64 = 0.03;
/// By how many tosses the true end lies further out, and how likely.
const COUNTS: [(f64, f64); 4] = [(0.0, 0.79), (1.0, 0.12), (2.0, 0.06), (-1.0, 0.03)];
/// Spacing of the times looked at, seconds.
const FINE: f64 = STEP / 4.0;
/// Times looked at to either side of where the end was heard, and in all.
const SIDE: usize = (MARGIN / FINE) as usize + 1;
const TIMES: usize = 2 * SIDE + 1;
/// Times to either side over which the jitter spreads.
const REACH: usize = (3.0 * JITTER / FINE) as usize;

/// Which end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    First,
    Last,
}

impl End {
    /// When it was heard.
    fn heard(self, bout: &Bout) -> f64 {
        match self {
            End::First => bout.start,
            End::Last => bout.end(),
        }
    }

    /// The sign of time that leads out of the bout.
    fn out(self) -> f64 {
        match self {
            End::First => -1.0,
            End::Last => 1.0,
        }
    }
}

/// Scratch for one end.
#[derive(Debug)]
pub(super) struct Ends {
    /// The chance that movement begins or ends at each time.
    chance: Box<[f64; TIMES]>,
    /// The same, spread by the jitter.
    spread: Box<[f64; TIMES]>,
    kernel: [f64; 2 * REACH + 1],
}

impl Ends {
    pub(super) fn new() -> Self {
        let mut kernel = core::array::from_fn(|i| {
            let x = (i as f64 - REACH as f64) * FINE / JITTER;
            (-0.5 * x * x).exp()
        });
        let sum: f64 = kernel.iter().sum();
        kernel.iter_mut().for_each(|k| *k /= sum);
        Self {
            chance: Box::new([0.0; TIMES]),
            spread: Box::new([0.0; TIMES]),
            kernel,
        }
    }

    /// Adds what one end says, the log-likelihood of every lag. `sum` gives the sum of the log-likelihood
    /// ratios of movement against rest before a time, for times that rise; `None` where it is not known.
    pub(super) fn weigh(
        &mut self,
        end: End,
        bout: &Bout,
        mut sum: impl FnMut(f64) -> Option<f64>,
        says: &mut [f32; LAGS],
    ) {
        let (heard, out) = (end.heard(bout), end.out());
        let mut most = f64::NEG_INFINITY;
        for (i, chance) in self.chance.iter_mut().enumerate() {
            let off = (i as f64 - SIDE as f64) * FINE;
            // Inwards no further than the other end, beyond which rest would look like another bout's.
            let there = -out * off <= bout.seconds();
            let at = if there { sum(heard + off) } else { None };
            *chance = at.map_or(f64::NEG_INFINITY, |sum| out * sum);
            most = most.max(*chance);
        }
        if most == f64::NEG_INFINITY {
            return;
        }
        let mut whole = 0.0;
        for chance in self.chance.iter_mut() {
            *chance = (*chance - most).exp();
            whole += *chance;
        }
        self.blur(whole);
        let anywhere = ASTRAY / TIMES as f64;
        for (i, says) in says.iter_mut().enumerate() {
            let chances = COUNTS
                .iter()
                .map(|(tosses, share)| share * self.at(lag_of(i) + out * tosses * bout.period));
            let chance = (1.0 - ASTRAY) * chances.sum::<f64>() + anywhere;
            *says += chance.ln() as f32;
        }
    }

    /// Spreads the chances by the jitter, and makes their sum one.
    fn blur(&mut self, whole: f64) {
        for i in REACH..TIMES - REACH {
            let near = &self.chance[i - REACH..=i + REACH];
            let sum: f64 = self.kernel.iter().zip(near).map(|(k, c)| k * c).sum();
            self.spread[i] = sum / whole;
        }
    }

    /// The chance of a time so many seconds after the end was heard; 0 where it was not looked at.
    fn at(&self, off: f64) -> f64 {
        let at = SIDE as f64 + off / FINE;
        let (i, share) = (at.floor(), at.fract());
        if i < 0.0 || i as usize + 1 >= TIMES {
            return 0.0;
        }
        let i = i as usize;
        self.spread[i] + share * (self.spread[i + 1] - self.spread[i])
    }
}
