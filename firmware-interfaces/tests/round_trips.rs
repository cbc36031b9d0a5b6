//! What is encoded comes out again, for every value a message can hold.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helper functions too"
)]

use firmware_interfaces::{
    Stats, TooSmall, cyton, gy_mcu90640, infiray, lepton, thinkgear, woklink,
};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

fn cyton_packet() -> impl Strategy<Value = cyton::Packet> {
    let count = prop_oneof![
        cyton::MIN_COUNT..=cyton::MAX_COUNT,
        Just(cyton::MIN_COUNT),
        Just(cyton::MAX_COUNT)
    ];
    (
        any::<u8>(),
        prop::array::uniform8(count),
        0..7_usize,
        any::<[u8; 6]>(),
    )
        .prop_map(|(number, channels, stop, aux)| cyton::Packet {
            number,
            channels,
            stop: cyton::Stop::ALL[stop],
            aux,
        })
}

fn check_woklink(
    header: woklink::Header,
    message: &woklink::Message<'_>,
) -> Result<(), TestCaseError> {
    let mut out = [0; woklink::MAX_WIRE];
    let n = woklink::encode(header, message, &mut out).unwrap();
    prop_assert!(!out[..n - 1].contains(&0) && out[n - 1] == 0);
    let mut got = 0;
    let mut decoder = woklink::Decoder::new();
    decoder.push(&out[..n], |item| {
        assert_eq!(
            item,
            woklink::Item::Message {
                header,
                message: *message
            }
        );
        got += 1;
    });
    prop_assert_eq!(
        (got, decoder.stats()),
        (
            1,
            Stats {
                frames: 1,
                ..Stats::default()
            }
        )
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cyton(packets in prop::collection::vec(cyton_packet(), 1..20)) {
        let mut bytes = Vec::new();
        for packet in &packets {
            let mut out = [0; cyton::PACKET_LEN];
            prop_assert_eq!(cyton::encode(packet, &mut out), Ok(cyton::PACKET_LEN));
            bytes.extend(out);
        }
        // The first packet waits for the header after it; a board sends one.
        bytes.push(cyton::HEADER);
        let mut got = Vec::new();
        cyton::Decoder::new().push(&bytes, |item| if let cyton::Item::Packet(packet) = item { got.push(*packet) });
        prop_assert_eq!(got, packets);
    }

    #[test]
    fn cyton_auxiliary_bytes(number: u8, aux: [u8; 6], stop in 0..7_usize) {
        let stop = cyton::Stop::ALL[stop];
        for form in [cyton::AxisForm::Firmware, cyton::AxisForm::Documented] {
            let read = cyton::Aux::decode(number, stop, aux, form);
            let (stop_again, aux_again) = read.encode();
            prop_assert_eq!(stop_again, stop);
            prop_assert_eq!(cyton::Aux::decode(number, stop, aux_again, form), read);
        }
    }

    #[test]
    fn thinkgear(raw: i16, signal: u8, levels: [u8; 2], bands in prop::array::uniform8(0..0x100_0000_u32), id: u16, scanning: bool) {
        use thinkgear::{Dongle, Row};
        for rows in [
            &[Row::Raw(raw)][..],
            &[Row::PoorSignal(signal), Row::Bands(bands), Row::Attention(levels[0]), Row::Meditation(levels[1])],
            &[Row::Dongle(Dongle::Connected { id }), Row::Dongle(Dongle::NotFound { id }), Row::Dongle(Dongle::Disconnected { id })],
            &[Row::Dongle(Dongle::Denied), Row::Dongle(Dongle::Standby { scanning })],
            &[Row::Unknown { extended: 2, code: 0x7E, value: &[signal] }, Row::Unknown { extended: 0, code: 0x90, value: &levels }],
            &[],
        ] {
            let mut out = [0; thinkgear::MAX_PACKET];
            let n = thinkgear::encode(rows, &mut out).unwrap();
            let mut got = 0;
            thinkgear::Decoder::new().push(&out[..n], |item| {
                let thinkgear::Item::Packet(packet) = item else { panic!("{item:?}") };
                assert!(packet.rows().eq(rows.iter().copied()), "{rows:?}");
                got += 1;
            });
            prop_assert_eq!(got, 1);
            prop_assert_eq!(thinkgear::encode(rows, &mut out[..n - 1]), Err(TooSmall { needed: n }));
        }
    }

    #[test]
    fn thinkgear_rows_of_any_payload_end(payload in prop::collection::vec(any::<u8>(), 0..=169)) {
        let packet = thinkgear::Packet { payload: &payload };
        let rows: Vec<_> = packet.rows().collect();
        prop_assert!(rows.len() <= payload.len());
        let mut out = [0; thinkgear::MAX_PACKET];
        let n = thinkgear::encode(&rows, &mut out).unwrap();
        prop_assert!(n <= payload.len() + 6, "a row that was read can be written");
    }

    #[test]
    fn gy_mcu90640(pixels in prop::collection::vec(any::<i16>(), gy_mcu90640::PIXELS), ambient: i16, emissivity: u8) {
        let mut out = [0; gy_mcu90640::FRAME_LEN + 4];
        let pixels: [i16; gy_mcu90640::PIXELS] = pixels.try_into().unwrap();
        gy_mcu90640::encode(&pixels, ambient, &mut out).unwrap();
        gy_mcu90640::encode_emissivity(emissivity, &mut out[gy_mcu90640::FRAME_LEN..]).unwrap();
        let mut decoder = gy_mcu90640::Decoder::new();
        // A reply before, between and after frames: never a frame, never lost.
        let mut got = (0, 0);
        for bytes in [&out[gy_mcu90640::FRAME_LEN..], &out, &out] {
            decoder.push(bytes, |item| match item {
                gy_mcu90640::Item::Frame(frame) => {
                    assert!(frame.pixels().eq(pixels) && frame.ambient() == ambient);
                    got.0 += 1;
                }
                gy_mcu90640::Item::Emissivity(e) => {
                    assert_eq!(e, emissivity);
                    got.1 += 1;
                }
                other => panic!("{other:?}"),
            });
        }
        prop_assert_eq!(got, (2, 3));
    }

    #[test]
    fn lepton(counts in prop::collection::vec(any::<u16>(), 19_200), words: [u32; 3], temperatures: [u16; 2], bits: u8, ffc in 0..4_usize) {
        use lepton::{FfcState, Gain, Model, Status, Telemetry};
        let bit = |n: u8| bits >> n & 1 == 1;
        let telemetry = Telemetry {
            uptime_ms: words[0],
            status: Status {
                ffc_desired: bit(0),
                ffc: [FfcState::Never, FfcState::Imminent, FfcState::InProgress, FfcState::Complete][ffc],
                agc: bit(1),
                shutter_lockout: bit(2),
                overtemperature: bit(3),
            },
            frame_counter: words[1],
            fpa_centikelvin: temperatures[0],
            housing_centikelvin: temperatures[1],
            last_ffc_ms: words[2],
            gain: if bit(4) { Gain::Low } else { Gain::High },
            tlinear: bit(5),
            tlinear_centi: bit(6),
        };
        for model in Model::ALL {
            let mut out = [0; 39_040];
            let counts = &counts[..model.pixels()];
            let n = lepton::encode(model, counts, Some(&telemetry), &mut out).unwrap();
            let frame = lepton::Frame::parse(&out[..n]).unwrap();
            prop_assert_eq!(frame.telemetry(), Some(telemetry));
            prop_assert!(frame.counts().eq(counts.iter().copied()));
            prop_assert_eq!(frame.celsius().is_ok(), telemetry.tlinear && !telemetry.status.agc);
        }
    }

    #[test]
    fn infiray(seed: u16) {
        let values = std::array::from_fn(|i| seed.wrapping_mul(i as u16));
        let mut out = vec![0; infiray::FRAME_LEN];
        infiray::encode(&values, &mut out).unwrap();
        prop_assert!(infiray::Frame::parse(&out).unwrap().values().eq(values));
    }

    #[test]
    fn woklink(
        sequence: u16,
        time_us: u64,
        words: [u32; 2],
        longs: [u64; 2],
        bytes: [u8; 4],
        samples in prop::collection::vec(prop_oneof![any::<i16>(), Just(0)], 0..=woklink::MAX_SAMPLES),
        name in "\\PC{0,8}",
    ) {
        use woklink::{Audio, Gas, Hello, Imu, Message, Pong, Quantity, Samples, Temperature, Thermal};
        let header = woklink::Header { sequence, time_us };
        let payload: Vec<u8> = samples.iter().map(|&s| s as u8).collect();
        let [x, y] = bytes.as_chunks::<2>().0 else { unreachable!() };
        let (x, y) = (i16::from_le_bytes(*x), i16::from_le_bytes(*y));
        for message in [
            Message::Hello(Hello { boot_id: words[0], device_id: longs[0], firmware: [bytes[0], bytes[1], bytes[2]], capabilities: sequence, name: &name }),
            Message::Identify,
            Message::Ping { id: words[0] },
            Message::Pong(Pong { id: words[0], host_us: longs[0], received_us: longs[1] }),
            Message::Thermal(Thermal { width: sequence, height: 7, frame: words[0], first: words[1], ambient: x, pixels: Samples::Native(&samples) }),
            Message::Audio(Audio { first_sample: longs[0], rate_hz: words[0], channels: bytes[0], samples: Samples::Native(&samples) }),
            Message::Temperature(Temperature { sensor: bytes[0], milli_celsius: words[0] as i32 }),
            Message::Imu(Imu { sensor: bytes[0], milli_g: [x, y, x], deci_dps: [y, x, y] }),
            Message::Gas(Gas { sensor: bytes[0], quantity: Quantity::from_code(bytes[1]), value: words[0] }),
            Message::Unknown { kind: 0x80 | bytes[0], payload: &payload },
        ] {
            check_woklink(header, &message)?;
        }
    }

    #[test]
    fn commands_of_any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
        let mut out = [0; 16];
        if let Some((command, n)) = cyton::Command::decode(&bytes) {
            prop_assert_eq!(command.encode(&mut out), Ok(n));
            prop_assert_eq!(&out[..n], &bytes[..n]);
        }
        if let Some((command, n)) = thinkgear::Command::decode(&bytes) {
            prop_assert_eq!(command.encode(&mut out), Ok(n));
            prop_assert_eq!(&out[..n], &bytes[..n]);
        }
        if let Some((command, n)) = gy_mcu90640::Command::decode(&bytes) {
            prop_assert_eq!(command.encode(&mut out), Ok(n));
            prop_assert_eq!(&out[..n], &bytes[..n]);
        }
    }
}

#[test]
fn the_mlx90640_s_own_bytes_are_the_documented_ones() {
    let mut out = [0; gy_mcu90640::FRAME_LEN];
    gy_mcu90640::encode(&[0; gy_mcu90640::PIXELS], 0, &mut out).unwrap();
    assert_eq!(out[..4], [0x5A, 0x5A, 0x02, 0x06]);
    // 5A5A + 0602: the checksum takes the header in.
    assert_eq!(out[1542..], 0x605C_u16.to_le_bytes());
    let mut reply = [0; 4];
    gy_mcu90640::encode_emissivity(95, &mut reply).unwrap();
    assert_eq!(reply, [0x5A, 0x5A, 0x5F, 0x13]);
}

#[test]
fn a_reply_s_bytes_inside_a_frame_are_no_reply() {
    // 231.3 °C and then 49.59 °C read as the emissivity reply 5A 5A 5F 13; a decoder that joins before them must not believe it.
    let mut pixels = [3000; gy_mcu90640::PIXELS];
    (pixels[400], pixels[401]) = (0x5A5A, 0x135F);
    let mut out = [0; gy_mcu90640::FRAME_LEN];
    gy_mcu90640::encode(&pixels, 2500, &mut out).unwrap();
    let mut frames = 0;
    gy_mcu90640::Decoder::new().push(&[&out[700..], &out[..]].concat(), |item| match item {
        gy_mcu90640::Item::Frame(_) => frames += 1,
        gy_mcu90640::Item::Skipped { bytes } => assert_eq!(bytes, 844),
        other => panic!("{other:?}"),
    });
    assert_eq!(frames, 1);
}

#[test]
fn too_many_thinkgear_rows_are_refused() {
    let rows = [thinkgear::Row::Bands([0; 8]); 7];
    assert_eq!(
        thinkgear::encode(&rows, &mut [0; 400]),
        Err(TooSmall { needed: 186 })
    );
}
