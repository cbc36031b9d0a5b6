//! The decoders on bytes that nobody here wrote.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

mod common;

use common::recording;
use firmware_interfaces::{Stats, cyton, gy_mcu90640, thinkgear};

const CYTON_BYTES: &str = "cyton/roflecopter_cyton_33byte.bin";
const CYTON_TEXT: &str = "cyton/roflecopter_OpenBCI-GUI-2024-01-24_16-28-32.txt";

fn cyton_packets(bytes: &[u8], piece: usize) -> (Vec<cyton::Packet>, Stats) {
    let mut decoder = cyton::Decoder::new();
    let mut packets = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.push(piece, |item| {
            if let cyton::Item::Packet(packet) = item {
                packets.push(*packet);
            }
        });
    }
    (packets, decoder.stats())
}

#[test]
fn every_thinkgear_packet_of_a_headset_is_read() {
    let Some(bytes) = recording("thinkgear/akloster_baseline.bytes") else {
        return;
    };
    for piece in [1, 7, 64, 4096, bytes.len()] {
        let mut decoder = thinkgear::Decoder::new();
        let (mut raw, mut bands, mut out_of_range, mut malformed) = (0, 0, 0, 0);
        for piece in bytes.chunks(piece) {
            decoder.push(piece, |item| {
                let thinkgear::Item::Packet(packet) = item else {
                    return;
                };
                for row in packet.rows() {
                    match row {
                        thinkgear::Row::Raw(count) => {
                            raw += 1;
                            out_of_range += u32::from(!(-2048..=2047).contains(&count));
                        }
                        thinkgear::Row::Bands(_) => bands += 1,
                        thinkgear::Row::Malformed(_) | thinkgear::Row::Unknown { .. } => {
                            malformed += 1
                        }
                        _ => {}
                    }
                }
            });
        }
        let stats = decoder.stats();
        assert_eq!(
            (stats.frames, stats.bad_checksums),
            (165_415, 0),
            "in pieces of {piece}"
        );
        assert_eq!((out_of_range, malformed), (0, 0));
        // One row of bands a second in 322.4 s, and 512 raw samples a second.
        assert!(
            (320..=325).contains(&bands) && raw + bands == 165_415,
            "{raw} raw, {bands} bands"
        );
    }
}

#[test]
fn every_cyton_packet_of_a_board_is_read() {
    let Some(bytes) = recording(CYTON_BYTES) else {
        return;
    };
    for piece in [1, 10, 33, 1000, bytes.len()] {
        let (packets, stats) = cyton_packets(&bytes, piece);
        assert_eq!(packets.len(), 2_841, "in pieces of {piece}");
        assert_eq!(stats.skipped_bytes, 0);
        for (packet, sent) in packets.iter().zip(bytes.as_chunks::<33>().0) {
            assert_eq!(packet.to_bytes(), *sent);
        }
    }
    // A decoder that trusted any header with a stop byte 32 bytes later would be taken in this often.
    let aligned = bytes.len() / cyton::PACKET_LEN;
    let syncs = bytes
        .windows(cyton::PACKET_LEN)
        .filter(|w| w[0] == 0xA0 && cyton::Stop::from_byte(w[32]).is_some())
        .count();
    assert_eq!(syncs - aligned, 10, "false syncs inside payloads");
}

#[test]
fn a_cyton_stream_joined_anywhere_has_no_false_packet() {
    let Some(bytes) = recording(CYTON_BYTES) else {
        return;
    };
    let sent: std::collections::HashSet<&[u8]> = bytes.chunks_exact(cyton::PACKET_LEN).collect();
    for start in 0..bytes.len() - 5 * cyton::PACKET_LEN {
        let (packets, stats) = cyton_packets(&bytes[start..start + 5 * cyton::PACKET_LEN], 64);
        for packet in &packets {
            assert!(
                sent.contains(&packet.to_bytes()[..]),
                "a packet nobody sent, begun at byte {start}"
            );
        }
        let whole = 5 - usize::from(start % cyton::PACKET_LEN != 0);
        assert!(
            packets.len() >= whole - 1,
            "{} of {whole} packets from byte {start}",
            packets.len()
        );
        assert!(stats.skipped_bytes < 2 * cyton::PACKET_LEN as u64);
    }
}

#[test]
fn a_lost_byte_anywhere_costs_its_own_cyton_packet_only() {
    let Some(bytes) = recording(CYTON_BYTES) else {
        return;
    };
    let bytes = &bytes[..60 * cyton::PACKET_LEN];
    // The first packet is confirmed by the second one's header; from there on the decoder is in sync.
    for lost in cyton::PACKET_LEN + 1..bytes.len() - 2 * cyton::PACKET_LEN {
        let cut = [&bytes[..lost], &bytes[lost + 1..]].concat();
        let (packets, stats) = cyton_packets(&cut, 50);
        assert_eq!(packets.len(), 59, "byte {lost} lost");
        assert_eq!(stats.skipped_bytes, 32);
    }
}

#[test]
fn microvolts_and_acceleration_are_those_of_the_log() {
    let (Some(bytes), Some(text)) = (recording(CYTON_BYTES), recording(CYTON_TEXT)) else {
        return;
    };
    let text = String::from_utf8(text).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let (packets, _) = cyton_packets(&bytes, 4096);
    let mut compared = 0;
    let mut acceleration = None;
    for (row, packet) in rows.zip(&packets) {
        let columns: Vec<f64> = row
            .split(", ")
            .take(13)
            .map(|column| column.trim().parse().unwrap())
            .collect();
        assert_eq!(f64::from(packet.number), columns[0]);
        for (&count, expect) in packet.channels.iter().zip(&columns[1..9]) {
            let got = cyton::microvolts(count, 24);
            // A nearest f32 is within 2⁻²⁴ of its value.
            assert!(
                (f64::from(got) - expect).abs() <= expect.abs() * 6e-8 + 1e-12,
                "{got} for {expect}"
            );
        }
        if let cyton::Aux::Accelerometer(new) = packet.aux(cyton::AxisForm::Firmware) {
            // The program that wrote the log takes X = 0 for "no new value", and misses one here.
            if new.x != 0 {
                acceleration = Some(new.g());
            }
        }
        // It repeats the last acceleration until a new one comes.
        for (got, expect) in acceleration.unwrap().into_iter().zip(&columns[9..12]) {
            assert!((f64::from(got) - expect).abs() < 1e-6, "row {compared}");
        }
        assert_eq!(f64::from(packet.stop.byte()), columns[12]);
        compared += 1;
    }
    assert_eq!(compared, 2_841);
}

#[test]
fn frames_of_a_real_mlx90640_survive_the_module_s_bytes() {
    for (name, frames, not_finite_or_absurd) in [
        ("mlx90640/ds-16-55-20200521-DSN200uG.raw", 708, false),
        ("mlx90640/ds-16-55-20200704-DSN4xG200uA5u.raw", 1211, true),
    ] {
        let Some(bytes) = recording(name) else { return };
        let mut decoder = gy_mcu90640::Decoder::new();
        let (mut seen, mut clamped, mut worst) = (0, 0, 0.0_f32);
        for record in bytes.chunks_exact(4 * gy_mcu90640::PIXELS) {
            let celsius: Vec<f32> = record
                .as_chunks()
                .0
                .iter()
                .map(|&word| f32::from_le_bytes(word))
                .collect();
            let pixels: [i16; gy_mcu90640::PIXELS] =
                std::array::from_fn(|i| gy_mcu90640::centi_celsius(celsius[i]));
            let mut wire = [0; gy_mcu90640::FRAME_LEN];
            gy_mcu90640::encode(&pixels, 2500, &mut wire).unwrap();
            decoder.push(&wire, |item| {
                let gy_mcu90640::Item::Frame(frame) = item else {
                    panic!("{item:?}")
                };
                seen += 1;
                for (got, &sent) in frame.pixels().zip(&celsius) {
                    // A NaN is in no range.
                    if !(-327.68..=327.67).contains(&sent) {
                        clamped += 1;
                    } else {
                        worst = worst.max((f32::from(got) / 100.0 - sent).abs());
                    }
                }
            });
        }
        assert_eq!(seen, frames);
        assert_eq!(
            clamped > 0,
            not_finite_or_absurd,
            "{clamped} pixels clamped"
        );
        assert!(worst <= 0.0051, "{worst} °C lost by rounding");
    }
}
