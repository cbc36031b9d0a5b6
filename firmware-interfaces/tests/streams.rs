//! What every stream decoder promises, checked for each of them alike.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

use firmware_interfaces::{Stats, cyton, gy_mcu90640, thinkgear, woklink};
use proptest::prelude::*;

/// A stream of one sensor under test.
struct Sensor {
    name: &'static str,
    /// Whether its frames have one.
    checksum: bool,
    /// Runs a fresh decoder over pieces: the items as text, the texts of those that are frames, and the statistics.
    run: fn(&[&[u8]]) -> Seen,
    /// Bytes of `n` frames, the `i`th unlike the others.
    frames: fn(usize) -> Vec<Vec<u8>>,
}

#[derive(Debug, PartialEq)]
struct Seen {
    items: Vec<String>,
    frames: Vec<String>,
    skipped_reported: u64,
    stats: Stats,
}

macro_rules! run {
    ($module:ident, $frame:pat) => {
        |pieces| {
            let mut decoder = $module::Decoder::new();
            let mut seen = Seen {
                items: vec![],
                frames: vec![],
                skipped_reported: 0,
                stats: Stats::default(),
            };
            for piece in pieces {
                decoder.push(piece, |item| {
                    let text = format!("{item:?}");
                    match item {
                        $frame => seen.frames.push(text.clone()),
                        $module::Item::Skipped { bytes } => {
                            seen.skipped_reported += u64::from(bytes)
                        }
                        _ => {}
                    }
                    seen.items.push(text);
                });
            }
            seen.stats = decoder.stats();
            seen
        }
    };
}

const SENSORS: [Sensor; 4] = [
    Sensor {
        name: "cyton",
        checksum: false,
        run: run!(cyton, cyton::Item::Packet(_)),
        frames: cyton_frames,
    },
    Sensor {
        name: "thinkgear",
        checksum: true,
        run: run!(thinkgear, thinkgear::Item::Packet(_)),
        frames: thinkgear_frames,
    },
    Sensor {
        name: "gy_mcu90640",
        checksum: true,
        run: run!(gy_mcu90640, gy_mcu90640::Item::Frame(_)),
        frames: gy_frames,
    },
    Sensor {
        name: "woklink",
        checksum: true,
        run: run!(woklink, woklink::Item::Message { .. }),
        frames: woklink_frames,
    },
];

fn cyton_frames(n: usize) -> Vec<Vec<u8>> {
    (0..n)
        .map(|i| {
            let channels =
                std::array::from_fn(|c| (i as i32 * 7919 + c as i32 * 104_729) % 0x7F_FFFF);
            cyton::Packet {
                number: i as u8,
                channels,
                stop: cyton::Stop::ALL[i % 7],
                aux: [i as u8; 6],
            }
            .to_bytes()
            .to_vec()
        })
        .collect()
}

fn thinkgear_frames(n: usize) -> Vec<Vec<u8>> {
    use thinkgear::Row;
    (0..n)
        .map(|i| {
            let bands = Row::Bands(std::array::from_fn(|b| (i * 1000 + b) as u32));
            let rows = [
                Row::Raw(i as i16 - 100),
                Row::PoorSignal(0),
                bands,
                Row::Attention(i as u8),
                Row::Meditation(50),
            ];
            let mut out = [0; thinkgear::MAX_PACKET];
            let len =
                thinkgear::encode(if i % 5 == 4 { &rows } else { &rows[..1] }, &mut out).unwrap();
            out[..len].to_vec()
        })
        .collect()
}

fn gy_frames(n: usize) -> Vec<Vec<u8>> {
    (0..n)
        .map(|i| {
            // 231.3 °C reads 5A 5A, the header: pixels as hot as a wok are full of false syncs.
            let pixels = std::array::from_fn(|p| {
                if (p + i) % 3 == 0 {
                    0x5A5A
                } else {
                    (p * 31 + i) as i16
                }
            });
            let mut out = vec![0; gy_mcu90640::FRAME_LEN];
            gy_mcu90640::encode(&pixels, i as i16, &mut out).unwrap();
            out
        })
        .collect()
}

fn woklink_frames(n: usize) -> Vec<Vec<u8>> {
    use woklink::{Audio, Message, Samples, Thermal};
    let pixels: Vec<i16> = (0..768).map(|p| p * 37).collect();
    let sound: Vec<i16> = (0..320).map(|s| s % 5 - 2).collect();
    let mut encoder = woklink::Encoder::new();
    (0..n)
        .map(|i| {
            let message = match i % 3 {
                0 => Message::Thermal(Thermal {
                    width: 32,
                    height: 24,
                    frame: i as u32,
                    first: 0,
                    ambient: 2500,
                    pixels: Samples::Native(&pixels),
                }),
                1 => Message::Audio(Audio {
                    first_sample: i as u64 * 320,
                    rate_hz: 16_000,
                    channels: 1,
                    samples: Samples::Native(&sound),
                }),
                _ => Message::Ping { id: i as u32 },
            };
            let mut out = vec![0; woklink::MAX_WIRE];
            let len = encoder
                .encode(i as u64 * 20_000, &message, &mut out)
                .unwrap();
            out.truncate(len);
            out
        })
        .collect()
}

/// `bytes` cut at the given places (taken modulo its length).
fn cut<'a>(bytes: &'a [u8], at: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = at.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    at.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for to in at.into_iter().chain([bytes.len()]) {
        pieces.push(&bytes[from..to]);
        from = to;
    }
    pieces
}

/// Bytes that look like something: random ones, and the formats' own marks.
fn noise(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => any::<u8>(),
        1 => prop::sample::select(vec![0xA0, 0xC0, 0xC6, 0xAA, 0x5A, 0x02, 0x06, 0x00, 0x01, 0xFF, 0x04, 0x80]),
    ];
    prop::collection::vec(byte, len)
}

/// Ends the wait for the rest of a false header's frame. A false header delays what follows by one frame at most, and loses nothing.
const FLUSH: [u8; 2 * gy_mcu90640::FRAME_LEN] = [0x11; 2 * gy_mcu90640::FRAME_LEN];

// Garbage that happens to be a valid frame (one in 256 for an 8-bit checksum) cannot be told from one; such cases are left out.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_are_all_accounted_for(bytes in noise(0..6000), at in prop::collection::vec(any::<usize>(), 0..12)) {
        for sensor in &SENSORS {
            let whole = (sensor.run)(&[&bytes]);
            prop_assert!(whole.stats.skipped_bytes <= bytes.len() as u64, "{}", sensor.name);
            prop_assert!(whole.skipped_reported <= whole.stats.skipped_bytes);
            prop_assert_eq!((sensor.run)(&cut(&bytes, &at)), whole, "{}", sensor.name);
        }
    }

    #[test]
    fn a_stream_split_anywhere_gives_the_same_items(n in 1_usize..8, junk in noise(0..300), at in prop::collection::vec(any::<usize>(), 0..12)) {
        for sensor in &SENSORS {
            let mut bytes = junk.clone();
            bytes.extend((sensor.frames)(n).concat());
            bytes.extend(&junk);
            bytes.extend((sensor.frames)(n).concat());
            let whole = (sensor.run)(&[&bytes]);
            prop_assert_eq!(&(sensor.run)(&cut(&bytes, &at)), &whole, "{}", sensor.name);
        }
    }

    #[test]
    fn garbage_before_a_stream_costs_at_most_two_frames(n in 4_usize..8, junk in noise(0..2000)) {
        for sensor in &SENSORS {
            let frames = (sensor.frames)(n);
            let clean = (sensor.run)(&[&frames.concat()]).frames;
            prop_assert_eq!(clean.len(), n, "{}", sensor.name);
            let seen = (sensor.run)(&[&junk, &frames.concat(), &FLUSH]).frames;
            if sensor.checksum && seen.iter().any(|frame| !clean.contains(frame)) {
                continue;
            }
            prop_assert!(seen.ends_with(&clean[2..]), "{}: {} of {n} frames", sensor.name, seen.len());
        }
    }

    #[test]
    fn a_spoiled_stretch_costs_at_most_two_frames_more(at in 0_usize..4000, junk in noise(1..40)) {
        for sensor in &SENSORS {
            let frames = (sensor.frames)(10);
            let clean = (sensor.run)(&[&frames.concat()]).frames;
            let mut bytes = frames.concat();
            // Inside the first six frames, so that four whole ones follow.
            let at = at % frames[..6].concat().len();
            for (byte, junk) in bytes.iter_mut().skip(at).zip(&junk) {
                *byte = *junk;
            }
            let hit = frames.iter().scan(0, |end, frame| { *end += frame.len(); Some(*end) }).filter(|end| *end < at + junk.len()).count();
            let seen = (sensor.run)(&[&bytes, &FLUSH]).frames;
            if sensor.checksum && seen.iter().any(|frame| !clean.contains(frame)) {
                continue;
            }
            prop_assert!(seen.ends_with(&clean[(hit + 3).min(10)..]), "{}: spoiled at {at}", sensor.name);
        }
    }
}

#[test]
fn a_byte_at_a_time_is_the_same() {
    for sensor in &SENSORS {
        let bytes = (sensor.frames)(4).concat();
        let whole = (sensor.run)(&[&bytes]);
        assert_eq!(
            whole.stats,
            Stats {
                frames: 4,
                ..Stats::default()
            },
            "{}",
            sensor.name
        );
        assert_eq!(
            (sensor.run)(&bytes.chunks(1).collect::<Vec<_>>()),
            whole,
            "{}",
            sensor.name
        );
    }
}

#[test]
fn a_frame_is_delivered_with_its_last_byte() {
    for sensor in &SENSORS {
        let frames = (sensor.frames)(3).concat();
        let short = &frames[..frames.len() - 1];
        assert_eq!((sensor.run)(&[short]).frames.len(), 2, "{}", sensor.name);
        assert_eq!(
            (sensor.run)(&[short, &frames[frames.len() - 1..]])
                .frames
                .len(),
            3,
            "{}",
            sensor.name
        );
    }
}

#[test]
fn lost_frames_are_gaps_where_there_is_a_counter() {
    for (sensor, expect) in SENSORS.iter().zip([(1, 2), (0, 0), (0, 0), (1, 2)]) {
        let mut frames = (sensor.frames)(6);
        frames.drain(2..4);
        let seen = (sensor.run)(&[&frames.concat()]);
        assert_eq!(
            (seen.stats.gaps, seen.stats.lost),
            expect,
            "{}",
            sensor.name
        );
        assert_eq!(
            seen.items.contains(&"Gap { lost: 2 }".to_owned()),
            expect.0 == 1,
            "{}",
            sensor.name
        );
    }
}

#[test]
fn spoiled_frames_are_bad_checksums_where_there_is_one() {
    for (sensor, expect) in SENSORS.iter().zip([0, 1, 1, 1]) {
        let mut frames = (sensor.frames)(6);
        // The last byte before a checksum or delimiter of a frame in the middle; never a header, never zero.
        let at = frames[3].len() / 2;
        frames[3][at] = frames[3][at].wrapping_add(1).max(1);
        let seen = (sensor.run)(&[&frames.concat()]);
        assert_eq!(
            seen.stats.bad_checksums, expect,
            "{}: {:?}",
            sensor.name, seen.items
        );
        assert_eq!(
            seen.items
                .iter()
                .filter(|item| *item == "BadChecksum")
                .count() as u64,
            expect
        );
    }
}

#[test]
fn endless_garbage_is_reported_while_it_lasts() {
    for sensor in &SENSORS {
        let seen = (sensor.run)(&[&[0x11; 20_000]]);
        assert!(
            seen.skipped_reported >= 12_288,
            "{}: {:?}",
            sensor.name,
            seen.stats
        );
        assert_eq!(seen.stats.frames, 0);
    }
}
