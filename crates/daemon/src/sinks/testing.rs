//! Verdicts and a bridge for the tests of the outlets.

use wok_core::hop::Presence;
use wok_core::time::{HostTime, MS};
use wok_core::verdict::{Measured, StreamKind, Unscored, Verdict};

use super::{Bridge, Place};

/// One stove at home.
pub(crate) fn bridge() -> Bridge {
    let place = |id: &str, name: &str| Place {
        id: id.into(),
        name: name.into(),
    };
    Bridge {
        site: place("home", "家"),
        stations: vec![(
            place("stove", "灶台"),
            vec![StreamKind::Audio, StreamKind::Thermal],
        )],
        version: "0.0.0",
        edition: "base".into(),
        model_sha256: "00".into(),
        provider: "cpu".into(),
        runtime: "1.27.0".into(),
        session: "s1".into(),
        simulated: true,
    }
}

/// A hop without a score.
pub(crate) fn unscored() -> Verdict {
    Verdict {
        station: 0,
        hop: 7,
        end: HostTime::from_nanos(1600 * MS),
        closed: HostTime::from_nanos(1640 * MS),
        presence: [
            Presence::Absent,
            Presence::Present,
            Presence::Present,
            Presence::Absent,
        ],
        quality: [0.0, 0.9, 1.0, 0.0],
        measured: Measured {
            wall_celsius: Some(212.34),
            ..Measured::default()
        },
        outcome: Err(Unscored::Blind),
        cues: Default::default(),
    }
}

/// A hop with this score.
pub(crate) fn scored(score: f32) -> Verdict {
    let mut output = wok_infer::contract::zero_output();
    output.score = [score - 20.0, score - 5.0, score, score + 5.0, score + 20.0];
    output.phase[2] = 1.0;
    Verdict {
        outcome: Ok(output),
        ..unscored()
    }
}
