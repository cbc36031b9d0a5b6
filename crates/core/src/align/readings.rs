//! Readings of auxiliary sensors: each waits for the hop it came in, the newest is held for a while.

use std::collections::VecDeque;

use crate::step::AUX;
use crate::time::{HostTime, SECOND};
use crate::verdict::{Account, DropReason};

/// An auxiliary reading is believed this long, in nanoseconds.
const FRESH: i64 = 5 * SECOND;
/// Readings that may wait: a lateness of a busy rig.
const READINGS: usize = 256;

/// One station's readings.
#[derive(Default)]
pub(super) struct Readings {
    latest: [Option<(HostTime, f32)>; AUX],
    /// Readings that no hop has taken yet, in the order they came.
    waiting: VecDeque<(HostTime, usize, f32)>,
    pub(super) account: Account,
}

impl Readings {
    /// Takes a reading in.
    pub(super) fn take(&mut self, at: HostTime, index: usize, value: f32) {
        if index >= AUX {
            return;
        }
        self.account.taken += 1;
        if !value.is_finite() {
            self.account.drop_samples(DropReason::Invalid, 1);
            return;
        }
        if self.waiting.len() == READINGS {
            self.waiting.pop_front();
            self.account.drop_samples(DropReason::Superseded, 1);
        }
        self.waiting.push_back((at, index, value));
    }

    /// Closes a hop that ends at `end`: of several readings of a sensor the newest counts. Returns how many
    /// it takes; `out` gets what is still believed.
    pub(super) fn close(&mut self, end: HostTime, out: &mut [Option<f32>; AUX]) -> u64 {
        let mut taken = [false; AUX];
        while self.waiting.front().is_some_and(|(at, ..)| *at < end)
            && let Some((at, index, value)) = self.waiting.pop_front()
        {
            if core::mem::replace(&mut taken[index], true) {
                self.account.drop_samples(DropReason::Superseded, 1);
            }
            self.latest[index] = Some((at, value));
        }
        *out = self
            .latest
            .map(|r| r.filter(|(at, _)| end - *at <= FRESH).map(|(_, v)| v));
        taken.iter().filter(|taken| **taken).count() as u64
    }

    /// The device went away.
    pub(super) fn forget(&mut self) {
        let waiting = self.waiting.drain(..).count() as u64;
        self.account.drop_samples(DropReason::Segment, waiting);
        self.latest = [None; AUX];
    }

    /// Readings that wait for their hop.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.len() as u64
    }

    /// When the newest one came.
    pub(super) fn newest(&self) -> Option<HostTime> {
        let taken = self.latest.iter().flatten().map(|(at, _)| *at).max();
        self.waiting.back().map(|(at, ..)| *at).max(taken)
    }
}
