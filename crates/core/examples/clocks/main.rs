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

/// Random walk of the devices' drifts, ppm/√s.
const WANDERS: [f64; 3] = [0.0, 0.01, 0.1];
/// Seeds whose links are handed over: a peer takes seconds for each.
const HANDED_OVER: u64 = 4;

struct Arguments {
    seeds: u64,
    first: u64,
    folder: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = arguments()?;
    eprintln!("{} seeds from {}", arguments.seeds, arguments.first);
    let (mut coverages, mut settled) = (vec![], 0.0f64);
    for delay in Delay::ALL {
        let mut pooled = Scores::default();
        for wander in WANDERS {
            let mut scores = Scores::default();
            for seed in 0..arguments.seeds {
                let link = Link::new(delay, wander, arguments.first + seed);
                let score = Score::of(&link);
                scores.take(&score);
                if let Some(folder) = &arguments.folder
                    && seed < HANDED_OVER
                {
                    link.write(folder, seed, &score.errors)?;
                }
            }
            let name = format!("clock_{}", link::name(delay, wander));
            row(&name, scores.rms() / 1e3, "µs");
            row(
                &format!("{name}_to_kalman"),
                scores.rms() / scores.kalman(),
                "ratio",
            );
            pooled.extend(scores);
        }
        let coverage = 100.0 * pooled.coverage();
        row(&format!("clock_{}_coverage", delay.name()), coverage, "%");
        coverages.push(coverage);
        settled = settled.max(pooled.settled(0.99));
    }
    coverages.sort_by(f64::total_cmp);
    row("clock_coverage_least", coverages[0], "%");
    row("clock_coverage_most", coverages[coverages.len() - 1], "%");
    row("clock_settled", settled, "s");
    for (name, path) in probes::PATHS {
        for (cadence, how) in [(Cadence::Steady, ""), (Cadence::Bursts, "_bursts")] {
            let (ours, quickest) = probes::errors(path, cadence, arguments.first, arguments.seeds);
            println!(
                "{{\"name\":\"clock_probes_{name}{how}\",\"value\":{:.3},\"unit\":\"µs\",\"peer\":\"quickest of the last eight\",\"peer_value\":{:.1}}}",
                ours / 1e3,
                quickest / 1e3,
            );
        }
    }
    row("clock_hour_p99", follow::hour(arguments.first) / 1e6, "ms");
    row("clock_sample", cost(), "ns");
    Ok(())
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

/// A folder without what another run left in it.
fn emptied(folder: PathBuf) -> std::io::Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
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
            "--hand-over" => arguments.folder = Some(emptied(value.into())?),
            _ => return Err(format!("{word} is not known").into()),
        }
    }
    Ok(arguments)
}
