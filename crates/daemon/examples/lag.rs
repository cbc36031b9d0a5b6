//! How exactly the lags of streams are found on simulated cooks whose devices' fixed latencies are configured wrongly.
//!
//! `cargo run --release -p wokd --example lag [SEEDS] [SECONDS] [CAMERA] [FRAMES] [HEADSET] [--knocks] [--each]` cooks gong-bao and egg fried
//! rice from SEEDS seeds (20) until SECONDS (60) were tossed, with a camera (`gy` or `woklink`) of FRAMES a second (8) and
//! a headset (`cyton` or `thinkgear`), each with every offset on EEG and on thermal, and prints one JSON line for each pair and reach.
//! With `--knocks` the lags are those of three knocks of the ladle while the wok heats, and SECONDS is of no account; with `--each` it prints every one.

use std::collections::BTreeMap;

use serde_json::json;
use wok_core::config::DeviceConfig;
use wok_core::crossmodal::{Lag, Pair};
use wok_core::device::{self, Driver, Reading};
use wok_core::event::{Body, Event, InferError};
use wok_core::pipeline::{Pipeline, Step};
use wok_core::step::StepOutput;
use wok_core::time::{MS, SECOND};
use wok_core::verdict::StreamKind;
use wok_simulator::{Camera, Config, Device, Dish, HOP_S, Headset, Rig, Truth};
use wokd::rehearsal::{self, Listener, START};

/// Offsets that a stream is made late by, ms.
const NEAR: [i64; 5] = [-150, -80, 0, 70, 150];
const FAR: [i64; 4] = [-1000, -400, 500, 1000];

/// Frames of a camera as they come, for when they arrive after their exposure.
struct Frames {
    driver: Box<dyn Driver>,
    count: u64,
    stamp: Box<dyn Fn(u64) -> f64>,
    late: f64,
    /// Listens for knocks, and can wait for what is late.
    patient: Option<Pipeline>,
}

impl Listener for Frames {
    fn answer(&mut self, _: &Step) -> Result<StepOutput, InferError> {
        Err(InferError::Failed)
    }

    fn event(&mut self, event: &Event) {
        if let Some(patient) = &mut self.patient {
            let mut own = event.clone();
            if let Body::Epoch(config) = &mut own.body {
                config.lateness = 2 * SECOND;
            }
            patient.handle(&own);
            while patient.poll().is_some() {}
        }
        if let Body::Read {
            device,
            read_at,
            bytes,
        } = &event.body
            && *device == rehearsal::device_id(Device::Camera)
        {
            let (count, late) = (&mut self.count, &mut self.late);
            self.driver.push(*read_at, bytes, &mut |reading| {
                if let Reading::Thermal { .. } = reading {
                    *late += (*read_at - START) as f64 * 1e-9 - (self.stamp)(*count);
                    *count += 1;
                }
            });
        }
    }
}

/// How late a regular stream is on the grid, seconds, `at` seconds after the start.
fn late(
    pipeline: &Pipeline,
    truth: &Truth,
    kind: StreamKind,
    device: Device,
    at: f64,
) -> Option<f64> {
    let (clock, true_clock) = (pipeline.clock(0, kind)?, truth.clock(device)?);
    let host = START + (at * 1e9) as i64;
    let tick = clock.ticks_since_anchor(host)? + clock.anchor()? as f64;
    let stamped = if kind == StreamKind::Thermal {
        // Microseconds since it booted.
        let (a, b) = (
            true_clock.device_us(0.0) as f64,
            true_clock.device_us(1000.0) as f64,
        );
        (tick - a) / (b - a) * 1000.0
    } else {
        // Drivers number from a whole turn of their counters on, so that nothing lies before tick 0.
        let turn = match (kind, true_clock.nominal_hz > 500.0) {
            (StreamKind::Eeg, false) => 256.0,
            (StreamKind::Eeg, true) => 1024.0,
            _ => 65_536.0,
        };
        true_clock.stamp(0) + (tick - turn) / true_clock.rate_hz
    };
    Some(at - stamped)
}

/// A cook whose stream `device` is `offset` ms later than it should be; the lags found and the true ones.
fn cook(config: &Config, limit: i64, device: Device, offset: i64) -> [(Lag, f64); 3] {
    let mut rig = Rig::new(config.clone());
    let mut pipeline = rehearsal::pipeline(config);
    for d in &mut pipeline.stations[0].devices {
        // Late data would find its hop closed; instead of making one early, the others are made late.
        let moved = (d.id == rehearsal::device_id(device)) == (offset > 0);
        d.latency -= if moved { offset.abs() * MS } else { 0 };
    }
    let truth = rig.truth();
    let stamp = truth
        .clock(Device::Camera)
        .map(|clock| move |k| clock.stamp(k));
    let camera = pipeline.stations[0]
        .devices
        .iter()
        .find(|d| d.id == rehearsal::device_id(Device::Camera));
    let camera = camera.cloned().unwrap_or(DeviceConfig {
        latency: 0,
        ..pipeline.stations[0].devices[0].clone()
    });
    let mut frames = Frames {
        driver: device::open(&camera),
        count: 0,
        stamp: Box::new(
            stamp.map_or(Box::new(|_| 0.0) as Box<dyn Fn(u64) -> f64>, |f| {
                Box::new(f)
            }),
        ),
        late: 0.0,
        patient: (!config.knocks.is_empty()).then(Pipeline::new),
    };
    if let Some(patient) = &mut frames.patient {
        patient.listen_for_knocks();
    }
    let done = rehearsal::run(&mut rig, pipeline, Some(limit), &mut frames);
    let at = limit as f64 * 1e-9 - 2.0;
    let span = 1.0 / config.camera.rate_hz();
    // Each picture is half of one exposure, half of the one before it: true one period before its end.
    let thermal = late(&done, rig.truth(), StreamKind::Thermal, Device::Camera, at)
        .unwrap_or(frames.late / frames.count.max(1) as f64 - camera.latency as f64 * 1e-9)
        + span;
    let of = |kind, device| late(&done, rig.truth(), kind, device, at).unwrap_or(f64::NAN);
    let (eeg, audio) = (
        of(StreamKind::Eeg, Device::Headset),
        of(StreamKind::Audio, Device::Microphone),
    );
    let lags = match &frames.patient {
        Some(patient) => patient.knocks(0).unwrap_or_default().1,
        None => done.lags(0).copied().unwrap_or_default(),
    };
    [
        (*lags.of(Pair::EegAudio), eeg - audio),
        (*lags.of(Pair::ThermalAudio), thermal - audio),
        (*lags.of(Pair::EegThermal), eeg - thermal),
    ]
}

#[derive(Default)]
struct Tally {
    errors: Vec<f64>,
    covered: usize,
    ambiguous: usize,
    unknown: usize,
    widths: Vec<f64>,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let word = |i: usize, default: &str| args.get(i).cloned().unwrap_or_else(|| default.to_owned());
    let seeds: u64 = word(1, "20").parse().expect("seeds");
    let seconds: f64 = word(2, "60").parse().expect("seconds");
    let frames: f32 = word(4, "8").parse().expect("frames a second");
    let knocks = args.iter().any(|a| a == "--knocks");
    let verbose = args.iter().any(|a| a == "--each");
    let mut tallies: BTreeMap<(usize, bool), Tally> = BTreeMap::new();
    for dish in ["gong-bao", "egg-fried-rice"] {
        for seed in 1..=seeds {
            let mut config = Config::new(Dish::from_id(dish).expect("a dish"), seed);
            config.camera = match word(3, "gy").as_str() {
                "woklink" => Camera::WokLink { rate_hz: frames },
                _ => Camera::GyMcu90640 { rate_hz: frames },
            };
            if word(5, "cyton") == "thinkgear" {
                config.headset = Headset::ThinkGear;
            }
            let physics = wok_simulator::cook(&config);
            let mut tossed = 0.0;
            let hops = physics.hops.iter().take_while(|hop| {
                tossed += if hop.toss_hz > 0.0 { HOP_S } else { 0.0 };
                tossed < seconds
            });
            // A bout counts some seconds after its end.
            let limit = (hops.count() as f64 * HOP_S + 4.0).min(physics.duration_s - 1.0);
            let mut limit = (limit * SECOND as f64) as i64;
            if knocks {
                let first = 25.0 + (seed % 73) as f64 * 0.0137;
                config.knocks = vec![first, first + 1.02, first + 2.13];
                limit = 34 * SECOND;
            }
            for (far, offsets) in [(false, &NEAR[..]), (true, &FAR[..])] {
                for offset in offsets {
                    let device = if (seed + offset.unsigned_abs() / 10) % 2 == 0 {
                        Device::Headset
                    } else {
                        Device::Camera
                    };
                    for (pair, (lag, truth)) in cook(&config, limit, device, *offset)
                        .into_iter()
                        .enumerate()
                    {
                        let tally = tallies.entry((pair, far)).or_default();
                        if verbose {
                            println!(
                                "{dish} {seed} {device:?} {offset} {} {lag:?} true {truth:.4} err {:.1}",
                                Pair::ALL[pair].as_str(),
                                lag.known().map_or(f64::NAN, |e| (e.seconds - truth) * 1e3)
                            );
                        }
                        match lag {
                            Lag::Known(e) => {
                                tally.errors.push((e.seconds - truth) * 1e3);
                                tally.covered += usize::from((e.low..=e.high).contains(&truth));
                                tally.widths.push((e.high - e.low) * 500.0);
                            }
                            Lag::Ambiguous => tally.ambiguous += 1,
                            Lag::Unknown(_) => tally.unknown += 1,
                        }
                    }
                }
            }
        }
    }
    for ((pair, far), tally) in &mut tallies {
        let n = tally.errors.len();
        let mut sizes: Vec<f64> = tally.errors.iter().map(|e| e.abs()).collect();
        for list in [&mut sizes, &mut tally.errors, &mut tally.widths] {
            list.sort_by(f64::total_cmp);
        }
        let at = |list: &[f64], share: f64| {
            list.get(((n.max(1) - 1) as f64 * share).round() as usize)
                .map(|x| (x * 10.0).round() / 10.0)
        };
        println!(
            "{}",
            json!({
                "name": "crossmodal_lag", "pair": Pair::ALL[*pair].as_str(), "offsets_ms": if *far { &FAR[..] } else { &NEAR[..] },
                "known": n, "ambiguous": tally.ambiguous, "unknown": tally.unknown,
                "error_ms": {"bias": at(&tally.errors, 0.5), "median": at(&sizes, 0.5), "p95": at(&sizes, 0.95), "max": at(&sizes, 1.0)},
                "within_10_ms": sizes.iter().filter(|e| **e <= 10.0).count() as f64 / n.max(1) as f64,
                "covered": tally.covered as f64 / n.max(1) as f64, "half_width_ms": at(&tally.widths, 0.5),
            })
        );
    }
}
