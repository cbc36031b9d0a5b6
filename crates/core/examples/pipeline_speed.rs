//! How many times faster than real time the pipeline of one station is on one core, without the model: a Cyton's eight channels at
//! 250 Hz, a GY-MCU90640's 32 × 24 at 8 Hz and a microphone at 16 kHz, from their bytes to the verdicts.
//!
//! `cargo run --release -p wok-core --example pipeline_speed [MINUTES]` prints one JSON line.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock; the core that it measures does not"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use firmware_interfaces::{cyton, gy_mcu90640};
use wok_core::config::{
    DEFAULT_LATENESS, DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig,
};
use wok_core::dsp::thermal::Mounting;
use wok_core::event::{Body, Event};
use wok_core::pipeline::{Output, Pipeline};
use wok_core::recipe::Recipe;
use wok_core::step::{ASPECTS, ATTENTION, CUES, EMBEDDING, PHASES, QUANTILES, StepOutput};
use wok_core::time::{HostTime, MS};
use wok_core::verdict::StreamKind;

const EEG: DeviceId = DeviceId(0);
const THERMAL: DeviceId = DeviceId(1);
const MICROPHONE: DeviceId = DeviceId(2);

/// Seconds of a round; each begins with an epoch.
const ROUND_S: i64 = 60;

fn main() {
    let minutes: u32 = std::env::args()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(10)
        .max(1);
    let mut best = Duration::MAX;
    let mut hops = 0;
    for _ in 0..minutes {
        // The events are made beforehand: only the pipeline is to be measured.
        let events = events();
        let start = Instant::now();
        hops = black_box(run(&events));
        best = best.min(start.elapsed());
    }
    let value = ROUND_S as f64 / best.as_secs_f64();
    println!("{{\"name\":\"pipeline_speed\",\"value\":{value:.0},\"unit\":\"x real time\"}}");
    eprintln!("{hops} whole hops scored in each round of {ROUND_S} s; the best of {minutes}");
}

/// Feeds the events, answers every step at once, and counts the verdicts with a score of all three modalities.
fn run(events: &[Event]) -> u32 {
    let mut pipeline = Pipeline::new();
    let mut scored = 0;
    let mut answers = Vec::new();
    for event in events {
        pipeline.handle(event);
        while let Some(output) = pipeline.poll() {
            match output {
                Output::Infer(step) => {
                    answers.push((step.station, step.hop));
                    pipeline.recycle(step);
                }
                Output::Verdict(verdict) => {
                    let whole = verdict.outcome.is_ok()
                        && [StreamKind::Eeg, StreamKind::Audio, StreamKind::Thermal]
                            .iter()
                            .all(|kind| verdict.missing().all(|missing| missing != *kind));
                    scored += u32::from(whole);
                }
                Output::Hop(..) | Output::Dropped { .. } => {}
            }
            for (station, hop) in answers.drain(..) {
                let result = Ok(Box::new(answer()));
                pipeline.handle(&Event {
                    seq: event.seq,
                    at: event.at,
                    body: Body::InferDone {
                        station,
                        hop,
                        result,
                    },
                });
            }
        }
    }
    scored
}

/// What a model might say.
fn answer() -> StepOutput {
    StepOutput {
        score: std::array::from_fn(|i| (i + 1) as f32 * 90.0 / QUANTILES as f32),
        aspects: [0.5; ASPECTS],
        phase: [1.0 / PHASES as f32; PHASES],
        hazard: [0.1; CUES],
        embedding: [0.0; EMBEDDING],
        attention: [1.0 / ATTENTION as f32; ATTENTION],
    }
}

fn config() -> PipelineConfig {
    let device = |id, protocol| DeviceConfig {
        id,
        protocol,
        latency: 0,
    };
    let cyton = Protocol::Cyton {
        daisy: false,
        gain: 24,
    };
    let pcm = Protocol::Pcm {
        rate_hz: 16_000,
        channels: 1,
    };
    PipelineConfig {
        lateness: DEFAULT_LATENESS,
        mains_hz: 50,
        stations: vec![StationConfig {
            id: "stove".to_owned(),
            devices: vec![
                device(EEG, cyton),
                device(THERMAL, Protocol::GyMcu90640),
                device(MICROPHONE, pcm),
            ],
            montage: std::array::from_fn(|slot| Some(slot as u8)),
            mounting: Mounting::default(),
            recipe: Recipe::unknown(),
        }],
    }
}

/// A round's events, as the sources would read them: EEG every 40 ms, sound every 20 ms, a picture every 125 ms.
fn events() -> Vec<Event> {
    let mut reads: Vec<(i64, DeviceId, Vec<u8>)> = Vec::new();
    let mut noise = Noise(1);
    for k in 0..ROUND_S * 25 {
        let packets = (0..10).flat_map(|i| cyton_packet(k * 10 + i, &mut noise));
        reads.push(((k + 1) * 40 * MS, EEG, packets.collect()));
    }
    for k in 0..ROUND_S * 50 {
        let block = (0..320).flat_map(|i| {
            let t = (k * 320 + i) as f32 / 16_000.0;
            let loudness = 600.0 + 900.0 * turn(3.0, t).max(0.0);
            ((noise.next() * loudness) as i16).to_le_bytes()
        });
        reads.push(((k + 1) * 20 * MS, MICROPHONE, block.collect()));
    }
    for k in 0..ROUND_S * 8 {
        reads.push(((k + 1) * 125 * MS, THERMAL, picture(k, &mut noise)));
    }
    reads.sort_by_key(|(at, device, _)| (*at, device.0));
    let epoch = (0, Body::Epoch(Box::new(config())));
    let reads = reads.into_iter().map(|(at, device, bytes)| {
        let read_at = HostTime::from_nanos(at);
        let body = Body::Read {
            device,
            read_at,
            bytes,
        };
        (at, body)
    });
    std::iter::once(epoch)
        .chain(reads)
        .zip(0..)
        .map(|((at, body), seq)| Event {
            seq,
            at: HostTime::from_nanos(at),
            body,
        })
        .collect()
}

fn cyton_packet(i: i64, noise: &mut Noise) -> [u8; 33] {
    let alpha = turn(10.0, i as f32 / 250.0) * 450.0;
    cyton::Packet {
        number: i as u8,
        channels: std::array::from_fn(|_| 20_000 + (alpha + noise.next() * 700.0) as i32),
        stop: cyton::Stop::Accelerometer,
        aux: [0; 6],
    }
    .to_bytes()
}

fn picture(k: i64, noise: &mut Noise) -> Vec<u8> {
    let toss = turn(3.0, k as f32 / 8.0) * 10.0;
    let pixels = std::array::from_fn(|p| {
        let r = ((p / 32) as f32 - 11.5).hypot((p % 32) as f32 - 15.5);
        let celsius = match r {
            r if r < 6.0 => 105.0 + toss,
            r if r < 11.5 => 220.0 + toss,
            _ => 40.0,
        };
        ((celsius + noise.next()) * 100.0) as i16
    });
    let mut out = [0; gy_mcu90640::FRAME_LEN];
    let written = gy_mcu90640::encode(&pixels, 3000, &mut out).unwrap_or(0);
    out[..written].to_vec()
}

fn turn(hz: f32, t: f32) -> f32 {
    (std::f32::consts::TAU * hz * t).sin()
}

/// A source of noise in −1..1.
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
