//! What looking for lags between streams costs a hop of all three, bouts of tosses included.
//!
//! `cargo run --release -p wok-core --example crossmodal_speed` prints one JSON line.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock; the core that it measures does not"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use wok_core::crossmodal::Crossmodal;
use wok_core::grid::{EEG_PER_HOP, HOP, MEL_PER_HOP};
use wok_core::hop::{Hop, Presence, ThermalFrame};
use wok_core::step::MELS;
use wok_core::time::HostTime;

const HOPS: u64 = 3000;

fn main() {
    let mut noise = 1u64;
    let mut random = move || {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        (noise >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    let mut crossmodal = Crossmodal::new(50);
    let mut hop = Hop::empty();
    hop.eeg.wired = [true; 8];
    (hop.eeg.presence, hop.audio.presence) = (Presence::Present, Presence::Present);
    hop.thermal.presence = Presence::Present;
    hop.eeg.valid = [true; EEG_PER_HOP];
    let (mut total, mut worst) = (Duration::ZERO, Duration::ZERO);
    for k in 0..HOPS {
        hop.index = k;
        hop.start = HostTime::from_nanos(k as i64 * HOP);
        let tosses = |t: f64| (t % 6.0 < 3.0).then(|| (t % 6.0) * 3.0);
        for i in 0..EEG_PER_HOP {
            let on = tosses(k as f64 * 0.2 + i as f64 * 0.004).is_some();
            let strength = if on { 2.0 } else { 1.0 };
            hop.eeg.ticks[i] = std::array::from_fn(|_| strength * random());
        }
        let mel: [[f32; MEL_PER_HOP]; MELS] = std::array::from_fn(|_| {
            std::array::from_fn(|j| {
                let cycle = tosses(k as f64 * 0.2 + j as f64 * 0.01);
                let since = cycle.map_or(1.0, |c| (c + 0.4).fract());
                0.1 * random() + if since < 0.15 { 1.0 } else { 0.0 }
            })
        });
        hop.thermal.frames.clear();
        for i in 0..2 {
            let t = k as f64 * 0.2 + 0.1 * f64::from(i);
            let sway = tosses(t).map_or(0.0, |c| (std::f64::consts::TAU * c).cos()) as f32;
            hop.thermal.frames.push(ThermalFrame {
                at: HostTime::from_nanos((t * 1e9) as i64),
                celsius: std::array::from_fn(|p| 100.0 + random() + sway * (p / 32) as f32),
            });
        }
        let start = Instant::now();
        black_box(crossmodal.hop(&hop, &mel));
        let took = start.elapsed();
        total += took;
        worst = worst.max(took);
    }
    println!(
        "{{\"name\":\"crossmodal_hop\",\"value\":{:.1},\"unit\":\"us\",\"worst\":{:.0}}}",
        total.as_secs_f64() * 1e6 / HOPS as f64,
        worst.as_secs_f64() * 1e6
    );
    eprintln!("{:?}", crossmodal.lags());
}
