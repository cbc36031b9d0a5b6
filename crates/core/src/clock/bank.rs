//! A bank of Kalman filters over offset and drift, one for each guess of how the oscillator wanders,
//! weighed by how well each foresaw what came (multiple-model estimation, Magill 1965).

/// Random walk of the drift that each filter assumes, in parts per million per √s: a good crystal in a
/// still room wanders by 0.001, one beside a stove by 0.1 and more.
const WANDER_PPM: [f64; 6] = [0.001, 0.01, 0.03, 0.1, 0.3, 1.0];
/// The last filter is recursive least squares: it assumes no wander but forgets, by half in this many
/// nanoseconds. It is what remains when no random walk foresees what comes.
const HALF_LIFE: f64 = 20e9;
const MODELS: usize = WANDER_PPM.len() + 1;
/// How much each is believed before anything was seen. Where the wander lies is hard to tell from ten minutes of noise; these odds cost least
/// beside a filter that is told it: 5, 3 and 6 % at 0, 0.01 and 0.1 ppm/√s, and no odds cost less than 5.5 % at the worst of the three.
const PRIOR: [f64; MODELS] = [0.84, 0.005, 0.003, 0.15, 1e-3, 1e-4, 1e-3];
/// How much more each counts for the uncertainty than for the estimate: a clock that is said to be
/// steadier than it is does more harm than the reverse. Chosen so that 95 % intervals hold the truth in
/// 95 % of the time, all noises and wanders together.
const CAUTION: [f64; MODELS] = [1.0, 5.0, 20.0, 20.0, 20.0, 20.0, 20.0];
/// Evidence fades with this time constant, in nanoseconds, so that a crystal may change.
const MEMORY: f64 = 3000e9;
/// Least log-weight of a filter beside the best one's, so that it can come back.
const FLOOR: f64 = -14.0;
/// Crystals are better than this, one standard deviation.
const DRIFT: f64 = 100e-6;
/// An innovation beyond this many standard deviations counts as that many.
const CLIP: f64 = 4.0;
/// Innovations beyond that, all to one side, for so many nanoseconds and observations are no outliers: the
/// oscillator is another than was thought (a shock, a step of temperature), and the filters open up.
const ASTRAY: f64 = 5e9;
const ASTRAY_LEAST: u32 = 4;

/// What is known of the offset at some place of the device's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// Host time minus device time, in nanoseconds.
    pub(super) offset: f64,
    /// Its change, nanoseconds a nanosecond.
    pub(super) drift: f64,
    /// Standard deviation of the offset, in nanoseconds.
    pub(super) sigma: f64,
}

/// Offset, drift and their covariance.
#[derive(Debug, Clone, Copy, Default)]
struct Filter {
    offset: f64,
    drift: f64,
    oo: f64,
    od: f64,
    dd: f64,
}

impl Filter {
    /// `dx` nanoseconds later, as model `i` has it.
    fn ahead(&self, dx: f64, i: usize) -> Self {
        let mut next = Self {
            offset: self.offset + self.drift * dx,
            drift: self.drift,
            oo: self.oo + dx * (2.0 * self.od + dx * self.dd),
            od: self.od + dx * self.dd,
            dd: self.dd,
        };
        if let Some(ppm) = WANDER_PPM.get(i) {
            // (1 ppm/√s)² is 1e-21 a nanosecond.
            let q = ppm * ppm * 1e-21;
            next.oo += q * dx * dx * dx / 3.0;
            next.od += q * dx * dx / 2.0;
            next.dd += q * dx;
        } else {
            let grow = (dx / HALF_LIFE).exp2();
            next.oo *= grow;
            next.od *= grow;
            next.dd *= grow;
        }
        next
    }

    /// With what is known of crystals before any observation: that the drift is small.
    fn of_a_crystal(self) -> Self {
        let variance = self.dd + DRIFT * DRIFT;
        let (ko, kd) = (self.od / variance, self.dd / variance);
        Self {
            offset: self.offset - ko * self.drift,
            oo: self.oo - ko * self.od,
            drift: self.drift - kd * self.drift,
            ..self
        }
    }

    /// Begins anew from `offset`, which it missed ever further for `dx` nanoseconds.
    fn open(&mut self, offset: f64, dx: f64) {
        let missed = offset - self.offset;
        self.oo += missed * missed;
        self.od = 0.0;
        self.dd += (missed / dx).powi(2);
    }

    /// Takes an observation in; returns its log-likelihood.
    fn update(&mut self, offset: f64, noise: f64) -> f64 {
        let variance = self.oo + noise;
        let limit = CLIP * variance.sqrt();
        let innovation = (offset - self.offset).clamp(-limit, limit);
        let (ko, kd) = (self.oo / variance, self.od / variance);
        self.offset += ko * innovation;
        self.drift += kd * innovation;
        self.dd -= kd * self.od;
        self.od *= 1.0 - ko;
        self.oo *= 1.0 - ko;
        -0.5 * (innovation * innovation / variance + variance.ln())
    }
}

/// The filters, all at the place of the last observation.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    filters: [Filter; MODELS],
    log_weights: [f64; MODELS],
    weights: [f64; MODELS],
    x: f64,
    noise: f64,
    seen: u32,
    astray: Astray,
}

/// Innovations beyond the clip that lie to one side.
#[derive(Debug, Clone, Copy, Default)]
struct Astray {
    since: f64,
    count: u32,
    side: f64,
}

impl Astray {
    /// Takes the next innovation, in standard deviations; gives whether they are no outliers any more.
    fn take(&mut self, x: f64, deviations: f64) -> bool {
        if deviations.abs() <= CLIP {
            self.count = 0;
            return false;
        }
        if self.count == 0 || deviations.signum() != self.side {
            *self = Self {
                since: x,
                count: 0,
                side: deviations.signum(),
            };
        }
        self.count += 1;
        self.count >= ASTRAY_LEAST && x - self.since >= ASTRAY
    }
}

impl Bank {
    pub(super) fn new() -> Self {
        Self {
            filters: [Filter::default(); MODELS],
            log_weights: PRIOR.map(f64::ln),
            weights: PRIOR,
            x: 0.0,
            noise: 1.0,
            seen: 0,
            astray: Astray::default(),
        }
    }

    /// Takes in that the offset was `offset` at `x`, with a noise of variance `noise` > 0.
    pub(super) fn take(&mut self, x: f64, offset: f64, noise: f64) {
        if self.seen < 2 {
            self.begin(x, offset, noise);
            return;
        }
        // What is now thought of the noise holds for all that was seen: with the covariances told in its
        // units, a poor first guess leaves no trace in the gains.
        let scale = noise / self.noise;
        self.noise = noise;
        let dx = (x - self.x).max(0.0);
        self.x = x;
        let keep = (-dx / MEMORY).exp();
        for (i, filter) in self.filters.iter_mut().enumerate() {
            filter.oo *= scale;
            filter.od *= scale;
            filter.dd *= scale;
            *filter = filter.ahead(dx, i);
        }
        let heaviest = (0..MODELS).fold(0, |best, i| {
            if self.weights[i] > self.weights[best] {
                i
            } else {
                best
            }
        });
        let mut believed = self.filters[heaviest];
        let deviations = (offset - believed.offset) / (believed.oo + noise).sqrt();
        if self.astray.take(x, deviations) {
            // All of them go on from here, or those that strayed further would count as doubt for ever.
            believed.open(offset, x - self.astray.since);
            self.astray.count = 0;
            self.filters = [believed; MODELS];
        }
        let mut best = f64::NEG_INFINITY;
        for (i, filter) in self.filters.iter_mut().enumerate() {
            let likelihood = filter.update(offset, noise);
            let log_weight = &mut self.log_weights[i];
            *log_weight = keep * *log_weight + (1.0 - keep) * PRIOR[i].ln() + likelihood;
            best = best.max(*log_weight);
        }
        for log_weight in &mut self.log_weights {
            *log_weight = (*log_weight - best).max(FLOOR);
        }
        let sum: f64 = self.log_weights.iter().map(|w| w.exp()).sum();
        self.weights = self.log_weights.map(|w| w.exp() / sum);
    }

    /// A line through the first two observations.
    fn begin(&mut self, x: f64, offset: f64, noise: f64) {
        let dx = x - self.x;
        if self.seen == 1 && dx > 0.0 {
            self.filters = [Filter {
                offset,
                drift: (offset - self.filters[0].offset) / dx,
                oo: noise,
                od: noise / dx,
                dd: 2.0 * noise / (dx * dx),
            }; MODELS];
            self.seen = 2;
        } else {
            self.filters[0].offset = offset;
            self.seen = 1;
        }
        self.x = x;
        self.noise = noise;
    }

    /// Goes on from what another bank knows, `shift` nanoseconds further.
    pub(super) fn resume(&mut self, other: &Self, shift: f64) {
        *self = Self {
            filters: other.filters.map(|filter| Filter {
                offset: filter.offset + shift,
                ..filter
            }),
            noise: self.noise,
            ..*other
        };
    }

    /// What all filters together know of `x`; `None` before the second observation.
    pub(super) fn at(&self, x: f64) -> Option<Estimate> {
        if self.seen < 2 {
            return None;
        }
        let dx = (x - self.x).max(0.0);
        let base = self.filters[0].offset;
        let (mut offset, mut drift) = (0.0, 0.0);
        // Sums over the filters as the uncertainty counts them: their offsets' mean square and variance.
        let (mut count, mut sum, mut square) = (0.0, 0.0, 0.0);
        for (i, filter) in self.filters.iter().enumerate() {
            let then = filter.ahead(dx, i).of_a_crystal();
            let apart = then.offset - base;
            offset += self.weights[i] * apart;
            drift += self.weights[i] * then.drift;
            let share = self.weights[i] * CAUTION[i];
            count += share;
            sum += share * apart;
            square += share * (apart * apart + then.oo);
        }
        // Their mean square distance from the estimate.
        let variance = (square - 2.0 * offset * sum) / count + offset * offset;
        Some(Estimate {
            offset: base + offset,
            drift,
            sigma: variance.max(0.0).sqrt(),
        })
    }

    /// The drift that is believed now.
    pub(super) fn drift(&self) -> f64 {
        if self.seen < 2 {
            return 0.0;
        }
        self.filters
            .iter()
            .zip(self.weights)
            .map(|(filter, weight)| filter.of_a_crystal().drift * weight)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shocked_oscillator_is_believed_after_five_seconds() {
        for noise in [1.0, 1e6] {
            let mut bank = Bank::new();
            let mut dice = 1u32;
            let mut errors = [0.0f64; 2];
            for i in 0..300u32 {
                let x = f64::from(i) * 200e6;
                let truth = if i < 100 { 0.0 } else { 80e-6 * (x - 20e9) };
                dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let uniform = f64::from(dice >> 8) / f64::from(1u32 << 24) - 0.5;
                bank.take(x, truth + uniform * (12.0f64 * noise).sqrt(), noise);
                let error = bank.at(x).map_or(0.0, |e| e.offset - truth).abs();
                let late = usize::from(i > 150);
                errors[late] = errors[late].max(error);
            }
            // Five seconds of 80 ppm are 400 µs.
            assert!(
                errors[0] < 450e3 && errors[1] < 3.0 * noise.sqrt(),
                "{errors:?}"
            );
        }
    }
}
