//! A source and the streams that come and go with it.

use std::sync::Arc;

use wok_core::config::DeviceId;
use wok_core::verdict::StreamKind;

use crate::config::{Config, Device, Station};
use crate::sinks::SourceReport;
use crate::sources::Health;

/// One device of one station.
pub struct Link {
    pub(super) station: u16,
    pub(super) device: DeviceId,
    pub(super) sensor: &'static str,
    pub(super) streams: Vec<StreamKind>,
    pub(super) health: Arc<Health>,
    up: bool,
    sense: Sense,
}

impl Link {
    /// The link of one device of one station.
    #[must_use]
    pub fn new(config: &Config, station: &Station, device: &Device, health: Arc<Health>) -> Self {
        let at = config
            .stations
            .iter()
            .position(|s| s.id == station.id)
            .unwrap_or(0);
        Self {
            station: at as u16,
            device: device.id,
            sensor: device.sensor,
            streams: device.streams(),
            health,
            up: false,
            sense: Sense::default(),
        }
    }

    /// How many of its bytes meant nothing so far; told once a second.
    pub(super) fn skipped(&mut self, skipped: u64) -> SourceReport<'_> {
        let health = self.health.state();
        if self.sense.look(health.bytes, skipped) {
            tracing::warn!(
                source = self.health.name(),
                "bytes come and mean nothing; look at the kind, the baud rate and the cable"
            );
        }
        SourceReport {
            station: self.station,
            sensor: self.sensor,
            bytes: health.bytes,
            skipped,
            lost: health.lost,
        }
    }

    /// Whether it came or went since this was last asked; `None` when neither.
    pub(super) fn change(&mut self) -> Option<bool> {
        let up = self.health.is_up() && !self.sense.is_garbled();
        (up != std::mem::replace(&mut self.up, up)).then_some(up)
    }
}

/// Seconds of garbage after which a device counts as not there.
const GARBLED: u32 = 3;
/// Bytes of a second that are enough to judge by.
const ENOUGH: u64 = 200;

/// Whether a device's bytes make sense.
#[derive(Debug, Default)]
struct Sense {
    bytes: u64,
    skipped: u64,
    garbled: u32,
}

impl Sense {
    /// One more second; true when it is garbled from now on.
    fn look(&mut self, bytes: u64, skipped: u64) -> bool {
        let came = bytes.saturating_sub(std::mem::replace(&mut self.bytes, bytes));
        let void = skipped.saturating_sub(std::mem::replace(&mut self.skipped, skipped));
        if came < ENOUGH {
            return false;
        }
        self.garbled = if 10 * void >= 9 * came {
            self.garbled.saturating_add(1)
        } else {
            0
        };
        self.garbled == GARBLED
    }

    fn is_garbled(&self) -> bool {
        self.garbled >= GARBLED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_seconds_of_garbage_are_told_once_and_a_good_one_ends_them() {
        let mut sense = Sense::default();
        // The first seconds of a line are often cut; silence says nothing either way.
        let seconds = [
            (1000, 1000),
            (1000, 950),
            (10, 10),
            (1000, 990),
            (1000, 1000),
        ];
        let (mut bytes, mut skipped, mut told) = (0, 0, Vec::new());
        for (came, void) in seconds {
            (bytes, skipped) = (bytes + came, skipped + void);
            told.push(sense.look(bytes, skipped));
        }
        assert_eq!(told, [false, false, false, true, false]);
        assert!(sense.is_garbled());
        assert!(!sense.look(bytes + 1000, skipped + 100) && !sense.is_garbled());
    }
}
