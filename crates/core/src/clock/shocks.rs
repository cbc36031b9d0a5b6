//! Oscillators that change all at once: a pan set down beside a board, cold air from a window.

use super::Clock;
use crate::time::HostTime;

/// The errors in µs, less their mean before, of a 250 Hz counter behind one-sided delays of 2 ms whose
/// oscillator changes by `ppm` after 300 s, second by second from then on: the greatest of each; and whether
/// the last interval holds.
fn after_a_step(ppm: f64, seed: u64) -> (Vec<f64>, bool) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut exponential = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        -(((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64).ln()
    };
    let mut clock = Clock::new(4e6, 0);
    let (mut before, mut worst, mut last) = ((0.0, 0.0), vec![0.0f64; 120], 0.0);
    for i in 0..250 * 420u64 {
        let t = i as f64 * 4e6;
        let since = (t - 300e9).max(0.0);
        let truth = 1e12 + t + since * ppm * 1e-6;
        let at = truth + 2e6 * exponential();
        clock.observe(i, HostTime::from_nanos(at as i64));
        let error = clock.host(i).map_or(0.0, |h| h.as_nanos() as f64 - truth);
        if (200e9..300e9).contains(&t) {
            before = (before.0 + error, before.1 + 1.0);
        } else if t >= 300e9 {
            last = error - before.0 / before.1;
            let second = &mut worst[(since / 1e9) as usize];
            *second = second.max(last.abs() * 1e-3);
        }
    }
    assert_eq!(clock.status().map(|s| s.segments), Some(1));
    let sure = clock.uncertainty_seconds().unwrap_or_default() * 1e9;
    (worst, last.abs() < 3.0 * sure)
}

#[test]
fn a_step_of_temperature_is_followed_within_half_a_minute() {
    for (ppm, most, then) in [
        (5.0, 150.0, 60.0),
        (-5.0, 150.0, 60.0),
        (20.0, 250.0, 60.0),
        (-80.0, 1200.0, 60.0),
    ] {
        for seed in 1..4 {
            let (worst, holds) = after_a_step(ppm, seed);
            let of =
                |range: std::ops::Range<usize>| worst[range].iter().fold(0.0f64, |a, b| a.max(*b));
            assert!(
                of(0..30) < most && of(30..120) < then,
                "{ppm} ppm: {worst:?}"
            );
            assert!(holds, "{ppm} ppm, seed {seed}");
        }
    }
}

#[test]
fn a_rate_far_from_nominal_is_followed() {
    for ratio in [-0.003, 0.003, 0.01] {
        let mut clock = Clock::new(4e6, 0);
        for i in 0..250 * 60u64 {
            let truth = 1e12 + i as f64 * 4e6 * (1.0 + ratio);
            clock.observe(
                i,
                HostTime::from_nanos(truth as i64 + (i as i64 * 7919 % 1000) * 1000),
            );
            let error = clock.host(i).map_or(0.0, |h| h.as_nanos() as f64 - truth);
            assert!(
                i < 250 * 12 || error.abs() < 1.5e6,
                "{ratio}: {error} ns at {i}"
            );
        }
        assert_eq!(clock.status().map(|s| s.segments), Some(1), "{ratio}");
    }
}
