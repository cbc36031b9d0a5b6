use super::*;

const TICK: f64 = 4e6;

/// Ticks of a device that drifts by `ppm`, each arriving late by `delay(i)` ns.
fn run(clock: &mut Clock, n: u64, ppm: f64, delay: impl Fn(u64) -> f64) -> u32 {
    let mut segments = 0;
    for i in 0..n {
        let truth = i as f64 * TICK * (1.0 + ppm * 1e-6);
        let at = HostTime::from_nanos((5e9 + truth + delay(i)).round() as i64);
        segments += u32::from(clock.observe(i, at));
    }
    segments
}

/// A delay of 0–8 ms that is small now and then, from a fixed recurrence.
fn jitter(i: u64) -> f64 {
    let r = i
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407)
        >> 33;
    let u = (r % 10_000) as f64 / 10_000.0;
    8e6 * u * u * u
}

#[test]
fn drift_is_learned_and_delay_is_seen_through() {
    for ppm in [-80.0, 0.0, 40.0, 120.0] {
        let mut clock = Clock::new(TICK, 0);
        assert_eq!(
            run(&mut clock, 60 * 250, ppm, jitter),
            1,
            "{ppm} ppm: one segment"
        );
        let tick = 60 * 250 - 100;
        let truth = 5e9 + tick as f64 * TICK * (1.0 + ppm * 1e-6);
        let error = clock.host(tick).unwrap().as_nanos() as f64 - truth;
        assert!(error.abs() < 100e3, "{ppm} ppm: off by {error} ns");
        let drift = clock.drift_ppm().unwrap();
        assert!((drift - ppm).abs() < 3.0, "{ppm} ppm learned as {drift}");
        assert!(clock.uncertainty_seconds().unwrap() < 1e-3);
    }
}

#[test]
fn the_map_is_monotone_and_its_inverse_fits() {
    let mut clock = Clock::new(TICK, 0);
    run(&mut clock, 5000, 40.0, jitter);
    let mut before = None;
    for tick in 2000..5000 {
        let host = clock.host(tick).unwrap();
        assert!(before < Some(host), "tick {tick}");
        before = Some(host);
        let back = clock.ticks_since_anchor(host).unwrap();
        assert!(
            (back - tick as f64).abs() < 1e-6,
            "tick {tick} came back as {back}"
        );
    }
}

#[test]
fn what_was_published_never_changes() {
    let mut clock = Clock::new(TICK, 0);
    run(&mut clock, 2500, 40.0, jitter);
    let then: Vec<_> = (2200..2500).map(|t| clock.host(t)).collect();
    for i in 2500..4000u64 {
        let at = 5e9 + i as f64 * TICK * (1.0 + 40e-6) + jitter(i);
        clock.observe(i, HostTime::from_nanos(at as i64));
    }
    let now: Vec<_> = (2200..2500).map(|t| clock.host(t)).collect();
    assert_eq!(then, now);
}

#[test]
fn a_jump_opens_a_segment_and_a_stall_does_not() {
    let check = |shift: fn(u64) -> f64, expected: u32| {
        let mut clock = Clock::new(TICK, 0);
        assert_eq!(
            run(&mut clock, 5000, 0.0, |i| jitter(i) + shift(i)),
            expected
        );
    };
    check(|i| if i > 2500 { -10e9 } else { 0.0 }, 2);
    check(|i| if i > 2500 { 10e9 } else { 0.0 }, 2);
    // 300 ms during which nothing arrives, then everything at once.
    check(
        |i| {
            if (2500..2575).contains(&i) {
                (2575 - i) as f64 * TICK
            } else {
                0.0
            }
        },
        1,
    );
}

#[test]
fn a_fixed_latency_is_taken_off() {
    let mut clock = Clock::new(TICK, 7 * MS);
    run(&mut clock, 500, 0.0, |_| 7e6);
    assert_eq!(
        clock.host(100).unwrap().as_nanos(),
        5_000_000_000 + 400_000_000
    );
}
