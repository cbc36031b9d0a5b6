//! The one grid that every stream is put on.
//!
//! An epoch E is rounded up to a whole hop of the monotonic clock, so that the hops of all stations
//! share their edges. Hop k covers `[E + 200k ms, E + 200(k+1) ms)`.

use crate::time::{HostTime, MS};

/// Length of a hop: 200 ms.
pub const HOP: i64 = 200 * MS;
/// Spacing of the EEG grid: 4 ms (250 Hz).
pub const EEG_TICK: i64 = 4 * MS;
/// Spacing of the audio grid: 62.5 µs (16 kHz).
pub const AUDIO_TICK: i64 = 62_500;
/// Spacing of log-mel frames: 10 ms; frame j *ends* at E + 10j ms.
pub const MEL_TICK: i64 = 10 * MS;

/// EEG grid ticks in a hop.
pub const EEG_PER_HOP: usize = 50;
/// Audio grid samples in a hop.
pub const AUDIO_PER_HOP: usize = 3200;
/// Log-mel frames in a hop.
pub const MEL_PER_HOP: usize = 20;
/// Audio grid samples between two log-mel frames.
pub const AUDIO_PER_MEL: usize = AUDIO_PER_HOP / MEL_PER_HOP;

/// The grid of one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    epoch: HostTime,
}

impl Grid {
    /// Opens the grid at the first whole hop of the monotonic clock at or after `at`.
    #[must_use]
    pub fn opened_at(at: HostTime) -> Self {
        let ns = at.as_nanos();
        let up = ns.rem_euclid(HOP);
        let epoch = if up == 0 { at } else { at + (HOP - up) };
        Self { epoch }
    }

    /// E, the start of hop 0.
    #[must_use]
    pub const fn epoch(&self) -> HostTime {
        self.epoch
    }

    /// Start of hop `k`.
    #[must_use]
    pub fn start(&self, k: u64) -> HostTime {
        let k = i64::try_from(k).unwrap_or(i64::MAX);
        self.epoch + k.saturating_mul(HOP)
    }

    /// End of hop `k`, which is the start of hop `k + 1`.
    #[must_use]
    pub fn end(&self, k: u64) -> HostTime {
        self.start(k.saturating_add(1))
    }

    /// The hop that contains `t`; `None` before the epoch.
    #[must_use]
    pub fn hop_of(&self, t: HostTime) -> Option<u64> {
        u64::try_from((t - self.epoch).div_euclid(HOP)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_rounded_up_to_a_whole_hop() {
        for (at, epoch) in [
            (0, 0),
            (1, HOP),
            (HOP - 1, HOP),
            (HOP, HOP),
            (HOP + 1, 2 * HOP),
        ] {
            assert_eq!(
                Grid::opened_at(HostTime::from_nanos(at)).epoch().as_nanos(),
                epoch,
                "{at}"
            );
        }
    }

    #[test]
    fn a_hop_owns_its_start_and_not_its_end() {
        let grid = Grid::opened_at(HostTime::from_nanos(5 * HOP));
        assert_eq!(grid.hop_of(HostTime::from_nanos(5 * HOP - 1)), None);
        assert_eq!(grid.hop_of(grid.start(0)), Some(0));
        assert_eq!(grid.hop_of(grid.end(0)), Some(1));
        assert_eq!(grid.hop_of(grid.end(0) - 1), Some(0));
        assert_eq!(grid.end(7), grid.start(8));
    }

    #[test]
    fn the_grids_fit_into_a_hop() {
        assert_eq!(EEG_TICK * EEG_PER_HOP as i64, HOP);
        assert_eq!(AUDIO_TICK * AUDIO_PER_HOP as i64, HOP);
        assert_eq!(MEL_TICK * MEL_PER_HOP as i64, HOP);
    }
}
