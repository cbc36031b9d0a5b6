//! What an outlet is told, without a daemon to tell it.

use wok_core::cue::CueEvent;
use wok_core::hop::Presence;
use wok_core::time::HostTime;
use wok_core::verdict::{CueKind, Measured, StreamKind, Unscored, Verdict};
use wokd::sinks::{Bridge, Place};

/// A stove at home with a thermal camera.
pub(crate) fn bridge(session: &str) -> Bridge {
    let place = |id: &str| Place {
        id: id.into(),
        name: id.into(),
    };
    Bridge {
        site: place("home"),
        stations: vec![(place("stove"), vec![StreamKind::Thermal])],
        version: "0",
        edition: "base".into(),
        model_sha256: "0".into(),
        provider: "cpu".into(),
        runtime: "0".into(),
        session: session.into(),
        simulated: true,
    }
}

/// A hop that ended at `end` without a score, with turns of cues.
pub(crate) fn unscored(end: HostTime, cues: [Option<CueEvent>; CueKind::ALL.len()]) -> Verdict {
    Verdict {
        station: 0,
        hop: 1,
        end,
        closed: end,
        presence: [Presence::Present; 4],
        quality: [1.0; 4],
        measured: Measured::default(),
        outcome: Err(Unscored::Blind),
        cues,
    }
}
