//! How well the clock of another process is known that really is another: libfaketime gives it an offset and a rate, and
//! each sample carries the truth. Beside the real liblsl's `time_correction()` on the same outlets at the same time.
//!
//! `cargo run --release -p wokd --example two_clocks [SECONDS]` prints JSON lines; so many seconds a condition.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "it shares the tests' peers, which fail by panicking"
)]

#[path = "../tests/lsl/far.rs"]
mod far;
#[path = "../tests/lsl/peer.rs"]
mod peer;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use far::{Far, Followed, Seen, theirs};
use serde_json::json;

const SECONDS: u64 = 40;
/// Left out: the beginning, in seconds, while clocks settle.
const WARM_UP: f64 = 10.0;
/// An error that lets a clock count as settled, in seconds.
const NEAR: f64 = 1e-3;
/// Rates of the senders that run at once, and what their clocks show more than ours in seconds.
const SENDERS: [(f64, f64); 2] = [(100.0, 50_000.0), (-80.0, 3.0)];
/// More of them, where half a minute of a link tells little.
const MORE: [(f64, f64); 6] = [
    (100.0, 50_000.0),
    (-80.0, 3.0),
    (60.0, 900.0),
    (-40.0, 40.0),
    (20.0, 5.0),
    (-100.0, 100.0),
];
/// One whose rate is ours.
const EVEN: (f64, f64) = (0.0, 700.0);

/// A sender's clock: as we knew it, and as liblsl did.
type Both = (Followed, Vec<Seen>);
type Sender = fn(f64, f64) -> Far;

fn main() {
    let seconds = std::env::args().nth(1);
    let seconds = seconds.map_or(SECONDS, |word| word.parse().unwrap());
    let follow = |sender: Sender, clocks: &[(f64, f64)]| follow(sender, clocks, seconds);
    tell("even", &follow(Far::start, &[EVEN]));
    tell("bare", &follow(Far::start, &SENDERS));
    tell("loaded", &loaded(|| follow(Far::start, &SENDERS)));
    tell("wifi", &follow(Far::behind_a_relay, &MORE));
}

/// Follows senders of such clocks, all at once.
fn follow(sender: Sender, clocks: &[(f64, f64)], seconds: u64) -> Vec<Both> {
    let one = |ppm, ahead| {
        let far = sender(ppm, ahead);
        let peer = far.beside(seconds);
        let ours = far.follow(Duration::from_secs(seconds));
        (ours, theirs(peer))
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = clocks
            .iter()
            .map(|&(ppm, ahead)| scope.spawn(move || one(ppm, ahead)))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// Does something while every processor has other work too.
fn loaded<T>(run: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    let processors = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    black_box((0..10_000u64).fold(0, u64::wrapping_add));
                }
            });
        }
        let done = run();
        over.store(true, Ordering::Relaxed);
        done
    })
}

/// Prints the rows of a condition, over all its senders.
fn tell(condition: &str, both: &[Both]) {
    let ours: Vec<_> = both.iter().map(|(ours, _)| ours.seen.as_slice()).collect();
    let theirs: Vec<_> = both.iter().map(|(_, theirs)| theirs.as_slice()).collect();
    let row = |what: &str, unit: &str, of: fn(&[&[Seen]]) -> f64| {
        let row = json!({"name": format!("two_clocks_{condition}{what}"), "value": of(&ours), "unit": unit,
            "peer": "liblsl", "peer_value": of(&theirs)});
        println!("{row}");
    };
    row("", "µs", |all| 1e6 * moments(all, false).0);
    row("_moving", "µs", |all| 1e6 * moments(all, true).0);
    row("_p99", "µs", |all| 1e6 * moments(all, false).1);
    row("_settled", "s", settled);
    let own = |what: &str, unit: &str, value: f64| {
        let name = format!("two_clocks_{condition}{what}");
        println!("{}", json!({"name": name, "value": value, "unit": unit}));
    };
    let off = both.iter().map(|(ours, _)| {
        let [told, truth] = ours.drift;
        (told - truth).abs()
    });
    own("_drift", "ppm", off.fold(0.0, f64::max));
    own("_held", "%", 100.0 * held(both, false));
    own("_held_moving", "%", 100.0 * held(both, true));
    let trips = both.iter().map(|(ours, _)| 1e6 * ours.round_trip);
    own("_round_trip", "µs", trips.fold(0.0, f64::max));
}

/// Errors after the warm-up, in seconds, with or without their mean.
fn errors(seen: &[Seen], moving: bool) -> Vec<f64> {
    let late = seen.iter().filter(|seen| seen.at > WARM_UP);
    let errors: Vec<f64> = late.map(|seen| seen.error).collect();
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    let shift = if moving { mean } else { 0.0 };
    errors.into_iter().map(|error| error - shift).collect()
}

/// Root mean square and 99th percentile of the size of the errors, in seconds.
fn moments(all: &[&[Seen]], moving: bool) -> (f64, f64) {
    let errors = all.iter().flat_map(|seen| errors(seen, moving));
    let mut sizes: Vec<f64> = errors.map(f64::abs).collect();
    sizes.sort_by(f64::total_cmp);
    let square: f64 = sizes.iter().map(|size| size * size).sum();
    let rms = (square / sizes.len() as f64).sqrt();
    (rms, sizes[sizes.len() * 99 / 100])
}

/// Seconds until the error stays near for good, of the slowest.
fn settled(all: &[&[Seen]]) -> f64 {
    let last = |seen: &&[Seen]| {
        let far = seen.iter().rev().find(|seen| seen.error.abs() > NEAR);
        far.map_or(seen[0].at, |seen| seen.at)
    };
    all.iter().map(last).fold(0.0, f64::max)
}

/// How often the truth lies in the 95 % interval that our clocks tell.
fn held(both: &[Both], moving: bool) -> f64 {
    let (mut held, mut all) = (0, 0);
    for (ours, _) in both {
        let errors = errors(&ours.seen, moving);
        let sigma = &ours.sigma[ours.sigma.len() - errors.len()..];
        let pairs = errors.iter().zip(sigma);
        held += pairs
            .filter(|(error, sigma)| error.abs() < 1.96 * *sigma)
            .count();
        all += errors.len();
    }
    held as f64 / all as f64
}
