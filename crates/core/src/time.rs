//! Time inside the daemon: nanoseconds of the host's monotonic clock, and nothing else.

use core::fmt;
use core::ops::{Add, AddAssign, Sub};

/// An instant of the host's monotonic clock, in nanoseconds.
///
/// The zero is whatever the clock of the process says it is; only differences mean anything.
/// UTC never enters the core: it is a label that the sinks put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct HostTime(i64);

impl HostTime {
    /// The zero of the clock.
    pub const ZERO: Self = Self(0);

    /// From nanoseconds since the clock's zero.
    #[must_use]
    pub const fn from_nanos(ns: i64) -> Self {
        Self(ns)
    }

    /// Nanoseconds since the clock's zero.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the clock's zero.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a label for people, not for arithmetic"
    )]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 * 1e-9
    }
}

/// Later by `rhs` nanoseconds; saturates.
impl Add<i64> for HostTime {
    type Output = Self;
    fn add(self, rhs: i64) -> Self {
        Self(self.0.saturating_add(rhs))
    }
}

impl AddAssign<i64> for HostTime {
    fn add_assign(&mut self, rhs: i64) {
        *self = *self + rhs;
    }
}

/// Earlier by `rhs` nanoseconds; saturates.
impl Sub<i64> for HostTime {
    type Output = Self;
    fn sub(self, rhs: i64) -> Self {
        Self(self.0.saturating_sub(rhs))
    }
}

/// The difference of two instants, in nanoseconds; saturates.
impl Sub for HostTime {
    type Output = i64;
    fn sub(self, rhs: Self) -> i64 {
        self.0.saturating_sub(rhs.0)
    }
}

impl fmt::Display for HostTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6} s", self.as_secs_f64())
    }
}

/// One millisecond in nanoseconds.
pub const MS: i64 = 1_000_000;
/// One second in nanoseconds.
pub const SECOND: i64 = 1_000_000_000;
