//! What a run came to, in one line.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use wok_core::verdict::{Account, DropReason, StreamKind, Verdict};

use crate::notice::StreamNotice;

/// Counts of a run; of fixed size however long it lasts.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Hops decided.
    pub hops: u64,
    /// Hops with a score.
    pub scores: u64,
    /// Reports of hops that were handed to a broker.
    pub published: u64,
    accounts: BTreeMap<(u16, StreamKind), Account>,
    since_close: Latency,
    since_end: Latency,
}

impl Summary {
    pub(super) fn verdict(
        &mut self,
        verdict: &Verdict,
        since_close: Duration,
        since_end: Duration,
    ) {
        self.hops += 1;
        self.scores += u64::from(verdict.outcome.is_ok());
        self.since_close.record(since_close);
        self.since_end.record(since_end);
    }

    pub(super) fn stream(&mut self, notice: &StreamNotice) {
        self.accounts
            .insert((notice.station, notice.stream), notice.account);
    }

    /// Samples dropped for a reason, over all stations and streams.
    #[must_use]
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.accounts
            .values()
            .map(|account| account.dropped[reason as usize])
            .sum()
    }

    /// From a hop's close to its report, at a quantile of 0–1.
    #[must_use]
    pub fn since_close(&self, quantile: f64) -> Duration {
        self.since_close.quantile(quantile)
    }

    /// From a hop's end to its report, at a quantile of 0–1.
    #[must_use]
    pub fn since_end(&self, quantile: f64) -> Duration {
        self.since_end.quantile(quantile)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(
            f,
            "{} hops, {} scored, {} published; dropped samples:",
            self.hops, self.scores, self.published
        )?;
        let drops: Vec<_> = DropReason::ALL
            .into_iter()
            .map(|r| (r, self.dropped(r)))
            .filter(|(_, n)| *n > 0)
            .collect();
        if drops.is_empty() {
            f.write_str(" none")?;
        }
        for (reason, samples) in drops {
            write!(f, " {} {samples}", reason.as_str())?;
        }
        write!(
            f,
            "; hop close to report p50 {:.2} ms p99 {:.2} ms; hop end to report p50 {:.1} ms p99 {:.1} ms",
            ms(self.since_close(0.5)),
            ms(self.since_close(0.99)),
            ms(self.since_end(0.5)),
            ms(self.since_end(0.99)),
        )
    }
}

/// Buckets to a doubling of the time.
const FINE: f64 = 16.0;
/// From a microsecond to over a minute.
const BUCKETS: usize = 26 * FINE as usize;

/// A histogram with buckets of 4 %.
#[derive(Debug, Clone)]
struct Latency {
    counts: [u64; BUCKETS],
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
        }
    }
}

impl Latency {
    fn record(&mut self, time: Duration) {
        let bucket = ((time.as_secs_f64() * 1e6).max(1.0).log2() * FINE) as usize;
        self.counts[bucket.min(BUCKETS - 1)] += 1;
    }

    fn quantile(&self, quantile: f64) -> Duration {
        let total: u64 = self.counts.iter().sum();
        let wanted = (quantile * total as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_secs_f64(((bucket as f64 + 0.5) / FINE).exp2() * 1e-6);
            }
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_within_a_bucket() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|ms| latency.record(Duration::from_millis(ms)));
        for (quantile, ms) in [(0.5, 500.0), (0.99, 990.0), (0.0, 1.0)] {
            let found = latency.quantile(quantile).as_secs_f64() * 1000.0;
            assert!((found / ms - 1.0).abs() < 0.05, "{quantile}: {found}");
        }
        assert_eq!(Latency::default().quantile(0.5), Duration::ZERO);
    }
}
