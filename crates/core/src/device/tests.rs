//! What every driver holds to, whatever the bytes.

use proptest::prelude::*;

use super::*;
use crate::config::DeviceId;

const PROTOCOLS: [Protocol; 9] = [
    Protocol::Cyton {
        daisy: false,
        gain: 24,
    },
    Protocol::Cyton {
        daisy: true,
        gain: 24,
    },
    Protocol::ThinkGear,
    Protocol::GyMcu90640,
    Protocol::Lepton,
    Protocol::InfiRay,
    Protocol::WokLink { sound: true },
    Protocol::Lsl { rate_hz: 250 },
    Protocol::Pcm {
        rate_hz: 48_000,
        channels: 2,
    },
];

fn driver(protocol: Protocol) -> Box<dyn Driver> {
    open(&DeviceConfig {
        id: DeviceId(0),
        protocol,
        latency: 0,
    })
}

proptest! {
    #[test]
    fn no_bytes_make_a_driver_panic_or_its_ticks_fall(
        which in 0..PROTOCOLS.len(),
        reads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 0..20),
    ) {
        let mut driver = driver(PROTOCOLS[which]);
        let streams = driver.streams().to_vec();
        prop_assert!(!streams.is_empty());
        let mut last = 0;
        for (i, bytes) in reads.iter().enumerate() {
            let at = HostTime::from_nanos(i as i64 * 10_000_000);
            driver.push(at, bytes, &mut |reading| {
                let stream = match reading {
                    Reading::Eeg { tick, .. } => { assert!(tick >= last); last = tick; StreamKind::Eeg }
                    Reading::Audio { .. } => StreamKind::Audio,
                    Reading::Thermal { width, celsius, .. } => {
                        assert_eq!(celsius.len() % width, 0);
                        StreamKind::Thermal
                    }
                    Reading::Aux { index, .. } => { assert!(index < AUX); StreamKind::Aux }
                    Reading::Invalid { stream, .. }
                    | Reading::Arrived { stream, .. }
                    | Reading::Stamped { stream, .. }
                    | Reading::Restarted { stream } => stream,
                };
                assert!(streams.iter().any(|s| s.kind == stream), "{stream:?} was not announced");
            });
        }
    }
}

/// Seconds of a sine through a PCM driver in odd pieces: (samples, level of the second half).
fn pcm(rate_hz: u32, channels: u8, hz: f64) -> (usize, f32) {
    let mut bytes = Vec::new();
    for i in 0..rate_hz {
        let v = (f64::from(i) / f64::from(rate_hz) * hz * std::f64::consts::TAU).sin() * 16_384.0;
        for _ in 0..channels {
            bytes.extend_from_slice(&(v as i16).to_le_bytes());
        }
    }
    let mut driver = driver(Protocol::Pcm { rate_hz, channels });
    let mut out = Vec::new();
    let mut next = None;
    for piece in bytes.chunks(777) {
        driver.push(HostTime::ZERO, piece, &mut |reading| {
            if let Reading::Audio { tick, samples } = reading {
                assert!(next.is_none_or(|n| n == tick), "a hole in the ticks");
                next = Some(tick + samples.len() as u64);
                out.extend_from_slice(samples);
            }
        });
    }
    let tail = &out[out.len() / 2..];
    (
        out.len(),
        (tail.iter().map(|v| v * v).sum::<f32>() / tail.len() as f32).sqrt(),
    )
}

#[test]
fn pcm_of_any_rate_comes_out_at_16_khz() {
    for (rate, channels) in [(16_000, 1), (44_100, 1), (48_000, 2)] {
        let (samples, level) = pcm(rate, channels, 1000.0);
        assert!(
            (15_840..=16_000).contains(&samples),
            "{rate} Hz gave {samples}"
        );
        assert!((level - 0.3536).abs() < 0.005, "{rate} Hz: level {level}");
        // Above the new band nothing is folded back.
        if rate > 16_000 {
            assert!(pcm(rate, channels, 11_000.0).1 < 0.01, "{rate} Hz aliases");
        }
    }
}

#[test]
fn sound_stays_aligned_when_bytes_within_a_sample_were_dropped() {
    for (channels, lost) in [(1, 1), (1, 4), (2, 3), (3, 7), (3, 6)] {
        let size = 2 * usize::from(channels);
        let mut driver = open(&DeviceConfig {
            id: DeviceId(0),
            protocol: Protocol::Pcm {
                rate_hz: 16_000,
                channels,
            },
            latency: 0,
        });
        // Every sample is 0x0102; out of step it would be 0x0201, or another channel's.
        let stream: Vec<u8> = [2, 1].repeat(60 * usize::from(channels));
        let mut heard = Vec::new();
        let mut push = |driver: &mut Box<dyn Driver>, bytes: &[u8]| {
            driver.push(HostTime::ZERO, bytes, &mut |reading| {
                if let Reading::Audio { samples, .. } = reading {
                    heard.extend_from_slice(samples);
                }
            });
        };
        let at = 10 * size + 1;
        push(&mut driver, &stream[..at]);
        let (_, samples) = driver.overflowed(lost as u64);
        push(&mut driver, &stream[at + lost..]);
        let value = f32::from(0x0102_i16) / 32_768.0;
        assert!(
            heard.iter().all(|s| *s == value),
            "{channels} {lost}: {heard:?}"
        );
        assert_eq!(heard.len() as u64 + samples, 60, "{channels} {lost}");
    }
}

#[test]
fn a_woklink_is_a_microphone_only_where_it_was_said_to_be_one() {
    use firmware_interfaces::woklink::{Audio, Encoder, MAX_WIRE, Message, Samples};
    let mut wire = [0; MAX_WIRE];
    let sound = Message::Audio(Audio {
        first_sample: 0,
        rate_hz: 16_000,
        channels: 1,
        samples: Samples::Native(&[500; 160]),
    });
    let n = Encoder::new().encode(0, &sound, &mut wire).unwrap();
    for sound in [false, true] {
        let mut driver = open(&DeviceConfig {
            id: DeviceId(0),
            protocol: Protocol::WokLink { sound },
            latency: 0,
        });
        let gives = |s: &Stream| s.kind == StreamKind::Audio;
        assert_eq!(driver.streams().iter().any(gives), sound);
        let mut readings = 0;
        driver.push(HostTime::ZERO, &wire[..n], &mut |_| readings += 1);
        assert_eq!(readings > 0, sound);
    }
}
