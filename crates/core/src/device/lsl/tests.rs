//! Ticks, gaps and times of feeds that are made up.

use firmware_interfaces::lsl::{ByteOrder, Format, Number, Shape, encode, encode_patterns};

use super::*;
use crate::time::MS;

const RATE: f64 = 250.0;

fn header(channels: u32) -> Header {
    Header {
        shape: Shape {
            format: Format::Float32,
            channels,
            order: ByteOrder::Little,
        },
        rate_hz: RATE,
        scale: 1000.0,
        begins: true,
    }
}

/// A connection with these stamps, each sample as a read of its own that comes 1 ms after it.
fn run(driver: &mut Lsl, stamps: &[Option<f64>]) -> (Vec<u64>, Vec<(u64, i64)>, u32) {
    let header = header(64);
    let mut out = vec![0; 4096];
    let mut n = header.encode(&mut out).unwrap();
    n += encode_patterns(header.shape, &mut out[n..]).unwrap();
    driver.push(HostTime::ZERO, &out[..n], &mut |r| panic!("{r:?}"));
    let (mut ticks, mut stamped, mut restarts) = (Vec::new(), Vec::new(), 0);
    let mut now = 0.0;
    for (i, stamp) in stamps.iter().enumerate() {
        now = stamp.unwrap_or(now + 1.0 / RATE);
        let values: Vec<Number> = (0..64u8)
            .map(|c| Number::Float32(f32::from(c) + i as f32))
            .collect();
        let stamp = stamp.map_or(Stamp::Deduced, Stamp::Seconds);
        let n = encode(stamp, &values, ByteOrder::Little, &mut out).unwrap();
        let at = HostTime::from_nanos((now * 1e9) as i64 + MS);
        driver.push(at, &out[..n], &mut |reading| match reading {
            Reading::Eeg {
                tick, microvolts, ..
            } => {
                assert_eq!(
                    (microvolts.len(), microvolts[63]),
                    (64, 1000.0 * (63.0 + i as f32))
                );
                ticks.push(tick - TICK0);
            }
            Reading::Stamped { tick, at, .. } => stamped.push((tick - TICK0, at.as_nanos())),
            Reading::Restarted { .. } => restarts += 1,
            other => panic!("{other:?}"),
        });
    }
    (ticks, stamped, restarts)
}

fn regular(n: usize) -> Vec<Option<f64>> {
    (0..n).map(|i| Some(100.0 + i as f64 / RATE)).collect()
}

#[test]
fn ticks_follow_the_stamps_and_a_loss_is_a_gap() {
    let mut stamps = regular(3000);
    stamps.drain(2000..2010);
    stamps[1500] = None;
    let (ticks, ..) = run(&mut Lsl::new(250), &stamps);
    let expect: Vec<u64> = (0..2000).chain(2010..3000).collect();
    assert_eq!(ticks, expect);
}

#[test]
fn jitter_of_the_sender_is_no_loss() {
    let mut stamps = regular(5000);
    for (i, stamp) in stamps.iter_mut().enumerate() {
        // Chunks of ten that are pushed up to 5 ms late.
        let late = ((i / 10 * 7919) % 50) as f64 * 1e-4;
        *stamp = stamp.map(|s| s + late);
    }
    let (ticks, ..) = run(&mut Lsl::new(250), &stamps);
    let extra = ticks[4999] - 4999;
    assert!(extra <= 4, "{extra} samples made up");
    let settled = ticks[4999] - ticks[1000];
    assert_eq!(settled, 3999);
}

#[test]
fn stamps_that_leap_begin_a_new_count() {
    for leap in [-2.0, 5.0] {
        let mut stamps = regular(1000);
        stamps[500..]
            .iter_mut()
            .for_each(|s| *s = s.map(|s| s + leap));
        let (ticks, _, restarts) = run(&mut Lsl::new(250), &stamps);
        assert_eq!((restarts, ticks[999]), (1, 999), "{leap}");
    }
}

#[test]
fn probes_say_when_a_stamp_was_and_the_arrival_where_there_are_none() {
    // By arrival, a stamp is true when it came: 1 ms late.
    let (_, stamped, _) = run(&mut Lsl::new(250), &regular(10));
    assert_eq!(stamped[9], (9, 100_036_000_000 + MS));
    // The sender's clock is 3 s ahead: what it stamps 100 s was true at 97 s, and long under way.
    let mut driver = Lsl::new(250);
    let at = HostTime::from_nanos(97 * SECOND);
    driver.probe(100_000_000_000, at - MS, at + MS);
    let (_, stamped, _) = run(&mut driver, &regular(10));
    assert_eq!(stamped[9], (9, 97_036_000_000));
    // Where the stamps are on another clock than the probes, these say nothing of them.
    let mut driver = Lsl::new(250);
    driver.probe(5_000_000_000_000, at - MS, at + MS);
    let (_, stamped, _) = run(&mut driver, &regular(10));
    assert_eq!(stamped[9], (9, 100_036_000_000 + MS));
}

#[test]
fn stamps_go_on_at_the_known_rate_between_probes_and_without_them() {
    let mut driver = Lsl::new(250);
    let mut last = 0;
    for i in 0..28 * 250 {
        // 100 ppm fast.
        let stamp = i * 4 * MS;
        let truth = 100 * SECOND + stamp - stamp / 10_000;
        let delay = |n| MS + n * 7919 % 1000 * 1000;
        if i % 16 == 0 && i < 20 * 250 {
            let [sent, received] = [truth - delay(i), truth + delay(i / 16 * 31)];
            let times = [sent, received].map(HostTime::from_nanos);
            driver.probe(stamp.cast_unsigned(), times[0], times[1]);
        }
        let read_at = HostTime::from_nanos(truth + MS);
        let at = driver.host(stamp.cast_unsigned(), read_at).as_nanos();
        if i > 10 * 250 {
            assert!((at - truth).abs() < MS / 10, "{} ns at {i}", at - truth);
            // A map is slewed by half a thousandth.
            let step = at - last - 4 * MS;
            assert!(step.abs() < 3000, "{step} ns at {i}");
        }
        last = at;
    }
}

#[test]
fn stamps_that_lie_ahead_of_their_arrival_are_placed_by_it() {
    for ahead in [SECOND / 2, 3 * SECOND, 8 * SECOND] {
        let mut driver = Lsl::new(250);
        for i in 0..250 * 12 {
            let host = 100 * SECOND + i * 4 * MS;
            // Half-way the sender begins to lie.
            let lie = if i < 250 * 6 { 0 } else { ahead };
            let times = [-MS, MS].map(|d| HostTime::from_nanos(host + d));
            if i % 16 == 0 {
                driver.probe((i * 4 * MS).cast_unsigned(), times[0], times[1]);
            }
            let at = driver.host((i * 4 * MS + lie).cast_unsigned(), times[1]);
            assert!(
                (at.as_nanos() - host).abs() < 5 * MS,
                "{ahead}: {at:?} at {i}"
            );
        }
    }
}

#[test]
fn a_stamp_from_the_future_fixes_nothing() {
    let mut driver = Lsl::new(250);
    let probe = |driver: &mut Lsl, ms: i64, offset: i64| {
        let at = 100 * SECOND + ms * MS + offset;
        let times = [-MS / 50, MS / 50].map(|d| HostTime::from_nanos(at + d));
        driver.probe((ms * MS).cast_unsigned(), times[0], times[1]);
    };
    for ms in (0..5000).step_by(64) {
        probe(&mut driver, ms, 0);
    }
    let read_at = HostTime::from_nanos(105 * SECOND);
    driver.host((14 * SECOND).cast_unsigned(), read_at);
    // The sender's crystal warms up by 100 ppm; the map follows as if nothing had been.
    for ms in (5000..12_000).step_by(64) {
        probe(&mut driver, ms, -(ms - 5000) * MS / 10_000);
    }
    let stamp = 12 * SECOND;
    let truth = 100 * SECOND + stamp - 700_000;
    let at = driver.host(stamp.cast_unsigned(), HostTime::from_nanos(truth + MS));
    assert!((at.as_nanos() - truth).abs() < MS / 5, "{at:?} of {truth}");
}

#[test]
fn dropped_blocks_are_a_gap_and_late_joiners_wait_for_a_header() {
    let mut driver = Lsl::new(250);
    let stamps = regular(2000);
    run(&mut driver, &stamps[..1000]);
    let sample = 9 + 64 * 4;
    assert_eq!(driver.overflowed(10 * sample), (StreamKind::Eeg, 10));
    let mut out = [0; 512];
    let values = [Number::Float32(0.0); 64];
    let mut seen = Vec::new();
    for stamp in [Stamp::Deduced, Stamp::Seconds(100.0 + 1011.0 / RATE)] {
        let n = encode(stamp, &values, ByteOrder::Little, &mut out).unwrap();
        driver.push(
            HostTime::from_nanos(105 * SECOND),
            &out[..n],
            &mut |reading| match reading {
                Reading::Eeg { tick, .. } => seen.push(tick - TICK0),
                Reading::Invalid { samples, .. } => seen.push(samples),
                _ => {}
            },
        );
    }
    assert_eq!(seen, [1, 1011]);
    // Driver of an epoch that opened within the connection.
    let mut joined = Lsl::new(250);
    let n = encode(Stamp::Seconds(1.0), &values, ByteOrder::Little, &mut out).unwrap();
    joined.push(HostTime::ZERO, &out[..n], &mut |r| panic!("{r:?}"));
    let mut header = header(64);
    header.begins = false;
    let mut again = [0; 64];
    let h = header.encode(&mut again).unwrap();
    joined.push(HostTime::ZERO, &again[..h], &mut |r| panic!("{r:?}"));
    let mut samples = 0;
    joined.push(HostTime::ZERO, &out[..n], &mut |_| samples += 1);
    assert_eq!((samples, joined.skipped_bytes()), (2, n as u64));
}
