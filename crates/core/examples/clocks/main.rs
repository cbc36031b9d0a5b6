//! How well clocks are known: against the truth of simulated links, in microseconds, over fresh seeds each time.
//!
//! `cargo run --release -p wok-core --example clocks -- [--seeds N] [--seed FIRST] [--hand-over FOLDER]` prints JSON lines. With a
//! folder, what each link brought is written there for `crates/xtask/clocks.py`, which measures peers on the same.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measurement reads the clock and writes files; the core that it measures does not"
)]

mod follow;
mod link;
mod probes;

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use follow::{Score, Scores};
use link::{Delay, Link};
use probes::Cadence;
use wok_core::clock::Clock;
use wok_core::time::HostTime;

/// Wanders that every figure is the root mean square over, ppm/√s.
const WANDERS: [f64; 2] = [0.01, 0.1];

struct Arguments {
    seeds: u64,
    first: u64,
    folder: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments()?;
    eprintln!("{} seeds from {}", arguments.seeds, arguments.first);
    for delay in Delay::ALL {
        let mut pooled = Scores::default();
        for wander in WANDERS {
            let mut scores = Scores::default();
            for seed in arguments.first..arguments.first + arguments.seeds {
                let link = Link::new(delay, wander, seed);
                scores.take(&Score::of(&link));
                if let Some(folder) = &arguments.folder {
                    link.write(folder, seed - arguments.first)?;
                }
            }
            let name = format!("clock_{}_{}", delay.name(), name_of(wander));
            row(&name, scores.rms() / 1e3, "us");
            row(
                &format!("{name}_to_kalman"),
                scores.rms() / scores.kalman(),
                "ratio",
            );
            pooled.extend(scores);
        }
        row(
            &format!("clock_{}_coverage", delay.name()),
            100.0 * pooled.coverage(),
            "%",
        );
        row(
            &format!("clock_{}_settled", delay.name()),
            pooled.settled(0.99),
            "s",
        );
    }
    for (name, path) in probes::PATHS {
        for (cadence, how) in [(Cadence::Steady, ""), (Cadence::Bursts, "_bursts")] {
            let (ours, last) = probes::errors(path, cadence, arguments.first, arguments.seeds);
            row(&format!("clock_probes_{name}{how}"), ours / 1e3, "us");
            row(&format!("least_round_trip_{name}{how}"), last / 1e3, "us");
        }
    }
    row("clock_hour_p99", follow::hour(arguments.first) / 1e6, "ms");
    row("clock_sample", cost(), "ns");
    Ok(())
}

fn name_of(wander: f64) -> String {
    format!("w{}", (wander * 1000.0).round())
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{{\"name\":\"{name}\",\"value\":{value:.3},\"unit\":\"{unit}\"}}");
}

/// Nanoseconds that a clock takes for one sample of 250 Hz, the median of rounds.
fn cost() -> f64 {
    let link = Link::new(Delay::OneSided, 0.01, 1);
    let mut rounds: Vec<f64> = (0..15)
        .map(|_| {
            let mut clock = Clock::new(link::TICK, 0);
            let start = Instant::now();
            for (tick, at) in link.arrivals.iter().enumerate() {
                clock.observe(tick as u64, HostTime::from_nanos(*at as i64));
            }
            std::hint::black_box(&clock);
            start.elapsed().as_nanos() as f64 / link.arrivals.len() as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

fn arguments() -> Result<Arguments, Box<dyn std::error::Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let mut arguments = Arguments {
        seeds: 200,
        first: now * 1000,
        folder: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("each option wants a value")?;
        match word.as_str() {
            "--seeds" => arguments.seeds = value.parse()?,
            "--seed" => arguments.first = value.parse()?,
            "--hand-over" => arguments.folder = Some(value.into()),
            _ => return Err(format!("{word} is not known").into()),
        }
    }
    Ok(arguments)
}
