//! Signals on loopback, read by the real liblsl: what was fed is what is read, and nobody else can.

use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::TimeQuery;
use serde_json::{Value, json};
use wok_core::grid::{AUDIO_PER_MEL, HOP};
use wok_core::hop::{Hop, ThermalFrame};
use wok_core::step::THERMAL_PIXELS;
use wok_core::time::HostTime;
use wok_core::verdict::StreamKind;
use wokd::clock::Monotonic;
use wokd::lsl::{Acquisition, resolve};
use wokd::sinks::lsl::{Config, Lsl, Signals};
use wokd::sinks::{Bridge, Place, Sink as _};
use wokd::sources::StopToken;

use crate::peer::{Lab, Peer};

const SLOTS: [usize; 3] = [0, 2, 7];
/// Start of hop 0: no whole second, as on a machine that has run for 11 days.
const START: i64 = 1_000_000_123_400_000;

fn bridge() -> Bridge {
    let place = |id: &str| Place {
        id: id.into(),
        name: id.into(),
    };
    Bridge {
        site: place("home"),
        stations: vec![(place("stove"), StreamKind::ALL.to_vec())],
        version: "0",
        edition: "base".into(),
        model_sha256: "00".into(),
        provider: "cpu".into(),
        runtime: "1".into(),
        session: "s".into(),
        simulated: true,
    }
}

fn config(lab: &Lab, address: Ipv4Addr) -> Config {
    let device = Acquisition {
        manufacturer: "OpenBCI".into(),
        model: "Cyton".into(),
        compensated_lag: Some(0.004),
    };
    let mut wired = [false; 8];
    SLOTS.iter().for_each(|slot| wired[*slot] = true);
    Config {
        address,
        network: lab.network.clone(),
        signals: Some(vec![Signals {
            eeg: Some((wired, device)),
            audio: Some(Acquisition::default()),
            thermal: Some(Acquisition::default()),
        }]),
    }
}

fn start(lab: &Lab) -> Lsl {
    let config = config(lab, Ipv4Addr::LOCALHOST);
    let clock: Arc<dyn wokd::clock::Clock> = Arc::new(Monotonic);
    Lsl::start(&config, &bridge(), &clock).unwrap()
}

/// EEG of a grid point, µV, by its index since the epoch; `None` was not measured.
fn microvolts(tick: u64, slot: usize) -> Option<f32> {
    (tick % 50 != 7).then(|| tick as f32 + slot as f32 / 8.0)
}

/// A sample of sound by its index since the epoch.
fn pressure(sample: u64) -> Option<f32> {
    (sample / AUDIO_PER_MEL as u64 % 20 != 3).then(|| (sample % 4096) as f32 / 4096.0)
}

/// A frame a hop, 30 ms into it; every third hop has only the one before.
fn frame(hop: u64) -> ThermalFrame {
    let k = hop - u64::from(hop % 3 == 2);
    ThermalFrame {
        at: HostTime::from_nanos(START + k as i64 * HOP + 30_000_000),
        celsius: std::array::from_fn(|pixel| k as f32 + pixel as f32 / 1024.0),
    }
}

fn hop(k: u64) -> Hop {
    let mut hop = Hop::empty();
    hop.index = k;
    hop.start = HostTime::from_nanos(START + k as i64 * HOP);
    for (i, (tick, valid)) in hop.eeg.ticks.iter_mut().zip(&mut hop.eeg.valid).enumerate() {
        for (slot, value) in tick.iter_mut().enumerate() {
            let fed = microvolts(50 * k + i as u64, slot);
            *valid = fed.is_some();
            *value = fed.unwrap_or(0.0);
        }
    }
    for (i, value) in hop.audio.samples.iter_mut().enumerate() {
        let fed = pressure(3200 * k + i as u64);
        hop.audio.valid[i / AUDIO_PER_MEL] = fed.is_some();
        *value = fed.unwrap_or(0.0);
    }
    hop.thermal.frames.push(frame(k));
    hop.thermal.held = k % 3 == 2;
    hop
}

/// Feeds hops, as if time ran fast, while `work` reads.
fn feeding<R>(mut sink: Lsl, work: impl FnOnce() -> R) -> R {
    assert!(sink.takes_hops());
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for k in 0.. {
                if over.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                sink.hop(0, &hop(k));
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The next sample, whose values are of 32 bits.
fn sample(peer: &mut Peer) -> (f64, Vec<Option<f32>>) {
    let (stamp, values) = peer.sample();
    let short = |value: Option<f64>| value.map(|value| value as f32);
    (stamp, values.into_iter().map(short).collect())
}

/// Index since the epoch of a stamp on a grid of `hz`, and how far it is off, in seconds.
fn index(stamp: f64, hz: f64) -> (u64, f64) {
    let since = stamp - START as f64 * 1e-9;
    let index = (since * hz).round();
    (index as u64, since - index / hz)
}

#[test]
fn a_real_inlet_reads_the_eeg_that_was_fed() {
    let lab = Lab::new();
    let mut peer = lab.run("inlet.py", &["wokd-home-stove-eeg", "500"]);
    feeding(start(&lab), || {
        let told = peer.json();
        assert_eq!(
            (&told["type"], &told["rate"], &told["source_id"]),
            (&"EEG".into(), &250.0.into(), &"wokd-home-stove-eeg".into())
        );
        let sites = ["Fp1", "C3", "O2"].map(|site| json!([site, "microvolts", "EEG"]));
        assert_eq!(told["channels"], Value::from(sites.to_vec()));
        assert_eq!(told["acquisition"], json!(["OpenBCI", "Cyton", "0.004"]));
        assert_eq!(told["format"], 1);
        let mut last = None;
        for _ in 0..500 {
            let (stamp, values) = sample(&mut peer);
            let (tick, off) = index(stamp, 250.0);
            assert!(off.abs() < 1e-8, "{off} s off the grid");
            assert!(last.is_none_or(|last| tick == last + 1), "{tick}");
            last = Some(tick);
            assert_eq!(values, SLOTS.map(|slot| microvolts(tick, slot)), "{tick}");
        }
    });
}

#[test]
fn a_real_inlet_reads_the_sound_that_was_fed() {
    let lab = Lab::new();
    let mut peer = lab.run("inlet.py", &["wokd-home-stove-audio", "10000"]);
    feeding(start(&lab), || {
        let told = peer.json();
        assert_eq!(
            (&told["type"], &told["rate"]),
            (&"Audio".into(), &16_000.0.into())
        );
        assert_eq!(
            told["channels"],
            json!([["microphone", "full scale", "Audio"]])
        );
        let mut last = None;
        for _ in 0..10_000 {
            let (stamp, values) = sample(&mut peer);
            let (at, off) = index(stamp, 16_000.0);
            // A stamp of so late a clock is known to 0.1 ns, and 3,199 of 3,200 are deduced.
            assert!(off.abs() < 1e-6, "{off} s off the grid");
            assert!(last.is_none_or(|last| at == last + 1), "{at}");
            last = Some(at);
            assert_eq!(values, [pressure(at)], "{at}");
        }
    });
}

#[test]
fn a_real_inlet_reads_every_picture_once() {
    let lab = Lab::new();
    let mut peer = lab.run("inlet.py", &["wokd-home-stove-thermal", "20"]);
    feeding(start(&lab), || {
        let told = peer.json();
        assert_eq!(
            (&told["type"], &told["rate"]),
            (&"Thermal".into(), &0.0.into())
        );
        let channels = told["channels"].as_array().unwrap();
        assert_eq!(channels.len(), THERMAL_PIXELS);
        assert_eq!(
            channels[33],
            json!(["row 1 column 1", "degrees Celsius", "Temperature"])
        );
        let mut last = None;
        for _ in 0..20 {
            let (stamp, values) = sample(&mut peer);
            let (k, into) = index(stamp - 0.03, 5.0);
            assert!(into.abs() < 1e-8);
            let next = |last: u64| last + 1 + u64::from(last % 3 == 1);
            assert!(last.is_none_or(|last| k == next(last)), "{k}");
            last = Some(k);
            assert_eq!(values, frame(k).celsius.map(Some), "{k}");
        }
    });
}

#[test]
fn signals_are_read_on_this_machine_alone() {
    let lab = Lab::new();
    for address in [Ipv4Addr::UNSPECIFIED, Ipv4Addr::new(192, 0, 2, 1)] {
        let clock: Arc<dyn wokd::clock::Clock> = Arc::new(Monotonic);
        let refused = Lsl::start(&config(&lab, address), &bridge(), &clock).unwrap_err();
        assert!(refused.to_string().contains("loopback"), "{refused}");
    }
    let _sink = start(&lab);
    let mut elsewhere = vec![Ipv4Addr::new(127, 0, 0, 2)];
    elsewhere.extend(own_address());
    for kind in ["EEG", "Audio", "Thermal", "Score", "Markers"] {
        let found = lab.find(&format!("type='{kind}'"));
        let port = found.info.data_port;
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        for address in &elsewhere {
            let refused = TcpStream::connect((*address, port)).unwrap_err();
            assert_eq!(
                refused.kind(),
                std::io::ErrorKind::ConnectionRefused,
                "{address}"
            );
        }
        // Nor does its clock answer there.
        let answers = |address: Ipv4Addr| {
            let asks = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
            let wait = Duration::from_millis(500);
            asks.set_read_timeout(Some(wait)).unwrap();
            let (wave, sent) = (1, 2.0);
            let query = TimeQuery { wave, sent }.to_string();
            let _ = asks.send_to(query.as_bytes(), (address, found.info.service_port));
            asks.recv(&mut [0; 512]).is_ok()
        };
        assert!(answers(Ipv4Addr::LOCALHOST));
        assert!(!elsewhere.iter().any(|address| answers(*address)));
    }
    // What keeps the answers to discovery here too: they leave from a loopback address.
    let own = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    assert!(own.send_to(b"x", ("192.0.2.1", 9)).is_err());
}

/// The machine's address in a network, where it has one; nothing is sent.
fn own_address() -> Option<Ipv4Addr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(("192.0.2.1", 9)).ok()?;
    match socket.local_addr().ok()? {
        std::net::SocketAddr::V4(address) => Some(*address.ip()),
        std::net::SocketAddr::V6(_) => None,
    }
}

#[test]
fn nothing_of_a_hop_is_taken_where_nobody_asked_for_signals() {
    let lab = Lab::new();
    let asked = config(&lab, Ipv4Addr::LOCALHOST);
    let config = Config {
        signals: None,
        ..asked
    };
    let clock: Arc<dyn wokd::clock::Clock> = Arc::new(Monotonic);
    let sink = Lsl::start(&config, &bridge(), &clock).unwrap();
    assert!(!sink.takes_hops());
    let began = Instant::now();
    let wait = Duration::from_secs(5);
    let found = resolve(&lab.network, "", wait, &StopToken::default()).unwrap();
    let mut kinds: Vec<&str> = found.iter().map(|f| &f.info.kind[..]).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["Markers", "Score"], "{:?}", began.elapsed());
}
