use proptest::prelude::*;

use super::*;
use crate::config::{DEFAULT_LATENESS, DeviceConfig, DeviceId, Protocol, StationConfig};
use crate::dsp::thermal::Mounting;
use crate::grid::Grid;
use crate::hop::{Hop, Presence};
use crate::recipe::Recipe;
use crate::time::{HostTime, MS};
use crate::verdict::{DropReason, StreamKind};

const EEG: DeviceId = DeviceId(0);
const AUDIO: DeviceId = DeviceId(1);
const THERMAL: DeviceId = DeviceId(2);

fn config(protocols: &[(DeviceId, Protocol)]) -> StationConfig {
    StationConfig {
        id: "stove".into(),
        devices: protocols
            .iter()
            .map(|&(id, protocol)| DeviceConfig {
                id,
                protocol,
                latency: 0,
            })
            .collect(),
        montage: std::array::from_fn(|i| Some(i as u8)),
        mounting: Mounting::default(),
        recipe: Recipe::unknown(),
    }
}

fn station(protocols: &[(DeviceId, Protocol)]) -> Station {
    let grid = Grid::opened_at(HostTime::ZERO);
    Station::new(&config(protocols), grid, DEFAULT_LATENESS)
}

fn all() -> Station {
    station(&[
        (
            EEG,
            Protocol::Cyton {
                daisy: false,
                gain: 24,
            },
        ),
        (
            AUDIO,
            Protocol::Pcm {
                rate_hz: 16_000,
                channels: 1,
            },
        ),
        (THERMAL, Protocol::GyMcu90640),
    ])
}

fn cyton(number: u64) -> [u8; 33] {
    firmware_interfaces::cyton::Packet {
        number: number as u8,
        channels: [1000; 8],
        stop: firmware_interfaces::cyton::Stop::ALL[0],
        aux: [0; 6],
    }
    .to_bytes()
}

fn thermal(seed: i16) -> Vec<u8> {
    let mut bytes = vec![0; firmware_interfaces::gy_mcu90640::FRAME_LEN];
    let pixels = std::array::from_fn(|i| 8000 + seed % 500 + (i as i16 % 97));
    firmware_interfaces::gy_mcu90640::encode(&pixels, 2500, &mut bytes).unwrap();
    bytes
}

/// What a device has to say at a millisecond of its own.
fn feed(station: &mut Station, ms: i64, at: HostTime, lost: impl Fn(DeviceId) -> bool) {
    if ms % 4 == 0 && !lost(EEG) {
        station.read(EEG, at, &cyton(ms as u64 / 4));
    }
    if ms % 10 == 0 && !lost(AUDIO) {
        station.read(AUDIO, at, &[1; 320]);
    }
    if ms % 125 == 0 && !lost(THERMAL) {
        station.read(THERMAL, at, &thermal(ms as i16));
    }
}

fn check_balance(station: &Station, used: &Counts) {
    for stream in StreamKind::ALL {
        let Some((account, waiting)) = station.account(stream) else {
            continue;
        };
        let dropped: u64 = account.dropped.iter().sum();
        assert_eq!(
            account.taken,
            used[stream.index()] + waiting + dropped,
            "{stream:?}: {account:?}"
        );
    }
}

#[test]
fn a_quiet_rig_gives_whole_hops_as_soon_as_the_watermarks_pass() {
    let mut station = all();
    let mut hop = Hop::empty();
    let (mut closed, mut used) = (0, Counts::default());
    for ms in 0..5000 {
        let at = HostTime::from_nanos(ms * MS);
        feed(&mut station, ms, at, |_| false);
        while station.is_due(at) {
            let end = (station.next_hop() as i64 + 1) * 200;
            // Half a kernel of EEG is 32 ms, and a sample may be 4 ms away.
            assert!(ms - end <= 37, "hop closed {} ms after its end", ms - end);
            for (sum, n) in used.iter_mut().zip(station.close(&mut hop)) {
                *sum += n;
            }
            closed += 1;
            if hop.index > 0 {
                assert_eq!(hop.eeg.presence, Presence::Present, "hop {}", hop.index);
                assert_eq!(hop.audio.presence, Presence::Present, "hop {}", hop.index);
                assert_eq!(hop.thermal.presence, Presence::Present, "hop {}", hop.index);
                let uv = firmware_interfaces::cyton::microvolts(1000, 24);
                assert!((hop.eeg.ticks[25][3] - uv).abs() < 1e-3 * uv);
            }
            check_balance(&station, &used);
        }
    }
    assert_eq!(closed, 24);
    assert_eq!(station.account(StreamKind::Eeg).unwrap().0.taken, 1250);
}

#[test]
fn a_silent_stream_holds_a_hop_until_its_deadline_and_no_longer() {
    let mut station = all();
    let mut hop = Hop::empty();
    for ms in 0..2000 {
        let at = HostTime::from_nanos(ms * MS);
        // Not there at first, then heard for half a second, then silent.
        feed(&mut station, ms, at, |d| {
            d == AUDIO && !(500..1000).contains(&ms)
        });
        while station.is_due(at) {
            let end = (station.next_hop() as i64 + 1) * 200;
            station.close(&mut hop);
            match end {
                ..500 => {
                    assert!(ms - end <= 37, "what was never there holds nothing open");
                    assert_eq!(hop.audio.presence, Presence::Missing);
                }
                1200.. => {
                    assert_eq!(ms - end, 150);
                    assert_eq!(hop.audio.presence, Presence::Missing);
                }
                _ => {}
            }
        }
    }
    // Known to be gone, it holds nothing open.
    station.link(AUDIO, false);
    let at = HostTime::from_nanos(2040 * MS);
    feed(&mut station, 2040, at, |_| false);
    assert!(station.is_due(at));
}

#[test]
fn thermal_never_holds_a_hop_and_is_held_for_three_periods() {
    let mut station = station(&[(THERMAL, Protocol::GyMcu90640)]);
    let mut hop = Hop::empty();
    let mut seen = Vec::new();
    for ms in 0..3000 {
        let at = HostTime::from_nanos(ms * MS);
        feed(&mut station, ms, at, |_| ms > 1500);
        while station.is_due(at) {
            assert_eq!(ms % 200, 0);
            station.close(&mut hop);
            seen.push((hop.thermal.presence, hop.thermal.held));
        }
    }
    assert_eq!(seen[5], (Presence::Present, false));
    // The last frame is of 1.5 s; three periods of 125 ms later it is no longer believed.
    assert_eq!(seen[8], (Presence::Present, true));
    assert_eq!(seen[9].0, Presence::Missing);
}

#[test]
fn a_picture_that_was_true_in_a_closed_hop_is_the_next_ones() {
    let mut config = config(&[(THERMAL, Protocol::GyMcu90640)]);
    // Chess pattern, line and all: each picture was true in the hop before it came.
    config.devices[0].latency = 300 * MS;
    let mut station = Station::new(&config, Grid::opened_at(HostTime::ZERO), DEFAULT_LATENESS);
    let mut hop = Hop::empty();
    let mut used = Counts::default();
    for ms in 0..3000 {
        let at = HostTime::from_nanos(ms * MS);
        feed(&mut station, ms, at, |_| false);
        while station.is_due(at) {
            for (sum, n) in used.iter_mut().zip(station.close(&mut hop)) {
                *sum += n;
            }
            check_balance(&station, &used);
            if ms > 1000 {
                assert_eq!(hop.thermal.presence, Presence::Present, "{ms}");
                assert!(!hop.thermal.held, "{ms}");
                assert!((300 * MS..=500 * MS).contains(&hop.thermal.age), "{ms}");
            }
        }
    }
    let (account, _) = station.account(StreamKind::Thermal).unwrap();
    assert_eq!(account.dropped[DropReason::Late as usize], 0);
}

#[test]
fn lost_samples_are_named_and_not_made_up() {
    let mut station = all();
    let mut hop = Hop::empty();
    let mut presence = Vec::new();
    for ms in 0..3000 {
        let at = HostTime::from_nanos(ms * MS);
        feed(&mut station, ms, at, |d| {
            d == EEG && (1000..1100).contains(&ms)
        });
        while station.is_due(at) {
            station.close(&mut hop);
            presence.push(hop.eeg.presence);
            if hop.eeg.presence == Presence::Degraded {
                let zeroed = hop
                    .eeg
                    .ticks
                    .iter()
                    .zip(&hop.eeg.valid)
                    .all(|(t, v)| *v || *t == [0.0; 8]);
                assert!(zeroed);
            }
        }
    }
    assert_eq!(presence[3], Presence::Present);
    assert_eq!(presence[5], Presence::Degraded);
    assert_eq!(presence[8], Presence::Present);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_sample_is_lost_uncounted(
        seed in any::<u64>(),
        loss in 0.0..0.2f64,
        stall in 0..400i64,
        unplug in 0..4000i64,
    ) {
        let mut state = seed | 1;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut station = all();
        let mut hop = Hop::empty();
        let mut used = Counts::default();
        for ms in 0..4000i64 {
            let late = if ms % 1000 > 500 { stall } else { 0 };
            let at = HostTime::from_nanos((ms + late) * MS + (random() * 8e6) as i64);
            let (a, b, c) = (random() < loss, random() < loss, random() < loss);
            feed(&mut station, ms, at, |d| [a, b, c][usize::from(d.0)]);
            if ms == unplug {
                station.link(DeviceId((seed % 3) as u16), false);
            }
            if random() < 0.01 {
                station.overflowed(AUDIO, 640);
            }
            while station.is_due(at) {
                for (sum, n) in used.iter_mut().zip(station.close(&mut hop)) {
                    *sum += n;
                }
                check_balance(&station, &used);
            }
        }
        check_balance(&station, &used);
        let eeg = station.account(StreamKind::Eeg).unwrap().0;
        prop_assert!(eeg.taken > 500);
        prop_assert_eq!(eeg.dropped[DropReason::Queue as usize], 0);
    }
}

#[test]
fn a_reading_belongs_to_the_hop_it_came_in_and_the_newest_counts() {
    use firmware_interfaces::woklink::{Encoder, MAX_WIRE, Message, Temperature};
    let rig = DeviceId(9);
    let mut station = station(&[(rig, Protocol::WokLink { sound: false })]);
    let mut hop = Hop::empty();
    let mut used = Counts::default();
    let mut close = |station: &mut Station, hop: &mut Hop| {
        for (sum, n) in used.iter_mut().zip(station.close(hop)) {
            *sum += n;
        }
        check_balance(station, &used);
    };
    // Two within the first hop; the third came after its end, though before it was closed.
    for (ms, milli_celsius) in [(150, 21_000), (160, 22_000), (230, 23_000)] {
        let at = HostTime::from_nanos(ms * MS);
        let message = Message::Temperature(Temperature {
            sensor: 0,
            milli_celsius,
        });
        let mut wire = [0; MAX_WIRE];
        let n = Encoder::new().encode(0, &message, &mut wire).unwrap();
        station.read(rig, at, &wire[..n]);
    }
    close(&mut station, &mut hop);
    assert_eq!(hop.aux[4], Some(22.0));
    let (account, waiting) = station.account(StreamKind::Aux).unwrap();
    assert_eq!(account.dropped[DropReason::Superseded as usize], 1);
    assert_eq!((account.taken, waiting), (3, 1));
    close(&mut station, &mut hop);
    assert_eq!(hop.aux[4], Some(23.0));
}

#[test]
fn what_a_returned_device_says_of_closed_hops_is_late() {
    let mut station = all();
    let mut hop = Hop::empty();
    let mut used = Counts::default();
    let mut run = |station: &mut Station, from: i64, to: i64, lost: bool| {
        for ms in from..to {
            let at = HostTime::from_nanos(ms * MS);
            feed(station, ms, at, |d| d == EEG && lost);
            while station.is_due(at) {
                for (sum, n) in used.iter_mut().zip(station.close(&mut hop)) {
                    *sum += n;
                }
                check_balance(station, &used);
            }
        }
    };
    run(&mut station, 0, 1000, false);
    station.link(EEG, false);
    run(&mut station, 1000, 1700, true);
    // It comes back with what it had kept back: 0.6 s at once, of which two hops are long closed.
    let at = HostTime::from_nanos(1700 * MS);
    let kept: Vec<u8> = (276..426).flat_map(cyton).collect();
    station.read(EEG, at, &kept);
    run(&mut station, 1704, 2600, false);
    let (account, _) = station.account(StreamKind::Eeg).unwrap();
    let late = account.dropped[DropReason::Late as usize];
    assert!((75..=125).contains(&late), "{late} of 150 are late");
}

#[test]
fn a_sleep_of_the_machine_begins_a_segment_that_no_hop_spans() {
    let mut station = all();
    let mut hop = Hop::empty();
    let mut used = Counts::default();
    let mut whole = Vec::new();
    for ms in 0..4000 {
        let at = HostTime::from_nanos(ms * MS);
        // The devices went on for 7.5 s and somebody emptied their buffers; the host's clock stood still.
        let device_ms = if ms < 1700 { ms } else { ms + 7500 };
        if ms == 1700 {
            station.slept();
        }
        feed(&mut station, device_ms, at, |_| false);
        while station.is_due(at) {
            for (sum, n) in used.iter_mut().zip(station.close(&mut hop)) {
                *sum += n;
            }
            check_balance(&station, &used);
            let all = [hop.eeg.presence, hop.audio.presence];
            whole.push(all.iter().all(|p| *p == Presence::Present));
        }
    }
    // Hop 8 holds the sleep; a segment's first samples settle in the one after it.
    assert!(!whole[8], "{whole:?}");
    assert!(whole[4..8].iter().all(|w| *w), "{whole:?}");
    assert!(whole[11..18].iter().all(|w| *w), "{whole:?}");
    for kind in [StreamKind::Eeg, StreamKind::Audio] {
        let status = station.clock(kind).unwrap().status().unwrap();
        assert_eq!(status.segments, 2, "{kind:?}");
    }
}

#[test]
fn what_waits_too_long_for_its_hop_is_counted() {
    let mut sampled = Sampled::<1>::new(250.0, 250.0, 0);
    for tick in 0..20_000 {
        // Every hundredth is missing.
        if tick % 100 != 7 {
            sampled.push(tick, &[0.0]);
        }
        let dropped: u64 = sampled.account.dropped.iter().sum();
        assert_eq!(sampled.account.taken, sampled.waiting() + dropped);
    }
    assert!(sampled.waiting() < 2000, "{}", sampled.waiting());
    assert!(sampled.account.dropped[DropReason::Queue as usize] > 17_000);
}
