use proptest::prelude::*;

use super::*;
use crate::config::{
    DEFAULT_LATENESS, DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig,
};
use crate::dsp::thermal::Mounting;
use crate::event::{Body, Command, InferError};
use crate::recipe::Recipe;
use crate::time::HostTime;

fn bodies() -> Vec<Body> {
    let mut recipe = Recipe::unknown();
    recipe.targets[3] = Some((97.0, 99.0));
    let protocols = [
        Protocol::Cyton {
            daisy: false,
            gain: 24,
        },
        Protocol::Cyton {
            daisy: true,
            gain: 8,
        },
        Protocol::ThinkGear,
        Protocol::GyMcu90640,
        Protocol::Lepton,
        Protocol::InfiRay,
        Protocol::Lsl { rate_hz: 1000 },
        Protocol::WokLink { sound: true },
        Protocol::WokLink { sound: false },
        Protocol::Pcm {
            rate_hz: 44_100,
            channels: 2,
        },
    ];
    let devices = protocols
        .into_iter()
        .zip(0..)
        .map(|(protocol, id)| DeviceConfig {
            id: DeviceId(id),
            protocol,
            latency: -5,
        })
        .collect();
    let station = StationConfig {
        id: "stove".into(),
        devices,
        montage: [None, Some(0), Some(7), None, None, Some(3), None, None],
        mounting: Mounting {
            mirror: true,
            ..Mounting::default()
        },
        recipe,
    };
    vec![
        Body::Epoch(Box::new(PipelineConfig {
            lateness: DEFAULT_LATENESS,
            mains_hz: 60,
            stations: vec![station],
        })),
        Body::Read {
            device: DeviceId(3),
            read_at: HostTime::from_nanos(-7),
            bytes: vec![1, 2, 3],
        },
        Body::Overflow {
            device: DeviceId(1),
            bytes: 99,
        },
        Body::Link {
            device: DeviceId(1),
            up: true,
        },
        Body::Probe {
            device: DeviceId(2),
            sent: HostTime::from_nanos(1),
            received: HostTime::from_nanos(5),
            tick: 77,
        },
        Body::Tick,
        Body::Slept {
            nanos: 7_000_000_000,
        },
        Body::Command(Command::Bypass {
            station: 1,
            on: true,
        }),
        Body::Command(Command::Recipe {
            station: 0,
            recipe: Box::new(recipe),
        }),
        Body::Command(Command::NewCook { station: 2 }),
        Body::ModelSwap { sha256: [9; 32] },
        Body::InferDone {
            station: 0,
            hop: 1 << 40,
            result: Err(InferError::NotFinite),
        },
    ]
}

#[test]
fn every_kind_of_event_comes_back() {
    let mut log = MAGIC.to_vec();
    let events: Vec<_> = bodies()
        .into_iter()
        .zip(0..)
        .map(|(body, seq)| Event {
            seq,
            at: HostTime::from_nanos(1000 + seq as i64),
            body,
        })
        .collect();
    events.iter().for_each(|e| write(e, &mut log));
    let mut rest = open(&log).unwrap();
    for event in &events {
        let (back, taken) = read(rest).unwrap();
        assert_eq!(&back, event);
        rest = &rest[taken..];
    }
    assert!(rest.is_empty());
}

#[test]
fn a_cut_log_is_short_and_a_spoiled_one_says_so() {
    let mut log = Vec::new();
    write(
        &Event {
            seq: 1,
            at: HostTime::ZERO,
            body: bodies().remove(1),
        },
        &mut log,
    );
    for cut in 0..log.len() {
        assert_eq!(
            read(&log[..cut]).unwrap_err(),
            LogError::Short,
            "cut at {cut}"
        );
    }
    let last = log.len() - 1;
    log[last] ^= 1;
    assert_eq!(read(&log).unwrap_err(), LogError::Spoiled);
    assert_eq!(open(b"something else"), Err(LogError::NotALog));
}

proptest! {
    #[test]
    fn arbitrary_bodies_never_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut log = (body.len() as u32).to_le_bytes().to_vec();
        log.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        log.extend_from_slice(&body);
        let _ = read(&log);
    }
}
