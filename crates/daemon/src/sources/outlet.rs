//! What every source is handed: where its bytes go, its clock, its health, and when to stop.

use std::sync::Arc;
use std::time::Duration;

use wok_core::time::HostTime;
#[cfg(any(feature = "alsa", feature = "v4l2"))]
use wok_core::time::SECOND;

use super::{Health, StopToken};
use crate::clock::Clock;
#[cfg(any(feature = "alsa", feature = "v4l2"))]
use crate::clock::Monotonic;
use crate::inbox::Feed;

/// The daemon as a source sees it.
#[derive(Clone)]
pub(crate) struct Outlet {
    pub(crate) feed: Feed,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) health: Arc<Health>,
    pub(crate) stop: StopToken,
}

impl Outlet {
    /// Bytes that were in hand at `at`. The first ones after a break say that the device is there.
    pub(crate) fn push(&self, at: HostTime, bytes: &[u8]) {
        if self.health.read(at, bytes.len()) {
            self.feed.link(true);
        }
        self.feed.push(at, bytes);
    }

    /// A stamp of the kernel's on the daemon's clock: as long ago as the machine's clock says. `None`, or
    /// one of a driver that stamps on another clock, is now.
    #[cfg(any(feature = "alsa", feature = "v4l2"))]
    pub(crate) fn dated(&self, stamp: Option<HostTime>) -> HostTime {
        let now = self.clock.now();
        let age = stamp.map_or(0, |stamp| Monotonic.now() - stamp);
        if (0..SECOND).contains(&age) {
            now - age
        } else {
            now
        }
    }

    /// The device is gone, and why.
    pub(crate) fn down(&self, why: &str) {
        // In an orderly stop nothing is wrong, and what waits for its hop is no loss of the link's.
        if self.stop.is_stopped() {
            self.health.stopped();
        } else if self.health.down(why) {
            self.feed.link(false);
        }
    }
}

/// Waits between attempts: 0.1 s, doubled up to 5 s.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);
    const LAST: Duration = Duration::from_secs(5);

    pub(crate) const fn new() -> Self {
        Self(Self::FIRST)
    }

    /// The next wait.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (2 * wait).min(Self::LAST);
        wait
    }

    /// It worked.
    pub(crate) fn reset(&mut self) {
        self.0 = Self::FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_come_slower_and_slower() {
        let mut backoff = Backoff::new();
        let waits: Vec<u128> = (0..8).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        backoff.reset();
        assert_eq!(backoff.next().as_millis(), 100);
    }
}
