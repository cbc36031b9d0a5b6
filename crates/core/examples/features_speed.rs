//! How many times faster than real time the features of one station are on one core: eight EEG
//! channels at 250 Hz, audio at 16 kHz, a thermal picture eight times a second.
//!
//! `cargo run --release -p wok-core --example features_speed [SECONDS]` prints one JSON line.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock; the core that it measures does not"
)]

use std::hint::black_box;
use std::time::Instant;

use wok_core::features::{FeatureConfig, Features};
use wok_core::grid::{AUDIO_PER_HOP, EEG_PER_HOP, HOP, MEL_PER_HOP};
use wok_core::hop::{Hop, Presence, ThermalFrame};
use wok_core::step::{EEG_CHANNELS, THERMAL_PIXELS};
use wok_core::time::{HostTime, MS};

/// A pause-free source of noise in −1..1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

/// `count` hops of a stir-fry with tosses at 3 Hz.
fn hops(count: usize) -> Vec<Hop> {
    let mut noise = Noise(1);
    let turn = |hz: f32, t: f32| (std::f32::consts::TAU * hz * t).sin();
    let mut next_frame = 0i64;
    (0..count)
        .map(|k| {
            let mut hop = Hop::empty();
            hop.index = k as u64;
            hop.start = HostTime::from_nanos(k as i64 * HOP);
            let start = k as f32 * 0.2;
            hop.eeg.presence = Presence::Present;
            hop.eeg.valid = [true; EEG_PER_HOP];
            hop.eeg.wired = [true; EEG_CHANNELS];
            for (i, tick) in hop.eeg.ticks.iter_mut().enumerate() {
                let t = start + i as f32 * 0.004;
                *tick =
                    std::array::from_fn(|_| 1000.0 + 10.0 * turn(10.0, t) + 15.0 * noise.next());
            }
            hop.audio.presence = Presence::Present;
            hop.audio.valid = [true; MEL_PER_HOP];
            for i in 0..AUDIO_PER_HOP {
                let t = start + i as f32 / 16_000.0;
                hop.audio.samples[i] = noise.next() * (0.02 + 0.03 * turn(3.0, t).max(0.0));
            }
            hop.thermal.presence = Presence::Present;
            while next_frame < (k as i64 + 1) * HOP {
                let t = next_frame as f32 * 1e-9;
                let celsius = std::array::from_fn::<f32, THERMAL_PIXELS, _>(|i| {
                    let r = ((i / 32) as f32 - 11.5).hypot((i % 32) as f32 - 15.5);
                    let wok = if r < 6.0 { 105.0 } else { 220.0 };
                    if r > 11.5 {
                        40.0
                    } else {
                        wok + 10.0 * turn(3.0, t) + noise.next()
                    }
                });
                hop.thermal.frames.push(ThermalFrame {
                    at: HostTime::from_nanos(next_frame),
                    celsius,
                });
                next_frame += 125 * MS;
            }
            hop
        })
        .collect()
}

fn main() {
    let seconds: usize = std::env::args()
        .nth(1)
        .and_then(|s| s.parse().ok())
        .unwrap_or(600);
    // A minute of hops, over and over: the input is not to be measured.
    let minute = hops(300);
    let mut features = Features::new(&FeatureConfig::default());
    for hop in &minute {
        black_box(features.hop(hop));
    }
    let rounds = seconds.div_ceil(60).max(1);
    let start = Instant::now();
    for round in 0..rounds {
        for hop in &minute {
            black_box(features.hop(black_box(hop)));
        }
        if round + 1 < rounds {
            features.reset();
        }
    }
    let took = start.elapsed().as_secs_f64();
    let value = rounds as f64 * 60.0 / took;
    println!("{{\"name\":\"features_speed\",\"value\":{value:.0},\"unit\":\"x real time\"}}");
}
