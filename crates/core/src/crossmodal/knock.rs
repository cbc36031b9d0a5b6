//! Lags by knocks: the ladle strikes the wok's rim three times or more, about a second apart, in an
//! otherwise quiet kitchen. For whoever sets a station up (`wokd align --clap`); a cook's own clangs are
//! nothing of the kind, so nobody listens for knocks unless asked to.
//!
//! The sound times the knocks. In the other streams something is up around each of them: for every lag
//! the values near the knocks and those away from them are taken for normal variates of two powers, and
//! the profile of that likelihood, as a density over the lags, gives the lag and its interval.
//!
//! **What is assumed of a knock:** the muscles work before the hit ([`EEG`]), and the picture moves
//! around it ([`THERMAL`]). What differs from that by some tens of milliseconds is no error that knocks can show.

use super::FRAME_S;
use super::edges::{Edges, LAGS, lag_of};
use super::lag::{Estimate, Lag, Unknown};
use super::muscle::Muscle;
use super::onset::Onsets;
use super::sway::Sway;

/// Fewest knocks, and the most that are a deliberate row.
pub const LEAST: usize = 3;
const MOST: usize = 6;
/// Onsets that are remembered of a row; what makes more is work.
const ONSETS: usize = 48;
/// How strong an onset is a knock (these numbers down to `RIVAL` are design choices; simulated knocks have
/// 25 to 60), in spreads above the usual growth, and at least so much of the row's strongest.
const STRONG: f32 = 12.0;
const LIKE: f32 = 0.35;
/// Frames to either side of a peak of onset strength.
const SIDE: u64 = 8;
/// Knocks of a row are so far apart, seconds; a row begins and ends with as long a silence as the most. What
/// follows faster is a spatula or a wok that is tossed.
const APART: core::ops::RangeInclusive<f64> = 0.75..=2.2;
/// What follows a knock within so many seconds is its rebound.
const REBOUND: f64 = 0.12;
/// What is not normal about the values takes so much off what they say.
const SHARED: f64 = 3.0;
/// A stream shows knocks from this gain in log-likelihood on, shared out.
const SHOWS: f64 = 4.0;
/// Lags are usually about so small: the scale of a Cauchy density, whose tails forbid none, seconds.
const USUAL: f64 = 0.1;
/// A 95 % interval wider than this to either side is no answer, seconds.
const VAGUE: f64 = 0.12;
/// A lag so far elsewhere, seconds, that explains so much of what the best one does is a rival: a row that
/// is off by one knock of three explains half.
const ELSEWHERE: f64 = 0.35;
const RIVAL: f64 = 0.75;

/// How a knock shows in a stream.
#[derive(Debug)]
struct Shape {
    /// Seconds before the hit from which on the stream is up, and after it until which.
    before: f64,
    after: f64,
    /// Standard deviation of what no row of knocks averages out, seconds: people do not knock as it says
    /// above (design choice; simulated knocks are of much the same shape and err by less,
    /// `cargo run --release -p wokd --example lag 16 60 gy 8 cyton --knocks`).
    systematic: f64,
}

/// The arm works, and has let go when the ladle hits, as drummers' wrists do (Fujii et al. 2009, Neurosci
/// Lett 459:69); that neck and shoulder do the same, and for how long, is a design choice.
const EEG: Shape = Shape {
    before: 0.16,
    after: 0.03,
    systematic: 0.02,
};

/// The hand with the ladle comes and goes, and the wok rocks (design choice).
const THERMAL: Shape = Shape {
    before: 0.25,
    after: 0.3,
    systematic: 0.035,
};

/// The lags that knocks tell.
#[derive(Debug)]
pub(super) struct Knocks {
    /// When each was, seconds since the grid opened, and how strong.
    row: Vec<(f64, f32)>,
    /// The row has become longer than a deliberate one.
    too_long: bool,
    /// The onset frame that is looked at next.
    next: u64,
    edges: Edges,
    eeg: Profile,
    thermal: Profile,
    /// Knocks in the rows that count.
    pub(super) heard: u32,
}

/// What the rows so far say of one stream.
#[derive(Debug)]
struct Profile {
    /// The log-likelihood of every lag, over that of no knock showing.
    says: [f64; LAGS],
    any: bool,
    shape: &'static Shape,
}

impl Profile {
    fn new(shape: &'static Shape) -> Self {
        Self {
            says: [0.0; LAGS],
            any: false,
            shape,
        }
    }
}

impl Knocks {
    pub(super) fn new() -> Self {
        Self {
            row: Vec::with_capacity(ONSETS),
            too_long: false,
            next: 0,
            edges: Edges::new(),
            eeg: Profile::new(&EEG),
            thermal: Profile::new(&THERMAL),
            heard: 0,
        }
    }

    /// Looks at what a hop added.
    pub(super) fn hop(&mut self, onsets: &Onsets, muscle: &Muscle, sway: &Sway) {
        // The frames to either side tell a peak.
        let last = onsets.next.saturating_sub(SIDE + 1);
        for frame in self.next..last {
            self.frame(frame, onsets, muscle, sway);
        }
        self.next = self.next.max(last);
    }

    /// Forgets what streams said that have gone: their delay may be another when they return.
    pub(super) fn forget(&mut self, eeg: bool, thermal: bool) {
        for (gone, profile) in [(eeg, &mut self.eeg), (thermal, &mut self.thermal)] {
            if gone && profile.any {
                *profile = Profile::new(profile.shape);
            }
        }
    }

    fn frame(&mut self, frame: u64, onsets: &Onsets, muscle: &Muscle, sway: &Sway) {
        let now = frame as f64 * FRAME_S;
        if self
            .row
            .last()
            .is_some_and(|last| now - last.0 > *APART.end())
        {
            self.end(muscle, sway);
        }
        let strength = onsets.at(frame);
        let around = frame.saturating_sub(SIDE)..=frame + SIDE;
        let is_peak = around
            .filter(|other| *other != frame)
            .all(|other| onsets.at(other) < strength);
        if strength >= STRONG && is_peak {
            if self.row.len() == ONSETS {
                self.too_long = true;
                self.row.remove(0);
            }
            self.row.push((onsets.time(frame), strength));
        }
    }

    /// A row has ended.
    fn end(&mut self, muscle: &Muscle, sway: &Sway) {
        let loudest = self.row.iter().fold(0.0f32, |most, k| most.max(k.1));
        self.row.retain(|knock| knock.1 >= LIKE * loudest);
        self.row
            .dedup_by(|later, knock| later.0 - knock.0 < REBOUND);
        let even = self
            .row
            .windows(2)
            .all(|k| APART.contains(&(k[1].0 - k[0].0)));
        let counts = (LEAST..=MOST).contains(&self.row.len()) && even && !self.too_long;
        if let (true, Some(first), Some(last)) = (counts, self.row.first(), self.row.last()) {
            let span = Edges::span(first.0, last.0);
            self.edges.clear();
            muscle.around(span, &mut self.edges);
            self.eeg.add(&self.row, &mut self.edges);
            self.edges.clear();
            sway.around(span, &mut self.edges);
            self.thermal.add(&self.row, &mut self.edges);
            self.heard += self.row.len() as u32;
        }
        self.row.clear();
        self.too_long = false;
    }

    /// How much later the EEG shows the knocks than the sound, and the camera.
    pub(super) fn lags(&self) -> [Lag; 2] {
        [&self.eeg, &self.thermal].map(|profile| {
            if self.heard == 0 {
                Lag::Unknown(Unknown::TooFew)
            } else {
                profile.lag()
            }
        })
    }
}

/// By how much likelier the values of windows (their number and mean) are with the power of a knock than
/// with that of rest, in log-likelihood for two degrees of freedom: Σ n (ln r/p + m/r − m/p). The power
/// of a knock is the median window's, and none counts for more: a jaw clenched meanwhile, or an electrode
/// that pops, is louder than the arm and not twice as good a knock.
fn gain(windows: &mut [(f64, f64)], rest: f64) -> f64 {
    windows.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let power = windows[(windows.len() - 1) / 2].1;
    if power <= rest {
        return 0.0;
    }
    let of = |(n, mean): &(f64, f64)| {
        n * ((rest / power).ln() + mean.min(power) * (rest.recip() - power.recip()))
    };
    windows.iter().map(of).sum()
}

impl Profile {
    /// Adds what a row says.
    fn add(&mut self, row: &[(f64, f32)], edges: &mut Edges) {
        let half = 0.5 * f64::from(edges.freedom) / SHARED;
        let Some(rest) = edges.median() else { return };
        let rest = f64::from(rest);
        self.any = true;
        for (i, says) in self.says.iter_mut().enumerate() {
            let mut up = [(0.0, 0.0); MOST];
            for (up, knock) in up.iter_mut().zip(row) {
                let hit = knock.0 + lag_of(i);
                *up = edges.mean(hit - self.shape.before, hit + self.shape.after);
            }
            *says += half * gain(&mut up[..row.len()], rest);
        }
    }

    fn lag(&self) -> Lag {
        if !self.any {
            return Lag::Unknown(Unknown::NoStream);
        }
        let best = self.says.iter().fold(0.0f64, |best, x| best.max(*x));
        if best < SHOWS {
            return Lag::Unknown(Unknown::NotSeen);
        }
        let believed = |i: usize| self.says[i] - (lag_of(i) / USUAL).powi(2).ln_1p();
        let top = (0..LAGS).map(believed).fold(f64::MIN, f64::max);
        let mass: [f64; LAGS] = core::array::from_fn(|i| (believed(i) - top).exp());
        let total: f64 = mass.iter().sum();
        let seconds = (0..LAGS).map(|i| mass[i] * lag_of(i)).sum::<f64>() / total;
        let square = |i: usize| mass[i] * (lag_of(i) - seconds).powi(2);
        let deviation = ((0..LAGS).map(square).sum::<f64>() / total).sqrt();
        let half = 1.96 * deviation.hypot(self.shape.systematic);
        let rivalled = (0..LAGS)
            .any(|i| (lag_of(i) - seconds).abs() > ELSEWHERE && self.says[i] > RIVAL * best);
        if half > VAGUE || rivalled {
            return Lag::Ambiguous;
        }
        Lag::Known(Estimate {
            seconds,
            low: seconds - half,
            high: seconds + half,
        })
    }
}
