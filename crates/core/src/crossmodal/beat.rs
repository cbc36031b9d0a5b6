//! Bouts of tosses by ear: landings that follow each other as evenly as a hand can.

use std::collections::VecDeque;

use super::onset::{DELAY, Onsets};
use super::{Bout, LANDING, MEMORY};

/// Strength from which a frame may be a landing, and from which one is believed at a bout's ends.
const CANDIDATE: f32 = 3.0;
const BELIEVED: f32 = 3.5;
/// A landing louder than this is not heard better.
const LOUD: f32 = 8.0;
/// Frames to either side within which a landing is the strongest.
const REACH: u64 = 6;
/// Seconds from one toss to the next: about 3 Hz (Ko & Hu 2020). What is slower may be a spatula, which is
/// heard at another place of its cycle: strokes come at up to 2.4 Hz here.
const PERIOD: core::ops::RangeInclusive<f64> = 0.24..=0.414;
/// Share by which a period may differ from its bout's.
const UNEVEN: f64 = 0.12;
/// What a landing that was not heard costs, and what unevenness does.
const MISSED: f32 = 2.0;
const UNEVENNESS: f32 = 20.0;
/// Fewest landings of a bout.
const LEAST: u32 = 4;
/// Largest scatter of the landings around an even beat, seconds.
const SCATTER: f64 = 0.03;
/// A bout is over, and all that lags it has come, so long after its last landing, seconds.
const OVER: f64 = 2.2;
/// Candidates remembered.
const CANDIDATES: usize = 160;

/// A frame that may be a landing, and the best bout that it may end.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    at: f64,
    score: f32,
    landings: u32,
    period: Option<f64>,
    /// The landing before, by number.
    before: Option<u64>,
    first: f64,
    /// Another goes on from here.
    extended: bool,
    used: bool,
}

/// The landings of the last half minute.
#[derive(Debug)]
pub(super) struct Beat {
    candidates: VecDeque<Candidate>,
    /// Number of the first one remembered.
    base: u64,
    /// The next frame to look at.
    next: u64,
    times: Vec<(f64, f64)>,
}

impl Beat {
    pub(super) fn new() -> Self {
        Self {
            candidates: VecDeque::with_capacity(CANDIDATES + 1),
            base: 0,
            next: 0,
            times: Vec::with_capacity(CANDIDATES),
        }
    }

    /// Takes the new onsets in.
    pub(super) fn hear(&mut self, onsets: &mut Onsets) {
        let ready = onsets.next.saturating_sub(REACH);
        for frame in self.next..ready {
            let strength = onsets.at(frame);
            if strength > CANDIDATE {
                let (top, _) = onsets.near(frame as f64 * 0.01, REACH);
                if top == frame {
                    self.candidate(onsets.time(frame), strength.min(LOUD));
                }
            }
        }
        self.next = self.next.max(ready);
        let oldest = onsets.next as f64 * 0.01 - MEMORY;
        while self
            .candidates
            .front()
            .is_some_and(|c| c.at < oldest || self.candidates.len() > CANDIDATES)
        {
            self.candidates.pop_front();
            self.base += 1;
        }
    }

    /// Finds the best bout that a new candidate continues.
    fn candidate(&mut self, at: f64, strength: f32) {
        let mut best = Candidate {
            at,
            score: strength,
            landings: 1,
            period: None,
            before: None,
            first: at,
            extended: false,
            used: false,
        };
        for (i, before) in self.candidates.iter().enumerate().rev() {
            let apart = at - before.at;
            if apart > 2.0 * PERIOD.end() {
                break;
            }
            for missed in [false, true] {
                let period = if missed { apart / 2.0 } else { apart };
                let uneven = before.period.map(|p| (period - p).abs() / p);
                if !PERIOD.contains(&period)
                    || uneven.is_some_and(|u| u > UNEVEN)
                    || (missed && uneven.is_none())
                {
                    continue;
                }
                let cost = UNEVENNESS * uneven.unwrap_or(0.0) as f32;
                let score = before.score + strength - cost - if missed { MISSED } else { 0.0 };
                if score > best.score {
                    let share = f64::from(before.landings.min(4));
                    best = Candidate {
                        score,
                        landings: before.landings + 1 + u32::from(missed),
                        period: Some(before.period.map_or(period, |p| p + (period - p) / share)),
                        before: Some(self.base + i as u64),
                        first: before.first,
                        ..best
                    };
                }
            }
        }
        if let Some(before) = best.before
            && let Some(c) = self.candidates.get_mut((before - self.base) as usize)
        {
            c.extended = true;
        }
        self.candidates.push_back(best);
    }

    /// A bout that is over, at most one a hop.
    pub(super) fn bout(&mut self, onsets: &Onsets) -> Option<Bout> {
        let now = onsets.next as f64 * 0.01;
        // The best is looked at first; while it goes on, only what lies before it may end.
        let mut until = f64::INFINITY;
        loop {
            let best = self
                .candidates
                .iter()
                .enumerate()
                .filter(|(_, c)| {
                    !c.used && !c.extended && c.landings >= LEAST && c.at < until - 0.2
                })
                .max_by(|a, b| a.1.score.total_cmp(&b.1.score))
                .map(|(i, c)| (i, *c));
            let (i, best) = best?;
            if now - best.at >= OVER {
                return self.take(i, onsets);
            }
            until = best.first;
        }
    }

    /// Takes the bout that ends with a candidate out.
    fn take(&mut self, last: usize, onsets: &Onsets) -> Option<Bout> {
        self.times.clear();
        let mut whole = true;
        let mut at = Some(self.base + last as u64);
        while let Some(number) = at {
            let candidate = number
                .checked_sub(self.base)
                .and_then(|i| self.candidates.get(i as usize));
            let Some(candidate) = candidate else {
                // Its beginning is forgotten: it has but one end.
                whole = false;
                break;
            };
            whole &= !candidate.used;
            self.times.push((candidate.at, 0.0));
            at = candidate.before;
        }
        let (first, end) = (self.times.last()?.0, self.times.first()?.0);
        for c in &mut self.candidates {
            c.used |= (first - 0.2..end + 0.2).contains(&c.at);
        }
        if !whole {
            return None;
        }
        self.times.reverse();
        let period = (end - first) / f64::from(self.periods());
        self.refine(first, period, onsets)
    }

    /// Periods from the first landing to the last, those without a heard landing counted.
    fn periods(&self) -> u32 {
        let apart = |w: &[(f64, f64)]| w[1].0 - w[0].0;
        let least = self.times.windows(2).map(apart).fold(f64::MAX, f64::min);
        // The least distance may be a tenth short of a period.
        let whole = |w| (apart(w) / (1.08 * least)).round().max(1.0) as u32;
        self.times.windows(2).map(whole).sum::<u32>().max(1)
    }

    /// Listens at every beat, at the ends beyond what was found, and lays an even beat through it.
    fn refine(&mut self, first: f64, period: f64, onsets: &Onsets) -> Option<Bout> {
        let heard = |k: i32| {
            let (frame, strength) = onsets.near(first - DELAY + f64::from(k) * period, 2);
            (strength >= BELIEVED).then(|| onsets.time(frame))
        };
        let last = self.times.last()?.0;
        let (mut from, mut to) = (0, ((last - first) / period).round() as i32);
        while heard(from - 1).is_some() && to - from < 100 {
            from -= 1;
        }
        while heard(to + 1).is_some() && to - from < 100 {
            to += 1;
        }
        while from < to && heard(from).is_none() {
            from += 1;
        }
        while from < to && heard(to).is_none() {
            to -= 1;
        }
        let tosses = u32::try_from(to - from + 1).ok().filter(|n| *n >= LEAST)?;
        self.times.clear();
        for k in from..=to {
            if let Some(at) = heard(k) {
                self.times.push((f64::from(k), at));
            }
        }
        let (start, period, scatter) = line(&self.times)?;
        if scatter > SCATTER || !PERIOD.contains(&period) {
            return None;
        }
        let landing = start + f64::from(from) * period;
        Some(Bout {
            start: landing - LANDING * period,
            period,
            tosses,
        })
    }
}

/// The straight line through points: its value at 0, its slope, and the scatter around it.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    let n = points.len() as f64;
    if points.len() < 3 {
        return None;
    }
    let (x0, y0) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let xx: f64 = points.iter().map(|p| (p.0 - x0) * (p.0 - x0)).sum();
    let xy: f64 = points.iter().map(|p| (p.0 - x0) * (p.1 - y0)).sum();
    let slope = xy / xx;
    let rest: f64 = points
        .iter()
        .map(|p| (p.1 - y0 - slope * (p.0 - x0)).powi(2))
        .sum();
    Some((y0 - slope * x0, slope, (rest / n).sqrt()))
}
