//! Streams of the real liblsl, sample by sample.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use firmware_interfaces::lsl::{Format, Number};
use serde_json::json;
use wokd::clock::Monotonic;
use wokd::lsl::{Channel, Inlet, Outlet, Sample, StreamInfo, Values, full_info};

use crate::peer::Lab;

const WAIT: Duration = Duration::from_secs(20);

fn pull(inlet: &mut Inlet, count: usize) -> Vec<Sample> {
    (0..count)
        .map(|i| {
            let sample = inlet.pull(WAIT).unwrap();
            sample.unwrap_or_else(|| panic!("sample {i} never came"))
        })
        .collect()
}

fn number(format: Format, value: i64) -> Number {
    match format {
        Format::Float32 => Number::Float32(value as f32),
        Format::Double64 => Number::Double64(value as f64),
        Format::Int8 => Number::Int8(value as i8),
        Format::Int16 => Number::Int16(value as i16),
        Format::Int32 => Number::Int32(value as i32),
        Format::Int64 => Number::Int64(value),
        Format::Text => unreachable!(),
    }
}

/// Values, order and stamps of a stream to the bit.
fn check(format: Format, channels: i64, rate: f64, chunk: usize, count: usize) {
    let lab = Lab::new();
    let says = json!({"name": "numbers", "source_id": "n1", "format": format.as_str(), "channels": channels,
        "rate": rate, "chunk": chunk, "count": count, "start": 5000.0});
    let _peer = lab.outlet(&says);
    let found = lab.find("name='numbers'");
    assert_eq!(
        (
            found.info.format,
            i64::from(found.info.channels),
            found.info.rate_hz
        ),
        (format, channels, rate)
    );
    let samples = pull(&mut Inlet::open(&found).unwrap(), count);
    for (i, sample) in (0i64..).zip(&samples) {
        let expect: Vec<Number> = (0..channels)
            .map(|c| number(format, i * channels + c))
            .collect();
        assert_eq!(sample.values, Values::Numbers(expect), "sample {i}");
        let stamp = 5000.0 + i as f64 / rate;
        assert!(
            (sample.stamp - stamp).abs() < 1e-7,
            "{} for {stamp}",
            sample.stamp
        );
    }
}

#[test]
fn eight_channels_at_250_hz_are_exact() {
    check(Format::Float32, 8, 250.0, 1, 500);
}

#[test]
fn sixty_four_channels_at_1_khz_are_exact() {
    check(Format::Float32, 64, 1000.0, 10, 2000);
}

#[test]
fn every_kind_of_number_is_exact() {
    for format in [
        Format::Double64,
        Format::Int8,
        Format::Int16,
        Format::Int32,
        Format::Int64,
    ] {
        check(format, 130, 500.0, 4, 60);
    }
}

#[test]
fn irregular_markers_are_exact_and_the_description_is_read() {
    let lab = Lab::new();
    let says = json!({"name": "markers", "source_id": "m1", "format": "string", "channels": 2, "rate": 0.0,
        "pace": 50.0, "count": 30, "start": 7000.0, "type": "Markers", "unit": "a <unit> & more"});
    let _peer = lab.outlet(&says);
    let found = lab.find("type='Markers' and source_id='m1'");
    let full = full_info(&found).unwrap();
    assert_eq!(full.described.len(), 2);
    assert_eq!(
        (
            full.described[1].label.as_str(),
            full.described[1].unit.as_str()
        ),
        ("C1", "a <unit> & more")
    );
    let samples = pull(&mut Inlet::open(&found).unwrap(), 30);
    for (i, sample) in samples.iter().enumerate() {
        let text = |c| format!("文{}{}", i * 2 + c, "x".repeat(i % 3 * 200));
        assert_eq!(sample.values, Values::Texts(vec![text(0), text(1)]));
        assert_eq!(sample.stamp, 7000.0 + i as f64 / 50.0);
    }
}

#[test]
fn irregular_numbers_keep_their_own_stamps() {
    let lab = Lab::new();
    let says =
        json!({"name": "numbers", "source_id": "i1", "rate": 0.0, "pace": 100.0, "count": 20});
    let _peer = lab.outlet(&says);
    let samples = pull(&mut Inlet::open(&lab.find("name='numbers'")).unwrap(), 20);
    assert!(samples.windows(2).all(|w| w[0].stamp < w[1].stamp));
}

#[test]
fn multicast_finds_both_ways() {
    let lab = Lab::multicast();
    let _peer = lab.outlet(&json!({"name": "theirs", "source_id": "t1"}));
    assert_eq!(lab.find("name='theirs'").info.source_id, "t1");
    let info = StreamInfo::new("ours", "EEG", Format::Int8, 0.0, vec![Channel::default()]);
    let clock = Arc::new(Monotonic);
    let _outlet = Outlet::start(info, &lab.network, Ipv4Addr::UNSPECIFIED, clock).unwrap();
    lab.find("name='ours'");
    let mut inlet = lab.run("inlet.py", &["ours", "0"]);
    assert_eq!(inlet.json()["source_id"], "ours");
}

#[test]
fn sessions_do_not_see_each_other() {
    let lab = Lab::new();
    let _peer = lab.outlet(&json!({"name": "here", "source_id": "s1"}));
    lab.find("name='here'");
    let mut other = lab.network.clone();
    other.session = "another".into();
    let wait = Duration::from_secs(1);
    let found = wokd::lsl::resolve(&other, "", wait, &wokd::sources::StopToken::default());
    assert_eq!(found.unwrap(), []);
}
