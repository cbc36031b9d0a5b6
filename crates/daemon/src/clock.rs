//! The one clock of the daemon. Everything that waits or stamps is handed one, so that tests can own time.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wok_core::time::HostTime;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, on the host's monotonic clock.
    fn now(&self) -> HostTime;
    /// Now in UTC, milliseconds since 1970: a label for people, never used for arithmetic.
    fn utc_ms(&self) -> i64;
}

/// The clock of the machine: `CLOCK_MONOTONIC`, the clock that V4L2 and ALSA stamp with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Monotonic;

impl Clock for Monotonic {
    fn now(&self) -> HostTime {
        let t = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        HostTime::from_nanos(t.tv_sec * 1_000_000_000 + t.tv_nsec)
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
pub struct Manual(Mutex<HostTime>);

impl Manual {
    /// Starts at `at`.
    #[must_use]
    pub fn at(at: HostTime) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves to `at`; a clock never goes back.
    pub fn set(&self, at: HostTime) {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = (*now).max(at);
    }
}

impl Clock for Manual {
    fn now(&self) -> HostTime {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn utc_ms(&self) -> i64 {
        self.now().as_nanos() / 1_000_000
    }
}
