//! Whether anything of what a stream sends can be used.

use std::collections::HashMap;

use wok_core::verdict::{Account, DropReason, StreamKind};

use crate::notice::StreamNotice;
use crate::sinks::Bridge;

/// Seconds over which it is looked at, and the fewest samples that are enough to judge by (design choice).
const WINDOW: u32 = 10;
const ENOUGH: u64 = 4;

/// The streams that come and are of no use.
#[derive(Debug, Default)]
pub(super) struct Waste {
    streams: HashMap<(u16, StreamKind), Watch>,
}

/// One stream's window.
#[derive(Debug, Default)]
struct Watch {
    since: Account,
    seconds: u32,
    wasted: bool,
}

impl Waste {
    /// Looks at where a stream stands, once a second; waste is told in the log, once, and its end.
    pub(super) fn look(&mut self, bridge: &Bridge, notice: &StreamNotice) {
        let watch = self.streams.entry((notice.station, notice.stream));
        let Some(change) = watch.or_default().look(&notice.account) else {
            return;
        };
        let place = bridge.stations.get(usize::from(notice.station));
        let station = place.map_or("", |(place, _)| place.id.as_str());
        let stream = notice.stream.as_str();
        match change {
            Some((reason, remedy)) => tracing::warn!(
                station,
                stream,
                reason,
                "samples come and none of them can be used; {remedy}"
            ),
            None => tracing::info!(station, stream, "its samples are of use again"),
        }
    }
}

impl Watch {
    /// One more second. What changed, if anything did: the reason of waste that has begun and what to do
    /// about it, or nothing for waste that has ended.
    fn look(&mut self, now: &Account) -> Option<Option<(&'static str, &'static str)>> {
        self.seconds += 1;
        if self.seconds < WINDOW {
            return None;
        }
        self.seconds = 0;
        let was = std::mem::replace(&mut self.since, *now);
        let came = now.taken.saturating_sub(was.taken);
        let used = now.used.saturating_sub(was.used);
        if came < ENOUGH {
            return None;
        }
        let wasted = 10 * used < came;
        let changed = wasted != std::mem::replace(&mut self.wasted, wasted);
        changed.then(|| wasted.then(|| why(&was, now)))
    }
}

/// What most of them were dropped for, and what to do about that.
fn why(was: &Account, now: &Account) -> (&'static str, &'static str) {
    let dropped = |reason: &DropReason| {
        let at = *reason as usize;
        now.dropped[at].saturating_sub(was.dropped[at])
    };
    let most = DropReason::ALL.into_iter().max_by_key(dropped);
    let reason = most.unwrap_or(DropReason::Late);
    let remedy = match reason {
        DropReason::Late => "raise `lateness_ms`, or look at the device's link and clock",
        DropReason::Invalid => "look at what the device sends: numbers, range, frozen pictures",
        DropReason::Superseded => "look for a second device that sends the same counts",
        DropReason::Queue | DropReason::Segment => "look at the device's clock",
        DropReason::Overrun => "the model does not keep up; look at its provider",
    };
    (reason.as_str(), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_of_waste_are_told_by_their_reason() {
        let (mut account, mut watch) = (Account::default(), Watch::default());
        let mut run = |came: u64, used: u64| {
            let mut told = Vec::new();
            for _ in 0..2 * WINDOW {
                account.taken += came;
                account.used += used;
                account.dropped[DropReason::Late as usize] += came - used;
                told.extend(
                    watch
                        .look(&account)
                        .map(|change| change.map(|(reason, _)| reason)),
                );
            }
            told
        };
        assert_eq!(run(250, 250), []);
        assert_eq!(run(250, 20), [Some("late")]);
        // Silence says nothing either way.
        assert_eq!(run(0, 0), []);
        assert_eq!(run(250, 200), [None]);
    }
}
