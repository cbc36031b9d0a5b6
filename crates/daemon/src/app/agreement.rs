//! Whether the streams of a station agree: their lags against the bounds.

use std::collections::BTreeSet;

use wok_core::crossmodal::{Lag, Lags, Pair};

use crate::sinks::Bridge;

/// Which pairs of streams are out of bounds, of all stations.
#[derive(Debug)]
pub struct Agreement {
    /// Largest lag that is none, seconds.
    bound: f64,
    alarms: BTreeSet<(u16, &'static str)>,
}

impl Agreement {
    /// With lags of up to `bound` nanoseconds to either side in order.
    #[must_use]
    pub fn new(bound: i64) -> Self {
        Self {
            bound: bound as f64 * 1e-9,
            alarms: BTreeSet::new(),
        }
    }

    /// Judges a station's lags; a change is told in the log, once. A pair is out of bounds when its whole
    /// interval is, and stays so while its lag is ambiguous. What is not known is no alarm.
    pub(super) fn judge(
        &mut self,
        bridge: &Bridge,
        station: u16,
        lags: &Lags,
    ) -> [bool; Pair::ALL.len()] {
        Pair::ALL.map(|pair| {
            let key = (station, pair.as_str());
            let before = self.alarms.contains(&key);
            let now = match lags.of(pair) {
                Lag::Known(lag) => lag.low > self.bound || lag.high < -self.bound,
                Lag::Ambiguous => before,
                Lag::Unknown(_) => false,
            };
            if now != before {
                let place = bridge.stations.get(usize::from(station));
                let place = place.map_or("", |(place, _)| &place.id);
                tell(place, pair, lags.of(pair), self.bound, now);
            }
            if now {
                self.alarms.insert(key);
            } else {
                self.alarms.remove(&key);
            }
            now
        })
    }
}

fn tell(station: &str, pair: Pair, lag: &Lag, bound: f64, now: bool) {
    let (late, against) = pair.streams();
    let ms = |seconds: f64| (seconds * 1e3).round();
    match lag.known() {
        Some(lag) if now => tracing::warn!(
            station,
            pair = pair.as_str(),
            lag_ms = ms(lag.seconds),
            low_ms = ms(lag.low),
            high_ms = ms(lag.high),
            "{} and {} disagree by more than {} ms: the lag belongs onto `latency_ms` of {0}, or off that of {1}; `wokd align` measures it",
            late.as_str(),
            against.as_str(),
            ms(bound)
        ),
        Some(lag) => tracing::warn!(
            station,
            pair = pair.as_str(),
            lag_ms = ms(lag.seconds),
            "{} and {} agree again",
            late.as_str(),
            against.as_str()
        ),
        None => tracing::warn!(
            station,
            pair = pair.as_str(),
            "whether {} and {} disagree is no longer known",
            late.as_str(),
            against.as_str()
        ),
    }
}

#[cfg(test)]
mod tests {
    use wok_core::crossmodal::{Estimate, Unknown};

    use super::*;
    use crate::sinks::testing::bridge;

    #[test]
    fn an_alarm_is_raised_by_a_whole_interval_and_kept_while_in_doubt() {
        let mut agreement = Agreement::new(50_000_000);
        let known = |low: f64, high: f64| {
            Lag::Known(Estimate {
                seconds: (low + high) / 2.0,
                low,
                high,
            })
        };
        for (lag, expect) in [
            (Lag::Unknown(Unknown::TooFew), false),
            (known(-0.01, 0.02), false),
            (known(0.04, 0.08), false),
            (known(0.06, 0.10), true),
            (Lag::Ambiguous, true),
            (known(0.04, 0.08), false),
            (Lag::Ambiguous, false),
            (known(-0.2, -0.1), true),
            (Lag::Unknown(Unknown::NoStream), false),
        ] {
            let lags = Lags {
                thermal_audio: lag,
                ..Lags::default()
            };
            let alarms = agreement.judge(&bridge(), 0, &lags);
            assert_eq!(alarms, [false, expect, false], "{lag:?}");
        }
    }
}
