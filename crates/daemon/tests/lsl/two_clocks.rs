//! Two clocks of one machine: this process's, and that of a sender which libfaketime gave another offset and rate.

use std::time::Duration;

use crate::far::{Far, Followed, Seen, theirs};

const LASTS: Duration = Duration::from_secs(9);
/// Left out: the first seconds, while clocks settle, longer where other tests take the processors.
const SETTLED: f64 = 4.0;

/// The size of the error that 90 % of what was seen later does not exceed, in seconds.
fn usual(seen: &[Seen]) -> f64 {
    let late = seen.iter().filter(|seen| seen.at > SETTLED);
    let mut sizes: Vec<f64> = late.map(|seen| seen.error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    sizes[sizes.len() * 9 / 10]
}

/// Follows a sender beside the real liblsl, and holds both to `within` seconds of the truth. Loose: other tests share
/// the processors; `cargo xtask bench two-clocks` has the figures.
#[track_caller]
fn check(far: &Far, ppm: f64, ahead: f64, within: f64) -> Followed {
    let peer = far.beside(LASTS.as_secs());
    let ours = far.follow(LASTS);
    let (error, peers) = (usual(&ours.seen), usual(&theirs(peer)));
    let [told, truth] = ours.drift;
    println!(
        "{ppm} ppm: told {told:.1} for {truth:.1}, error {:.0} µs, liblsl's {:.0} µs, round trip {:.0} µs",
        1e6 * error,
        1e6 * peers,
        1e6 * ours.round_trip,
    );
    // The clock is really another one.
    assert!((truth + ppm).abs() < 1.0, "{truth} ppm, not {}", -ppm);
    assert!((ours.ahead - ahead).abs() < 5.0, "{} s", ours.ahead);
    assert!(ours.seen.len() > 400, "{} samples", ours.seen.len());
    assert_eq!(ours.segments, 1);
    assert!(error < within, "{error} s");
    // What makes both ways differ for good, nobody can see: a fifth of a round trip is given for it.
    let asymmetry = 1e-4 + ours.round_trip / 5.0;
    let pairs = ours.seen.iter().zip(&ours.sigma);
    let held = pairs.filter(|(seen, sigma)| seen.error.abs() < 1.96 * *sigma + asymmetry);
    let held = held.count() as f64 / ours.seen.len() as f64;
    assert!(held > 0.9, "{held} of the time within what it tells");
    // It knows the same clock, though less well: its offset is that of the last eight probes that it asked.
    assert!(peers < 10.0 * within, "liblsl: {peers} s");
    ours
}

/// On loopback, where nine seconds tell a drift to a few ppm.
#[track_caller]
fn check_near(ppm: f64, ahead: f64) {
    let ours = check(&Far::start(ppm, ahead), ppm, ahead, 0.5e-3);
    let [told, truth] = ours.drift;
    assert!((told - truth).abs() < 20.0, "{told} ppm for {truth}");
}

#[test]
fn a_fast_clock_and_a_slow_one_are_known() {
    std::thread::scope(|scope| {
        scope.spawn(|| check_near(100.0, 50_000.0));
        check_near(-80.0, 3.0);
    });
}

#[test]
fn a_clock_behind_a_link_that_delays_is_known() {
    let ours = check(&Far::behind_a_relay(100.0, 700.0), 100.0, 700.0, 3e-3);
    // All came through the relay.
    assert!(ours.round_trip > 2e-3, "{} s", ours.round_trip);
}
