use super::*;
use crate::time::MS;

/// 250 Hz.
const TICK: f64 = 4e6;

/// Random numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn gaussian(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (core::f64::consts::TAU * self.uniform()).cos()
    }
}

/// Host time of a tick of a device that is slow by `ppm`.
fn truth(tick: u64, ppm: f64) -> f64 {
    5e12 + tick as f64 * TICK * (1.0 + ppm * 1e-6)
}

fn at(nanoseconds: f64) -> HostTime {
    HostTime::from_nanos(nanoseconds.round() as i64)
}

/// Feeds `ticks`, each late by `delay(tick)` nanoseconds; returns how many segments began.
fn feed(
    clock: &mut Clock,
    ticks: core::ops::Range<u64>,
    ppm: f64,
    mut delay: impl FnMut(u64) -> f64,
) -> u32 {
    let mut segments = 0;
    for tick in ticks {
        segments += u32::from(clock.observe(tick, at(truth(tick, ppm) + delay(tick))));
    }
    segments
}

/// Nanoseconds that the map is off at a tick.
fn error(clock: &Clock, tick: u64, ppm: f64) -> f64 {
    clock.host(tick).unwrap().as_nanos() as f64 - truth(tick, ppm)
}

#[test]
fn drift_is_learned_and_delay_is_seen_through() {
    for ppm in [-80.0, 0.0, 40.0, 120.0] {
        let mut random = Random(1);
        let mut clock = Clock::new(TICK, 0);
        let segments = feed(&mut clock, 0..15_000, ppm, |_| 2e6 * random.exponential());
        assert_eq!(segments, 1, "{ppm} ppm: one segment");
        let off = error(&clock, 14_999, ppm);
        assert!(off.abs() < 20e3, "{ppm} ppm: off by {off} ns");
        let drift = clock.drift_ppm().unwrap();
        assert!((drift - ppm).abs() < 0.5, "{ppm} ppm learned as {drift}");
        assert_eq!(clock.noise(), Some(Noise::OneSided));
        assert!(clock.uncertainty_seconds().unwrap() < 10e-6);
    }
}

#[test]
fn noise_that_is_symmetric_is_followed_through_its_middle() {
    let mut random = Random(2);
    let mut clock = Clock::new(TICK, 0);
    let segments = feed(&mut clock, 0..30_000, 40.0, |_| 2e6 * random.gaussian());
    assert_eq!(segments, 1);
    assert_eq!(clock.noise(), Some(Noise::Symmetric));
    let off = error(&clock, 29_999, 40.0);
    assert!(off.abs() < 80e3, "off by {off} ns");
}

#[test]
fn another_noise_is_noticed() {
    let mut random = Random(3);
    let mut clock = Clock::new(TICK, 0);
    feed(&mut clock, 0..15_000, 0.0, |_| 1e6 * random.exponential());
    assert_eq!(clock.noise(), Some(Noise::OneSided));
    // An adapter was changed for one with a stamp of its own, as noisy but symmetric.
    let segments = feed(&mut clock, 15_000..90_000, 0.0, |_| 1e6 * random.gaussian());
    assert_eq!(segments, 0);
    assert_eq!(clock.noise(), Some(Noise::Symmetric));
    assert!(error(&clock, 89_999, 0.0).abs() < 100e3);
}

#[test]
fn blocks_of_ten_samples_are_seen_through() {
    let mut random = Random(4);
    let mut clock = Clock::new(TICK, 0);
    let mut delay = 0.0;
    let segments = feed(&mut clock, 0..30_000, 40.0, |tick| {
        if tick % 10 == 0 {
            delay = 2e6 * random.exponential();
        }
        // All ten arrive with the last.
        delay + (9 - tick % 10) as f64 * TICK
    });
    assert_eq!(segments, 1);
    let off = error(&clock, 29_999, 40.0);
    assert!(off.abs() < 60e3, "off by {off} ns");
}

#[test]
fn the_stated_interval_holds_the_truth() {
    // The example `clocks` looks at 200 seeds of each noise; here are enough to notice a blunder.
    let check = |name: &str, delay: &dyn Fn(&mut Random) -> f64| {
        let (mut inside, mut all) = (0, 0);
        for seed in 0..24 {
            let mut random = Random(seed);
            let mut clock = Clock::new(TICK, 0);
            let (mut host, mut rate) = (5e12, 1.0 + 40e-6);
            for tick in 0..30_000 {
                clock.observe(tick, at(host + delay(&mut random)));
                if tick > 7500 && tick % 250 == 0 {
                    let error = clock.host(tick).unwrap().as_nanos() as f64 - host;
                    let sigma = clock.uncertainty_seconds().unwrap() * 1e9;
                    inside += usize::from(error.abs() <= 1.96 * sigma);
                    all += 1;
                }
                host += rate * TICK;
                // 0.05 ppm/√s.
                rate += 0.05e-6 * (TICK * 1e-9).sqrt() * random.gaussian();
            }
        }
        let share = f64::from(inside as u32) / f64::from(all);
        assert!((0.87..0.995).contains(&share), "{name}: {share}");
    };
    check("one-sided", &|random| 2e6 * random.exponential());
    check("symmetric", &|random| 2e6 * random.gaussian());
}

#[test]
fn the_map_is_monotone_and_its_inverse_fits() {
    let mut random = Random(5);
    let mut clock = Clock::new(TICK, 0);
    feed(&mut clock, 0..5000, 40.0, |_| {
        8e6 * random.uniform().powi(3)
    });
    let mut before = None;
    for tick in 2500..5000 {
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
    let mut random = Random(6);
    let mut clock = Clock::new(TICK, 0);
    feed(&mut clock, 0..2500, 40.0, |_| 2e6 * random.exponential());
    // Ten seconds are kept.
    let then: Vec<_> = (2200..2500).map(|t| clock.host(t)).collect();
    feed(&mut clock, 2500..4500, 40.0, |_| 2e6 * random.exponential());
    let now: Vec<_> = (2200..2500).map(|t| clock.host(t)).collect();
    assert_eq!(then, now);
}

#[test]
fn a_jump_opens_a_segment_within_a_second() {
    for seconds in [-200_000.0, -10.0, -0.03, 0.03, 0.3, 10.0, 200_000.0] {
        let mut random = Random(7);
        let mut clock = Clock::new(TICK, 0);
        feed(&mut clock, 0..5000, 40.0, |_| 2e6 * random.exponential());
        let mut opened = None;
        for tick in 5000..6000 {
            let late = 2e6 * random.exponential() + seconds * 1e9;
            if clock.observe(tick, at(truth(tick, 40.0) + late)) {
                opened.get_or_insert(tick);
            }
        }
        let opened = opened.unwrap_or_else(|| panic!("{seconds} s went unnoticed"));
        assert!(opened <= 5250, "{seconds} s: after {} ticks", opened - 5000);
        assert_eq!(clock.segment(), 2, "{seconds} s");
        let off = error(&clock, 5999, 40.0) - seconds * 1e9;
        assert!(off.abs() < 1e6, "{seconds} s: off by {off} ns");
    }
}

#[test]
fn a_stall_opens_none() {
    // So long nothing arrives, then everything at once.
    for ticks in [75, 200, 240] {
        let mut random = Random(8);
        let mut clock = Clock::new(TICK, 0);
        let segments = feed(&mut clock, 0..6000, 40.0, |tick| {
            let stalled = (2500..2500 + ticks).contains(&tick);
            let held = if stalled {
                (2500 + ticks - tick) as f64 * TICK
            } else {
                0.0
            };
            held + 2e6 * random.exponential()
        });
        assert_eq!(segments, 1, "{ticks} ticks");
        assert!(error(&clock, 5999, 40.0).abs() < 50e3, "{ticks} ticks");
    }
}

#[test]
fn jitter_wider_than_a_step_opens_none() {
    let mut random = Random(9);
    let mut clock = Clock::new(TICK, 0);
    assert_eq!(
        feed(&mut clock, 0..30_000, 100.0, |_| 10e6 * random.gaussian()),
        1
    );
    assert_eq!(
        feed(&mut clock, 30_000..60_000, 100.0, |_| 10e6
            * random.exponential()),
        0
    );
}

#[test]
fn lost_samples_and_silence() {
    let mut random = Random(10);
    let mut clock = Clock::new(TICK, 0);
    let mut ticks: Vec<u64> = (0..20_000).filter(|_| random.uniform() > 0.3).collect();
    // Four seconds are lost in one go; the device counted on.
    ticks.retain(|t| !(9000..10_000).contains(t));
    for &tick in &ticks {
        clock.observe(tick, at(truth(tick, 40.0) + 2e6 * random.exponential()));
    }
    assert_eq!(clock.segment(), 1);
    assert!(error(&clock, 19_999, 40.0).abs() < 20e3);
    // After a minute without a word what was known is void.
    assert!(clock.observe(35_000, at(truth(35_000, 40.0))));
    assert_eq!(clock.anchor(), Some(35_000));
}

#[test]
fn a_device_that_counts_anew_opens_a_segment() {
    let mut clock = Clock::new(TICK, 0);
    feed(&mut clock, 1000..5000, 0.0, |_| 0.0);
    assert!(clock.observe(3, at(truth(5000, 0.0))));
    assert_eq!(clock.host(3), Some(at(truth(5000, 0.0))));
}

#[test]
fn a_change_of_temperature_is_followed() {
    let mut random = Random(11);
    let mut clock = Clock::new(TICK, 0);
    feed(&mut clock, 0..30_000, 0.0, |_| 2e6 * random.exponential());
    // Beside the stove the crystal becomes slower by 5 ppm from one second to the next.
    let begin = truth(30_000, 0.0);
    let after = |tick: u64| begin + (tick - 30_000) as f64 * TICK * (1.0 + 5e-6);
    for tick in 30_000..60_000 {
        clock.observe(tick, at(after(tick) + 2e6 * random.exponential()));
        let off = clock.host(tick).unwrap().as_nanos() as f64 - after(tick);
        assert!(off.abs() < 300e3, "tick {tick}: off by {off} ns");
    }
    let off = clock.host(59_999).unwrap().as_nanos() as f64 - after(59_999);
    assert!(off.abs() < 30e3, "off by {off} ns");
    assert_eq!(clock.segment(), 1);
}

#[test]
fn a_fixed_latency_is_taken_off() {
    let mut clock = Clock::new(TICK, 7 * MS);
    feed(&mut clock, 0..500, 0.0, |_| 7e6);
    assert_eq!(error(&clock, 100, 0.0), 0.0);
}

/// Probes ten times a second and samples; the link back takes `latency` longer at least.
fn probed(clock: &mut Clock, seconds: core::ops::Range<u64>, latency: f64, probes: bool) {
    let mut random = Random(12);
    for tick in seconds.start * 250..seconds.end * 250 {
        let host = truth(tick, 40.0);
        clock.observe(tick, at(host + latency + 2e6 * random.exponential()));
        if probes && tick % 25 == 0 {
            let (there, back) = (random.exponential(), random.exponential());
            clock.probe(
                tick,
                at(host - 1e6 - 1e6 * there),
                at(host + 1e6 + 1e6 * back),
            );
        }
    }
}

#[test]
fn probes_see_through_the_latency_that_one_way_cannot() {
    let mut clock = Clock::new(TICK, 0);
    probed(&mut clock, 0..120, 15e6, true);
    assert_eq!(clock.noise(), Some(Noise::TwoWay));
    let off = error(&clock, 29_999, 40.0);
    assert!(off.abs() < 50e3, "off by {off} ns");
    // Without answers, one way goes on from there, less what it was seen to lack.
    probed(&mut clock, 120..240, 15e6, false);
    assert_eq!(clock.noise(), Some(Noise::OneSided));
    let off = error(&clock, 59_999, 40.0);
    assert!(off.abs() < 100e3, "off by {off} ns");
    assert_eq!(clock.segment(), 1);
}

#[test]
fn an_answer_from_before_its_question_changes_nothing() {
    let mut clock = Clock::new(TICK, 0);
    assert!(!clock.probe(5, at(2e9), at(1e9)));
    assert_eq!(clock.anchor(), None);
    probed(&mut clock, 0..20, 0.0, true);
    let before = clock.host(5000);
    assert!(!clock.probe(5000, at(truth(5000, 40.0)), at(truth(4000, 40.0))));
    assert_eq!((clock.host(5000), clock.segment()), (before, 1));
}

#[test]
fn a_fixed_latency_counts_for_probes_too() {
    let mut clock = Clock::new(1e6, 60_000_000);
    let at = |ms: u64| HostTime::from_nanos(i64::try_from(ms).unwrap() * 1_000_000);
    for ms in (1000..30_000).step_by(125) {
        clock.probe(ms, at(ms - 2), at(ms + 2));
        // Ten of the sixty milliseconds are the way here.
        clock.observe(ms, at(ms + 10));
    }
    assert_eq!(clock.status().unwrap().segments, 1);
    let late = at(30_000) - clock.host(30_000).unwrap();
    assert!((late - 60_000_000).abs() < 100_000, "{late}");
}

#[test]
fn any_numbers_are_survived() {
    let mut random = Random(13);
    let mut clock = Clock::new(TICK, 0);
    for _ in 0..20_000 {
        let exponent = (60.0 * random.uniform()).exp2();
        let tick = exponent as u64;
        let host = (60.0 * random.uniform()).exp2() as i64;
        clock.observe(tick, HostTime::from_nanos(host));
        let back = (30.0 * random.uniform()).exp2() as i64;
        clock.probe(
            tick + 1,
            HostTime::from_nanos(host),
            HostTime::from_nanos(host + back),
        );
        clock.reach(tick + back.cast_unsigned());
        assert!(clock.host(tick).is_some());
        assert!(clock.uncertainty_seconds().unwrap().is_finite());
    }
}
