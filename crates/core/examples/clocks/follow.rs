//! How far a clock that follows a link is off.

use wok_core::clock::Clock;
use wok_core::time::HostTime;

use super::link::{Delay, Link, Random, SAMPLES, TICK, WARM_UP, oscillator};

/// Standard deviations of a 95 % interval.
const INTERVAL: f64 = 1.96;
/// Every so many samples the interval is looked at.
const LOOK: usize = 250;

/// One run.
pub(crate) struct Score {
    /// Mean square without the constant, ns², of ours and of the Kalman filter that knows the truth's parameters.
    ours: f64,
    kalman: f64,
    /// Errors and the standard deviations that were told, ns.
    told: Vec<(f64, f64)>,
    /// The last second whose error, without the constant, is over a millisecond.
    settled: f64,
    /// Of every sample, ns.
    pub(crate) errors: Vec<f64>,
}

impl Score {
    /// Each sample is stamped when it came, with what is known then.
    pub(crate) fn of(link: &Link) -> Self {
        let mut clock = Clock::new(TICK, 0);
        let mut told = Vec::with_capacity(SAMPLES / LOOK);
        let errors: Vec<f64> = link
            .arrivals
            .iter()
            .zip(&link.truth)
            .enumerate()
            .map(|(tick, (at, truth))| {
                clock.observe(tick as u64, HostTime::from_nanos(*at as i64));
                let error = clock
                    .host(tick as u64)
                    .map_or(f64::NAN, |t| t.as_nanos() as f64 - truth);
                if tick >= WARM_UP && tick % LOOK == 0 {
                    told.push((error, clock.uncertainty_seconds().unwrap_or(0.0) * 1e9));
                }
                error
            })
            .collect();
        let (mean, ours) = moments(&errors[WARM_UP..]);
        let late = errors.iter().rposition(|e| (e - mean).abs() > 1e6);
        Self {
            ours,
            kalman: moments(&kalman(link)[WARM_UP..]).1,
            told,
            settled: late.map_or(0.0, |i| (i + 1) as f64 * TICK / 1e9),
            errors,
        }
    }
}

/// Mean and variance.
pub(crate) fn moments(errors: &[f64]) -> (f64, f64) {
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    (
        mean,
        errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / n,
    )
}

/// Errors of the causal Kalman filter that knows the wander and takes the noise for white and 2 ms.
fn kalman(link: &Link) -> Vec<f64> {
    let q = (link.wander * 1e-6).powi(2) * 1e-9;
    let noise = 4e12;
    let (mut offset, mut drift) = (link.truth[0], 0.0);
    let (mut oo, mut od, mut dd) = (noise, 0.0, 1e-8);
    let mut errors = Vec::with_capacity(SAMPLES);
    for (i, (at, truth)) in link.arrivals.iter().zip(&link.truth).enumerate() {
        if i > 0 {
            offset += (1.0 + drift) * TICK;
            oo += TICK * (2.0 * od + TICK * dd) + q * TICK.powi(3) / 3.0;
            od += TICK * dd + q * TICK * TICK / 2.0;
            dd += q * TICK;
        }
        let variance = oo + noise;
        let (ko, kd) = (oo / variance, od / variance);
        let innovation = at - offset;
        offset += ko * innovation;
        drift += kd * innovation;
        dd -= kd * od;
        od *= 1.0 - ko;
        oo *= 1.0 - ko;
        errors.push(offset - truth);
    }
    errors
}

/// Many runs.
#[derive(Default)]
pub(crate) struct Scores {
    ours: Vec<f64>,
    kalman: Vec<f64>,
    told: Vec<(f64, f64)>,
    settled: Vec<f64>,
}

impl Scores {
    pub(crate) fn take(&mut self, score: &Score) {
        self.ours.push(score.ours);
        self.kalman.push(score.kalman);
        self.told.extend(&score.told);
        self.settled.push(score.settled);
    }

    pub(crate) fn extend(&mut self, other: Self) {
        self.ours.extend(other.ours);
        self.kalman.extend(other.kalman);
        self.told.extend(other.told);
        self.settled.extend(other.settled);
    }

    pub(crate) fn rms(&self) -> f64 {
        (self.ours.iter().sum::<f64>() / self.ours.len() as f64).sqrt()
    }

    pub(crate) fn kalman(&self) -> f64 {
        (self.kalman.iter().sum::<f64>() / self.kalman.len() as f64).sqrt()
    }

    /// How often the truth lay inside the 95 % interval. The constant that nobody can see, one for all
    /// runs of a link, is left out.
    pub(crate) fn coverage(&self) -> f64 {
        let constant = self.told.iter().map(|(e, _)| e).sum::<f64>() / self.told.len() as f64;
        let inside = |(error, sigma): &&(f64, f64)| (error - constant).abs() <= INTERVAL * sigma;
        self.told.iter().filter(inside).count() as f64 / self.told.len() as f64
    }

    /// Seconds after which so large a share of the runs stays within a millisecond.
    pub(crate) fn settled(mut self, share: f64) -> f64 {
        self.settled.sort_by(f64::total_cmp);
        self.settled[((self.settled.len() as f64 * share).ceil() as usize).max(1) - 1]
    }
}

/// 99th percentile of the error after a minute, in ns: an hour of 100 ppm, 10 ms of jitter that only adds and 1 % of loss.
pub(crate) fn hour(seed: u64) -> f64 {
    let mut random = Random::new(seed ^ Delay::ALL.len() as u64);
    let truth = oscillator(0.01, 100e-6, 6 * SAMPLES, &mut random);
    let mut clock = Clock::new(TICK, 0);
    let mut errors = Vec::with_capacity(truth.len());
    for (tick, truth) in truth.iter().enumerate() {
        if random.uniform() < 0.01 {
            continue;
        }
        let at = truth + 10e6 * random.exponential();
        clock.observe(tick as u64, HostTime::from_nanos(at as i64));
        if tick >= WARM_UP
            && let Some(host) = clock.host(tick as u64)
        {
            errors.push((host.as_nanos() as f64 - truth).abs());
        }
    }
    errors.sort_by(f64::total_cmp);
    errors[errors.len() * 99 / 100]
}
