//! The one clock of the daemon. Everything that waits or stamps is handed one, so that tests can own time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::time::ClockId;
use wok_core::time::HostTime;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, on the host's monotonic clock.
    fn now(&self) -> HostTime;
    /// Now in UTC, milliseconds since 1970: a label for people, never used for arithmetic.
    fn utc_ms(&self) -> i64;
    /// How long the machine has slept since it was started, nanoseconds; `None` where that cannot be told
    /// just now. [`now`](Self::now) stands still meanwhile.
    fn slept(&self) -> Option<i64> {
        None
    }
}

/// The clocks are read within so many nanoseconds of each other, or not at all.
const EXACT: i64 = 1_000_000;

fn read(id: ClockId) -> i64 {
    let t = rustix::time::clock_gettime(id);
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}

/// The clock of the machine: `CLOCK_MONOTONIC`, the clock that V4L2 and ALSA stamp with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Monotonic;

impl Clock for Monotonic {
    fn now(&self) -> HostTime {
        HostTime::from_nanos(read(ClockId::Monotonic))
    }

    fn slept(&self) -> Option<i64> {
        let before = read(ClockId::Monotonic);
        let boot = read(ClockId::Boottime);
        let after = read(ClockId::Monotonic);
        // A thread that was put aside in between knows nothing.
        (after - before < EXACT).then(|| boot - before)
    }

    fn utc_ms(&self) -> i64 {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or(Duration::ZERO);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct Manual {
    now: Mutex<HostTime>,
    slept: AtomicI64,
}

impl Manual {
    /// Starts at `at`.
    #[must_use]
    pub fn at(at: HostTime) -> Self {
        Self {
            now: Mutex::new(at),
            slept: AtomicI64::new(0),
        }
    }

    /// The machine slept for so many nanoseconds.
    pub fn sleep(&self, nanos: i64) {
        self.slept.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Moves to `at`; a clock never goes back.
    pub fn set(&self, at: HostTime) {
        let mut now = self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = (*now).max(at);
    }
}

impl Clock for Manual {
    fn now(&self) -> HostTime {
        *self
            .now
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn slept(&self) -> Option<i64> {
        Some(self.slept.load(Ordering::Relaxed))
    }

    fn utc_ms(&self) -> i64 {
        self.now().as_nanos() / 1_000_000
    }
}
