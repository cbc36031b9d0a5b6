//! Which tick a stamp belongs to: the stream's own pace, the jitter of its stamps, and what was lost.

/// A stamp this much before its turn, in seconds, begins a new count (design choice).
const BACK: f64 = 1.0;
/// A stamp this much after its turn, in seconds, does: nothing that is held reaches so far.
const AHEAD: f64 = 4.0;

/// When the next sample is to be stamped, and how far stamps stray.
pub(super) struct Pace {
    period: f64,
    next: f64,
    spread: f64,
}

/// Where a stamp falls.
pub(super) enum Turn {
    /// After this many samples that never came.
    After(u64),
    /// In another count.
    Anew,
}

impl Pace {
    /// How fast the expectation follows the stamps, and how fast what is thought of their spread grows and
    /// shrinks, in seconds (design choices).
    const FOLLOW: f64 = 0.5;
    const GROW: f64 = 0.25;
    const SHRINK: f64 = 2.0;

    pub(super) fn from(stamp: f64, period: f64) -> Self {
        Self {
            period,
            next: stamp + period,
            spread: period / 2.0,
        }
    }

    /// Many an outlet stamps with the time of the push, which jitters: what is within four times the
    /// usual spread is no loss.
    pub(super) fn take(&mut self, stamp: f64) -> Turn {
        let mut late = stamp - self.next;
        if !(-BACK..=AHEAD).contains(&late) {
            return Turn::Anew;
        }
        let mut lost = 0.0;
        if late > (self.period / 2.0).max(4.0 * self.spread) {
            lost = (late / self.period).round().max(1.0);
            late -= lost * self.period;
        }
        let share = |seconds: f64| (self.period / seconds).min(1.0);
        let change = late.abs() - self.spread;
        let speed = if change > 0.0 {
            Self::GROW
        } else {
            Self::SHRINK
        };
        self.spread += change * share(speed);
        self.next += (lost + 1.0) * self.period + late * share(Self::FOLLOW);
        Turn::After(lost as u64)
    }
}
