//! What the rig emits: deterministic, ordered in time, and readable by the decoders.

use std::hash::{DefaultHasher, Hash, Hasher};

use firmware_interfaces::{cyton, gy_mcu90640, thinkgear, woklink};
use wok_simulator::{
    Camera, Config, DISHES, Device, Faults, Headset, LinkDials, Microphone, Rig, Unplug,
};

/// Seconds of a cook that the tests look at.
const SPAN_S: f64 = 100.0;

/// Bytes, first and last arrival of each device over the first `span_s` seconds.
struct Heard {
    bytes: [Vec<u8>; 3],
    last_ns: [i64; 3],
    /// (arrival, bytes so far) after each block.
    marks: [Vec<(i64, usize)>; 3],
    rig: Rig,
}

fn listen(config: Config, span_s: f64) -> Heard {
    let mut rig = Rig::new(config);
    let (mut bytes, mut last_ns) = ([const { Vec::new() }; 3], [0; 3]);
    let mut marks = [const { Vec::new() }; 3];
    let mut newest = 0;
    while let Some(emission) = rig.next() {
        assert!(emission.at_ns >= newest, "arrivals never go back");
        assert!(!emission.bytes.is_empty());
        newest = emission.at_ns;
        let i = emission.device.index();
        bytes[i].extend_from_slice(emission.bytes);
        last_ns[i] = emission.at_ns;
        marks[i].push((emission.at_ns, bytes[i].len()));
        if newest as f64 > span_s * 1e9 {
            break;
        }
    }
    Heard {
        bytes,
        last_ns,
        marks,
        rig,
    }
}

fn hash(config: Config) -> u64 {
    let heard = listen(config, 30.0);
    let mut hasher = DefaultHasher::new();
    (&heard.bytes, &heard.marks).hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let config = || Config::new(DISHES[3], 42);
    assert_eq!(hash(config()), hash(config()));
    assert_ne!(hash(config()), hash(Config::new(DISHES[3], 43)));
}

#[test]
fn other_devices_see_the_same_cook_in_other_bytes() {
    let config = |devices| Config {
        devices,
        ..Config::new(DISHES[0], 42)
    };
    let (own, other) = (listen(config(None), 30.0), listen(config(Some(7)), 30.0));
    for device in 0..3 {
        assert_ne!(own.bytes[device], other.bytes[device], "device {device}");
    }
    let truths = [own, other].map(|heard| heard.rig.finish());
    assert_eq!(truths[0].reference, truths[1].reference);
    assert_eq!(truths[0].taste, truths[1].taste);
    assert_eq!(truths[0].hops, truths[1].hops);
}

#[test]
fn a_sensor_more_or_less_changes_neither_the_cook_nor_the_others() {
    let all = listen(Config::new(DISHES[0], 9), SPAN_S);
    let config = Config {
        camera: Camera::None,
        ..Config::new(DISHES[0], 9)
    };
    let without = listen(config, SPAN_S);
    let headset = Device::Headset.index();
    assert_eq!(all.bytes[headset], without.bytes[headset]);
    assert!(without.bytes[Device::Camera.index()].is_empty());
    let (a, b) = (all.rig.finish(), without.rig.finish());
    assert_eq!(a.hops, b.hops);
    assert_eq!(
        a.reference,
        wok_simulator::cook(&Config::physics(DISHES[0], 9)).reference
    );
    assert_eq!(a.reference, b.reference);
}

#[test]
fn cyton_packets_decode_without_a_gap_and_with_sane_voltages() {
    let heard = listen(Config::new(DISHES[0], 3), SPAN_S);
    let mut decoder = cyton::Decoder::new();
    let mut packets = Vec::new();
    decoder.push(&heard.bytes[0], |item| {
        if let cyton::Item::Packet(packet) = item {
            packets.push(*packet);
        }
    });
    assert_eq!(decoder.stats().gaps, 0);
    let expected = heard.bytes[0].len() / cyton::PACKET_LEN;
    assert!(
        packets.len() + 1 >= expected,
        "{} of {expected}",
        packets.len()
    );
    // Nearly 250 samples a second of true time.
    let clock = heard.rig.truth().clock(Device::Headset).expect("a headset");
    let span = clock.stamp(packets.len() as u64) - clock.stamp(0);
    assert!((packets.len() as f64 / span - 250.0).abs() < 0.1);
    for channel in 0..8 {
        let uv: Vec<f32> = packets
            .iter()
            .map(|p| cyton::microvolts(p.channels[channel], 24))
            .collect();
        let steps = uv.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f32>() / uv.len() as f32;
        assert!(
            (1.0..200.0).contains(&steps.sqrt()),
            "channel {channel}: {} µV",
            steps.sqrt()
        );
    }
    // A sample never arrives before it is true.
    for &(at_ns, bytes) in &heard.marks[0] {
        let newest = (bytes / cyton::PACKET_LEN) as u64;
        if newest > 0 {
            let late = at_ns as f64 * 1e-9 - heard.rig.truth().stamp(Device::Headset, newest - 1);
            assert!((0.004..0.080).contains(&late), "{late} s");
        }
    }
}

#[test]
fn thinkgear_packets_decode_with_one_summary_a_second() {
    let config = Config {
        headset: Headset::ThinkGear,
        camera: Camera::None,
        microphone: Microphone::None,
        ..Config::new(DISHES[0], 3)
    };
    let heard = listen(config, 20.0);
    let mut decoder = thinkgear::Decoder::new();
    let (mut raw, mut summaries) = (0, 0);
    decoder.push(&heard.bytes[0], |item| {
        if let thinkgear::Item::Packet(packet) = item {
            for row in packet.rows() {
                match row {
                    thinkgear::Row::Raw(_) => raw += 1,
                    thinkgear::Row::Bands(_) => summaries += 1,
                    thinkgear::Row::Attention(a) => assert!((1..=100).contains(&a)),
                    _ => {}
                }
            }
        }
    });
    let seconds = heard.last_ns[0] as f64 * 1e-9;
    assert_eq!(decoder.stats().bad_checksums, 0);
    assert!(
        (f64::from(raw) / 512.0 - seconds).abs() < 0.6,
        "{raw} in {seconds} s"
    );
    assert!(
        (f64::from(summaries) - seconds).abs() < 1.6,
        "{summaries} in {seconds} s"
    );
}

#[test]
fn thermal_frames_decode_and_show_the_wall() {
    for rate_hz in [0.5, 2.0, 8.0] {
        let camera = Camera::GyMcu90640 { rate_hz };
        let heard = listen(
            Config {
                camera,
                ..Config::new(DISHES[4], 8)
            },
            45.0,
        );
        let mut decoder = gy_mcu90640::Decoder::new();
        let mut hottest = Vec::new();
        decoder.push(&heard.bytes[1], |item| {
            if let gy_mcu90640::Item::Frame(frame) = item {
                hottest.push(frame.pixels().max().map_or(0.0, f32::from) * 0.01);
            }
        });
        let truth = heard.rig.truth();
        assert_eq!(decoder.stats().bad_checksums, 0);
        let rate = truth.clock(Device::Camera).expect("a camera").rate_hz;
        assert!((rate / f64::from(rate_hz) - 1.0).abs() < 0.01);
        assert!(
            (hottest.len() as f64 - 45.0 * rate).abs() < 2.0 + rate * 0.6,
            "{rate_hz} Hz"
        );
        // An empty, heating wok: the hottest pixel follows the wall, as far as emissivity allows.
        let last = hottest.len() as u64 - 1;
        let hop = (truth.stamp(Device::Camera, last) / 0.2) as usize;
        let (seen, wall) = (
            hottest[last as usize],
            truth.hops[hop.min(truth.hops.len() - 1)].wall_c,
        );
        assert!(
            wall > 150.0 && (seen - wall).abs() < 45.0,
            "seen {seen}, wall {wall}"
        );
    }
}

#[test]
fn the_microphone_hears_the_bloom() {
    let heard = listen(Config::new(DISHES[0], 5), 150.0);
    let truth = heard.rig.truth();
    let bloom = truth.acted[0].expect("the aromatics went in");
    let clock = truth.clock(Device::Microphone).expect("a microphone");
    let pcm: Vec<f64> = heard.bytes[2]
        .chunks_exact(2)
        .map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])))
        .collect();
    let level = |from: f64, to: f64| {
        let index = |t: f64| ((t - clock.offset_s) * clock.rate_hz) as usize;
        let part = &pcm[index(from)..index(to)];
        // The difference of neighbours is a simple high-pass: the sizzle, not the burner.
        let power = part.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / part.len() as f64;
        10.0 * power.log10()
    };
    let rise = level(bloom + 0.8, bloom + 2.8) - level(bloom - 1.5, bloom - 0.1);
    assert!((8.0..30.0).contains(&rise), "{rise} dB");
    let fade = level(bloom + 0.8, bloom + 2.8) - level(bloom + 8.0, bloom + 10.0);
    assert!(fade > 1.0, "{fade} dB");
}

#[test]
fn microphone_rates_and_blocks_are_as_configured() {
    for rate_hz in [16_000, 48_000] {
        let config = Config {
            headset: Headset::None,
            camera: Camera::None,
            microphone: Microphone::Pcm { rate_hz },
            link: LinkDials {
                drift_ppm: Some([0.0; 3]),
                ..LinkDials::default()
            },
            ..Config::new(DISHES[5], 1)
        };
        let heard = listen(config, 5.0);
        let block = heard.marks[2][0].1;
        assert_eq!(block, rate_hz as usize / 100 * 2);
        for (i, &(at_ns, _)) in heard.marks[2].iter().enumerate() {
            let end = heard
                .rig
                .truth()
                .stamp(Device::Microphone, (i as u64 + 1) * block as u64 / 2);
            let late = at_ns as f64 * 1e-9 - end;
            assert!((0.002..0.08).contains(&late), "{late} s");
        }
    }
}

#[test]
fn faults_do_what_their_dials_say() {
    let faults = Faults {
        packet_loss: 0.02,
        garbage: 0.02,
        unplug: vec![Unplug {
            device: Device::Headset,
            from_s: 10.0,
            to_s: 13.0,
        }],
        frozen: vec![(20.0, 30.0)],
        drift_ppm: 200.0,
        ..Faults::default()
    };
    let link = LinkDials {
        drift_ppm: Some([0.0; 3]),
        ..LinkDials::default()
    };
    let heard = listen(
        Config {
            faults,
            link,
            ..Config::new(DISHES[0], 6)
        },
        40.0,
    );
    let truth = heard.rig.truth();
    assert_eq!(
        truth.clock(Device::Headset).map(|c| c.drift_ppm),
        Some(200.0)
    );

    let mut decoder = cyton::Decoder::new();
    decoder.push(&heard.bytes[0], |_| {});
    let stats = decoder.stats();
    assert!(stats.gaps > 50 && stats.skipped_bytes > 500, "{stats:?}");
    let silent = heard.marks[0]
        .windows(2)
        .map(|m| m[1].0 - m[0].0)
        .max()
        .unwrap_or(0);
    assert!(
        (2_900_000_000..3_200_000_000).contains(&silent),
        "{silent} ns"
    );

    let mut decoder = gy_mcu90640::Decoder::new();
    let (mut repeats, mut last) = (0, Vec::new());
    decoder.push(&heard.bytes[1], |item| {
        if let gy_mcu90640::Item::Frame(frame) = item {
            let pixels = frame.pixels().collect::<Vec<i16>>();
            repeats += usize::from(pixels == last);
            last = pixels;
        }
    });
    assert!((70..=80).contains(&repeats), "{repeats} frozen frames");
}

#[test]
fn chili_dims_the_lens_and_loudens_the_sizzle() {
    let level = |chili: u8| {
        let faults = Faults {
            chili,
            ..Faults::default()
        };
        let heard = listen(
            Config {
                faults,
                ..Config::new(DISHES[0], 11)
            },
            130.0,
        );
        let sum: f64 = heard.bytes[2]
            .chunks_exact(2)
            .map(|b| f64::from(i16::from_le_bytes([b[0], b[1]])).powi(2))
            .sum();
        let mut hottest = 0.0_f32;
        let mut decoder = gy_mcu90640::Decoder::new();
        decoder.push(&heard.bytes[1], |item| {
            if let gy_mcu90640::Item::Frame(frame) = item {
                hottest = hottest.max(frame.pixels().max().map_or(0.0, f32::from) * 0.01);
            }
        });
        (sum, hottest)
    };
    let (mild, hot) = (level(0), level(5));
    assert!(hot.0 > 1.5 * mild.0, "power {} → {}", mild.0, hot.0);
    assert!(hot.1 < mild.1 - 10.0, "hottest {} → {} °C", mild.1, hot.1);
}

#[test]
fn woklink_frames_carry_device_time_and_pings_are_answered() {
    let camera = Camera::WokLink { rate_hz: 4.0 };
    let mut rig = Rig::new(Config {
        camera,
        headset: Headset::None,
        microphone: Microphone::None,
        ..Config::new(DISHES[1], 2)
    });
    let clock = rig.truth().clock(Device::Camera).expect("a camera");
    let mut decoder = woklink::Decoder::new();
    let (mut frames, mut hellos, mut pongs) = (0, 0, Vec::new());
    let mut asked_s = 5.0;
    let mut ping = [0; 64];
    while let Some(emission) = rig.next() {
        let at_s = emission.at_ns as f64 * 1e-9;
        decoder.push(emission.bytes, |item| {
            let woklink::Item::Message { header, message } = item else {
                return;
            };
            match message {
                woklink::Message::Hello(_) => hellos += 1,
                woklink::Message::Thermal(frame) => {
                    assert!(frame.is_whole());
                    let truth = clock.device_us(clock.stamp(u64::from(frame.frame)));
                    assert!(header.time_us.abs_diff(truth) <= 1);
                    frames += 1;
                }
                woklink::Message::Pong(pong) => pongs.push((pong, header.time_us, at_s)),
                _ => {}
            }
        });
        if at_s > asked_s {
            let header = woklink::Header {
                sequence: 0,
                time_us: (at_s * 1e6) as u64,
            };
            let len = woklink::encode(header, &woklink::Message::Ping { id: 7 }, &mut ping)
                .expect("a ping fits");
            rig.hear(Device::Camera, (at_s * 1e9) as i64, &ping[..len]);
            asked_s += 2.0;
        }
        if at_s > 20.0 {
            break;
        }
    }
    assert_eq!(hellos, 1);
    assert!((76..=82).contains(&frames), "{frames} frames");
    assert!(pongs.len() >= 6, "{} pongs", pongs.len());
    for (pong, answered_us, at_s) in pongs {
        let (t0, t3) = (pong.host_us as f64 * 1e-6, at_s);
        let rtt = (t3 - t0) - (answered_us - pong.received_us) as f64 * 1e-6;
        assert!((0.0..0.3).contains(&rtt), "{rtt} s");
        let received = clock.device_us(t0);
        assert!((200..3000).contains(&(pong.received_us - received)));
    }
}

#[test]
fn a_cyton_obeys_reset_and_start() {
    let mut rig = Rig::new(Config::new(DISHES[5], 4));
    let mut text = Vec::new();
    let mut silent_ns = 0;
    let (mut reset, mut started) = (false, false);
    while let Some(emission) = rig.next() {
        let at_ns = emission.at_ns;
        if emission.device == Device::Headset {
            if reset && !started {
                text.extend_from_slice(emission.bytes);
            }
            if started && silent_ns == 0 {
                silent_ns = at_ns;
            }
        }
        if at_ns > 1_000_000_000 && !reset {
            reset = true;
            rig.hear(Device::Headset, at_ns, b"v");
        } else if at_ns > 3_000_000_000 && !started {
            started = true;
            rig.hear(Device::Headset, at_ns, b"b");
        } else if at_ns > 4_000_000_000 {
            break;
        }
    }
    assert!(
        text.ends_with(b"$$$"),
        "{:?}",
        String::from_utf8_lossy(&text)
    );
    assert!(
        (3_000_000_000..3_100_000_000).contains(&silent_ns),
        "{silent_ns}"
    );
}

#[test]
fn a_long_unplugging_leaves_the_others_as_they_are() {
    let config = || Config {
        camera: Camera::None,
        ..Config::new(DISHES[0], 13)
    };
    let calm = listen(config(), SPAN_S);
    let unplug = vec![Unplug {
        device: Device::Headset,
        from_s: 5.0,
        to_s: 90.0,
    }];
    let faults = Faults {
        unplug,
        ..Faults::default()
    };
    let broken = listen(Config { faults, ..config() }, SPAN_S);
    let microphone = Device::Microphone.index();
    let common = calm.bytes[microphone]
        .len()
        .min(broken.bytes[microphone].len());
    assert!(common as f64 > 0.95 * SPAN_S * 32_000.0);
    assert_eq!(
        calm.bytes[microphone][..common],
        broken.bytes[microphone][..common]
    );
}
