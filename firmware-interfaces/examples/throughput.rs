//! How many megabytes of each sensor's bytes are decoded a second, on one core.
//!
//! `cargo run --release -p firmware-interfaces --example throughput [-- --json]`
//!
//! The stream decoders get reads of 4096 bytes, as from a serial port; the frame modules whole frames, turned into °C (of an InfiRay
//! frame only half is temperatures; all its bytes are counted). Every value
//! is looked at, so that no work can be left out. The best of several rounds is told: the machine's own noise only ever slows.
//! WokLink stands beside the crates `cobs` and `crc32fast` on the same bytes, round by round.

use std::hint::black_box;
use std::time::{Duration, Instant};

use firmware_interfaces::{cyton, gy_mcu90640, infiray, lepton, lsl, thinkgear, woklink};

/// Bytes of a round.
const ROUND: usize = 8 << 20;
const ROUNDS: u32 = 15;

fn main() {
    let json = std::env::args().any(|arg| arg == "--json");
    for (name, bytes, mut decode) in decoders() {
        let mut peer = peer(name);
        let (mut best, mut best_peer) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            best = best.min(time(&mut decode, &bytes));
            if let Some((_, decode)) = &mut peer {
                best_peer = best_peer.min(time(decode, &bytes));
            }
        }
        let speed = |best: Duration| bytes.len() as f64 / 1e6 / best.as_secs_f64();
        let value = speed(best);
        let beside = peer.map(|(name, _)| (name, speed(best_peer)));
        match (json, beside) {
            (true, None) => println!(r#"{{"name":"{name}","value":{value:.1},"unit":"MB/s"}}"#),
            (true, Some((peer, other))) => println!(
                r#"{{"name":"{name}","value":{value:.1},"unit":"MB/s","peer":"{peer}","peer_value":{other:.1}}}"#
            ),
            (false, None) => println!("{name:<20} {value:8.1} MB/s"),
            (false, Some((peer, other))) => {
                println!("{name:<20} {value:8.1} MB/s ({peer}: {other:.1})");
            }
        }
    }
}

fn time(decode: &mut Decode, bytes: &[u8]) -> Duration {
    let start = Instant::now();
    black_box(decode(black_box(bytes)));
    start.elapsed()
}

/// What others have for the same bytes.
fn peer(name: &str) -> Option<(&'static str, Decode)> {
    let decode: Decode = Box::new(decode_cobs);
    (name == "decode_woklink").then_some(("cobs and crc32fast", decode))
}

type Decode = Box<dyn FnMut(&[u8]) -> i64>;

fn decoders() -> Vec<(&'static str, Vec<u8>, Decode)> {
    vec![
        ("decode_cyton", repeat(cyton_packet), Box::new(decode_cyton)),
        (
            "decode_thinkgear",
            repeat(thinkgear_packet),
            Box::new(decode_thinkgear),
        ),
        (
            "decode_gy_mcu90640",
            repeat(gy_frame),
            Box::new(decode_gy_mcu90640),
        ),
        (
            "decode_lepton",
            repeat(lepton_frame),
            Box::new(decode_lepton),
        ),
        (
            "decode_infiray",
            repeat(infiray_frame),
            Box::new(decode_infiray),
        ),
        (
            "decode_woklink",
            repeat(woklink_frame),
            Box::new(decode_woklink),
        ),
        ("decode_lsl", repeat(lsl_sample), Box::new(decode_lsl)),
    ]
}

/// Frames until a round is full.
fn repeat(frame: fn(usize, &mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(ROUND + (1 << 18));
    let mut i = 0;
    while bytes.len() < ROUND {
        frame(i, &mut bytes);
        i += 1;
    }
    bytes
}

fn wave(i: usize, amplitude: f32) -> f32 {
    (i as f32 * 0.37).sin() * amplitude
}

fn cyton_packet(i: usize, bytes: &mut Vec<u8>) {
    let channels = std::array::from_fn(|c| wave(i + c, 2e5) as i32);
    bytes.extend(
        cyton::Packet {
            number: i as u8,
            channels,
            stop: cyton::Stop::Accelerometer,
            aux: [0; 6],
        }
        .to_bytes(),
    );
}

fn decode_cyton(bytes: &[u8]) -> i64 {
    let mut decoder = cyton::Decoder::new();
    let mut sum = 0;
    for read in bytes.chunks(4096) {
        decoder.push(read, |item| {
            if let cyton::Item::Packet(packet) = item {
                sum += packet.channels.iter().map(|&c| i64::from(c)).sum::<i64>();
            }
        });
    }
    sum
}

fn thinkgear_packet(i: usize, bytes: &mut Vec<u8>) {
    use thinkgear::Row;
    let mut out = [0; thinkgear::MAX_PACKET];
    let each_second = [
        Row::PoorSignal(0),
        Row::Bands([70_000; 8]),
        Row::Attention(60),
        Row::Meditation(40),
    ];
    let raw = [Row::Raw(wave(i, 900.0) as i16)];
    let rows: &[Row<'_>] = if i % 513 == 512 { &each_second } else { &raw };
    if let Ok(n) = thinkgear::encode(rows, &mut out) {
        bytes.extend(&out[..n]);
    }
}

fn decode_thinkgear(bytes: &[u8]) -> i64 {
    let mut decoder = thinkgear::Decoder::new();
    let mut sum = 0;
    for read in bytes.chunks(4096) {
        decoder.push(read, |item| {
            if let thinkgear::Item::Packet(packet) = item {
                for row in packet.rows() {
                    sum += match row {
                        thinkgear::Row::Raw(raw) => i64::from(raw),
                        thinkgear::Row::Bands(bands) => i64::from(bands[3]),
                        _ => 1,
                    };
                }
            }
        });
    }
    sum
}

fn gy_frame(i: usize, bytes: &mut Vec<u8>) {
    let pixels = std::array::from_fn(|p| 12_000 + wave(i + p, 9000.0) as i16);
    let mut out = [0; gy_mcu90640::FRAME_LEN];
    if let Ok(n) = gy_mcu90640::encode(&pixels, 3000, &mut out) {
        bytes.extend(&out[..n]);
    }
}

fn decode_gy_mcu90640(bytes: &[u8]) -> i64 {
    let mut decoder = gy_mcu90640::Decoder::new();
    let mut sum = 0;
    for read in bytes.chunks(4096) {
        decoder.push(read, |item| {
            if let gy_mcu90640::Item::Frame(frame) = item {
                sum += frame
                    .unmirrored()
                    .iter()
                    .map(|&p| i64::from(p))
                    .sum::<i64>();
            }
        });
    }
    sum
}

fn lepton_frame(i: usize, bytes: &mut Vec<u8>) {
    let model = lepton::Model::Lepton3;
    let counts: Vec<u16> = (0..model.pixels())
        .map(|p| 40_000 + wave(i + p, 9000.0) as i16 as u16)
        .collect();
    let telemetry = lepton::Telemetry {
        tlinear: true,
        tlinear_centi: true,
        ..Default::default()
    };
    let mut out = vec![0; model.frame_len(true)];
    if lepton::encode(model, &counts, Some(&telemetry), &mut out).is_ok() {
        bytes.extend(out);
    }
}

fn decode_lepton(bytes: &[u8]) -> i64 {
    let mut sum = 0.0;
    for frame in bytes.chunks_exact(lepton::Model::Lepton3.frame_len(true)) {
        let frame = lepton::Frame::parse(frame);
        if let Some(celsius) = frame.ok().and_then(|frame| frame.celsius().ok()) {
            sum += celsius.map(f64::from).sum::<f64>();
        }
    }
    sum as i64
}

fn infiray_frame(i: usize, bytes: &mut Vec<u8>) {
    let mut values = [0; infiray::PIXELS];
    for (p, value) in values.iter_mut().enumerate() {
        *value = infiray::value(150.0 + wave(i + p, 90.0));
    }
    let mut out = vec![0; infiray::FRAME_LEN];
    if infiray::encode(&values, &mut out).is_ok() {
        bytes.extend(out);
    }
}

fn decode_infiray(bytes: &[u8]) -> i64 {
    let mut sum = 0.0;
    for frame in bytes.chunks_exact(infiray::FRAME_LEN) {
        if let Ok(frame) = infiray::Frame::parse(frame) {
            sum += frame.celsius().map(f64::from).sum::<f64>();
        }
    }
    sum as i64
}

/// A rig's mix: 8 thermal frames and 50 blocks of 20 ms of quiet sound (whose high bytes are often zero) a second.
fn woklink_frame(i: usize, bytes: &mut Vec<u8>) {
    use woklink::{Audio, Header, Message, Samples, Thermal};
    let mut out = [0; woklink::MAX_WIRE];
    let header = Header {
        sequence: i as u16,
        time_us: i as u64 * 20_000,
    };
    let sound: [i16; 320] = std::array::from_fn(|s| wave(i * 320 + s, 700.0) as i16);
    let pixels: [i16; 768] = std::array::from_fn(|p| 12_000 + wave(i + p, 9000.0) as i16);
    let message = if i % 7 == 6 {
        let pixels = Samples::Native(&pixels);
        Message::Thermal(Thermal {
            width: 32,
            height: 24,
            frame: i as u32,
            first: 0,
            ambient: 3000,
            pixels,
        })
    } else {
        let samples = Samples::Native(&sound);
        Message::Audio(Audio {
            first_sample: i as u64 * 320,
            rate_hz: 16_000,
            channels: 1,
            samples,
        })
    };
    if let Ok(n) = woklink::encode(header, &message, &mut out) {
        bytes.extend(&out[..n]);
    }
}

fn decode_woklink(bytes: &[u8]) -> i64 {
    let mut decoder = woklink::Decoder::new();
    let mut sum = 0;
    for read in bytes.chunks(4096) {
        decoder.push(read, |item| {
            if let woklink::Item::Message { message, .. } = item {
                sum += match message {
                    woklink::Message::Thermal(thermal) => {
                        thermal.pixels.iter().map(i64::from).sum::<i64>()
                    }
                    woklink::Message::Audio(audio) => {
                        audio.samples.iter().map(i64::from).sum::<i64>()
                    }
                    _ => 1,
                };
            }
        });
    }
    sum
}

/// A feed of 64 channels of 32-bit floats, each sample with its stamp.
fn lsl_sample(i: usize, bytes: &mut Vec<u8>) {
    let mut out = [0; 512];
    if i == 0 {
        let header = lsl::Header {
            shape: lsl::Shape {
                format: lsl::Format::Float32,
                channels: 64,
                order: lsl::ByteOrder::Little,
            },
            rate_hz: 1000.0,
            scale: 1.0,
            begins: false,
        };
        bytes.extend(header.encode(&mut out).map_or(&[][..], |n| &out[..n]));
    }
    let values: [lsl::Number; 64] =
        std::array::from_fn(|c| lsl::Number::Float32(wave(i + c, 100.0)));
    let stamp = lsl::Stamp::Seconds(i as f64 / 1000.0);
    if let Ok(n) = lsl::encode(stamp, &values, lsl::ByteOrder::Little, &mut out) {
        bytes.extend(&out[..n]);
    }
}

fn decode_lsl(bytes: &[u8]) -> i64 {
    let mut decoder = lsl::Decoder::new();
    let mut sum = 0.0;
    for read in bytes.chunks(4096) {
        decoder.push(read, |item| {
            if let lsl::Item::Number { value, .. } = item {
                sum += value.as_f64();
            }
        });
    }
    sum as i64
}

/// Frames taken out of COBS and checked; their fields are not read, only their bytes as samples.
fn decode_cobs(bytes: &[u8]) -> i64 {
    let mut frame = [0; woklink::MAX_WIRE];
    let mut sum = 0;
    for wire in bytes.split(|&byte| byte == 0) {
        let Ok(report) = cobs::decode(wire, &mut frame) else {
            continue;
        };
        let Some((body, crc)) = frame[..report.frame_size()].split_last_chunk::<4>() else {
            continue;
        };
        if crc32fast::hash(body) == u32::from_le_bytes(*crc) {
            let samples = body.as_chunks::<2>().0;
            sum += samples
                .iter()
                .map(|&s| i64::from(i16::from_le_bytes(s)))
                .sum::<i64>();
        }
    }
    sum
}
