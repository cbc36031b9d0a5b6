//! The lags of streams on a simulated cook: found where a device's latency is configured wrongly.

use wok_core::crossmodal::{Lag, Lags, Pair};
use wok_core::event::InferError;
use wok_core::pipeline::Step;
use wok_core::step::StepOutput;
use wok_core::time::{MS, SECOND};
use wok_simulator::{Camera, Config, Device, Dish, Rig};
use wokd::rehearsal::{self, Listener};

struct Nobody;

impl Listener for Nobody {
    fn answer(&mut self, _: &Step) -> Result<StepOutput, InferError> {
        Err(InferError::Failed)
    }
}

/// The lags of a cook of which `device` is `late` ms later than it should be.
fn cook(device: Device, late: i64, seconds: i64) -> Lags {
    let mut config = Config::new(Dish::from_id("egg-fried-rice").expect("a dish"), 5);
    config.camera = Camera::WokLink { rate_hz: 8.0 };
    let mut pipeline = rehearsal::pipeline(&config);
    for d in &mut pipeline.stations[0].devices {
        if d.id == rehearsal::device_id(device) {
            d.latency = -late * MS;
        }
    }
    let limit = Some(seconds * SECOND);
    let done = rehearsal::run(&mut Rig::new(config), pipeline, limit, &mut Nobody);
    *done.lags(0).expect("a station")
}

fn ms(lag: &Lag) -> f64 {
    lag.known()
        .map_or(f64::NAN, |lag| (lag.seconds * 1e3).round())
}

#[test]
fn a_latency_that_is_configured_wrongly_shows_as_a_lag() {
    let right = cook(Device::Headset, 0, 210);
    for (device, late, expect) in [
        (Device::Headset, 70, [70.0, 0.0, 70.0]),
        (Device::Camera, 500, [0.0, 500.0, -500.0]),
    ] {
        let wrong = cook(device, late, 210);
        for (pair, expect) in Pair::ALL.into_iter().zip(expect) {
            let moved = ms(wrong.of(pair)) - ms(right.of(pair));
            assert!(
                (moved - expect).abs() <= 6.0,
                "{device:?} {late} {pair:?}: {wrong:?}, right {right:?}"
            );
        }
    }
    // The headset's radio and line and the microphone's block are all that is late of these two.
    assert!(ms(&right.eeg_audio).abs() <= 20.0, "{right:?}");
    // Nothing was tossed yet: nothing is said.
    let early = cook(Device::Headset, 0, 70);
    assert_eq!(early.eeg_audio.known(), None);
    assert_eq!(early.thermal_audio.known(), None);
}
