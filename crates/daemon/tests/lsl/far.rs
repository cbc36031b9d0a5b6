//! A sender that lives by another clock than this machine's, and what is known of that clock beside the truth.
//!
//! libfaketime makes the clock, of any offset and rate, for a process with an outlet of the real liblsl. Each of its
//! samples carries the machine's own time of its stamp, so that no model of a link and no arithmetic stands for truth.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{Decoder, Item, Stamp};
use wok_core::clock;
use wok_core::config::{DeviceConfig, DeviceId, Protocol};
use wok_core::device::{Reading, open};
use wok_core::event::Body;
use wok_core::time::HostTime;
use wokd::clock::{Clock as _, Monotonic};
use wokd::inbox::{Inbox, Taken};
use wokd::sources::{self, StopToken, lsl};

use crate::peer::{Lab, Peer};

/// A sender and the network that shows it.
pub(crate) struct Far {
    lab: Lab,
    name: String,
    /// The processes behind it.
    peers: Vec<Peer>,
}

/// What was known when a sample was in hand.
pub(crate) struct Seen {
    /// When that was, in seconds since whoever listens began.
    pub(crate) at: f64,
    /// How much later the sample's stamp was taken to be true than it was, in seconds.
    pub(crate) error: f64,
}

/// What was known over a while.
pub(crate) struct Followed {
    pub(crate) seen: Vec<Seen>,
    /// Of each of them, the standard deviation that the clock told, in seconds.
    pub(crate) sigma: Vec<f64>,
    /// Drift in the end, in ppm: as told, and as it was.
    pub(crate) drift: [f64; 2],
    /// What the sender's clock showed more than ours at first, in seconds.
    pub(crate) ahead: f64,
    pub(crate) segments: u32,
    /// From asking for the time to the answer, the median, in seconds.
    pub(crate) round_trip: f64,
}

impl Far {
    /// A sender whose clock shows `ahead` seconds more than ours, and goes `ppm` fast.
    pub(crate) fn start(ppm: f64, ahead: f64) -> Self {
        let (lab, name) = (Lab::new(), format!("far-{ppm}"));
        let now = Monotonic.now().as_secs_f64();
        // A clock with a rate begins where that of the day stood when the process began.
        let shift = now + ahead - Monotonic.utc_ms() as f64 * 1e-3;
        let fake = format!("{shift:+.6} x{:.9}", 1.0 + ppm * 1e-6);
        let mut outlet = lab.command("far_outlet.py");
        outlet
            .arg(&name)
            .env("LD_PRELOAD", libfaketime())
            .env("FAKETIME", fake)
            // Files keep their times, by which Python knows what it has compiled.
            .env("NO_FAKE_STAT", "1");
        let mut peer = Peer::start(&mut outlet);
        assert_eq!(peer.line(), "ready");
        Self {
            lab,
            name,
            peers: vec![peer],
        }
    }

    /// The same, on a network of its own behind a relay that delays like Wi-Fi.
    pub(crate) fn behind_a_relay(ppm: f64, ahead: f64) -> Self {
        let far = Self::start(ppm, ahead);
        let shown = Lab::new();
        let mut network = shown.network.clone();
        network.session.clone_from(&far.lab.network.session);
        let shown = Lab::on(network);
        let ports = [
            far.lab.network.base_port,
            far.lab.network.ports,
            shown.network.base_port,
        ];
        let ports = ports.map(|port| port.to_string());
        let mut relay = shown.run("relay.py", &[&far.name, &ports[0], &ports[1], &ports[2]]);
        assert_eq!(relay.line(), "ready");
        let mut peers = far.peers;
        peers.push(relay);
        Self {
            lab: shown,
            name: far.name,
            peers,
        }
    }

    /// An inlet of the real liblsl on it, for so many seconds; [`theirs`] reads what it says.
    pub(crate) fn beside(&self, seconds: u64) -> Peer {
        self.lab
            .run("far_inlet.py", &[&self.name, &seconds.to_string()])
    }

    /// Reads it as the daemon does for so long.
    #[track_caller]
    pub(crate) fn follow(&self, lasts: Duration) -> Followed {
        let config = sources::Config::Lsl(lsl::Config {
            place: "lsl:far".into(),
            name: Some(self.name.clone()),
            source_id: None,
            kind: "EEG".into(),
            host: None,
            allow: Vec::new(),
            rate_hz: 100,
            channels: 2,
            network: self.lab.network.clone(),
        });
        let (inbox, stop) = (Inbox::default(), StopToken::default());
        let feed = inbox.feed(DeviceId(1), 1 << 20);
        let clock = Arc::new(Monotonic);
        let source = sources::start("far", &config, feed, clock, stop.clone()).unwrap();
        let (mut ear, mut began) = (Ear::new(), None);
        let start = Instant::now();
        while began.is_none_or(|began: Instant| began.elapsed() < lasts) {
            if let Taken::Body(body) = inbox.take(Duration::from_millis(50)) {
                ear.take(&body);
            }
            if !ear.seen.is_empty() {
                began.get_or_insert_with(Instant::now);
            }
            let patient = start.elapsed() < lasts + Duration::from_secs(30);
            assert!(patient, "no samples: {:?}", source.health.state());
        }
        stop.stop();
        source.join();
        ear.end()
    }
}

/// What an inlet of the real liblsl knew.
pub(crate) fn theirs(mut peer: Peer) -> Vec<Seen> {
    let seen: Vec<(f64, f64)> = serde_json::from_str(&peer.line()).unwrap();
    let seen = seen.into_iter();
    seen.map(|(at, error)| Seen { at, error }).collect()
}

/// The driver behind the source, and beside it the same clock, which tells more.
struct Ear {
    driver: Box<dyn wok_core::device::Driver>,
    decoder: Decoder,
    clock: clock::Clock,
    /// The sample's stamp in seconds, and its true time in nanoseconds.
    stamp: f64,
    truth: f64,
    /// First and last of both.
    ends: Option<[(f64, f64); 2]>,
    start: Option<HostTime>,
    seen: Vec<Seen>,
    sigma: Vec<f64>,
    trips: Vec<f64>,
}

impl Ear {
    fn new() -> Self {
        let device = DeviceConfig {
            id: DeviceId(1),
            protocol: Protocol::Lsl { rate_hz: 100 },
            latency: 0,
        };
        Self {
            driver: open(&device),
            decoder: Decoder::new(),
            clock: clock::Clock::new(1.0, 0),
            stamp: 0.0,
            truth: 0.0,
            ends: None,
            start: None,
            seen: Vec::new(),
            sigma: Vec::new(),
            trips: Vec::new(),
        }
    }

    fn take(&mut self, body: &Body) {
        match body {
            Body::Probe {
                sent,
                received,
                tick,
                ..
            } => {
                self.trips.push((*received - *sent) as f64 * 1e-9);
                self.driver.probe(*tick, *sent, *received);
                self.clock.probe(*tick, *sent, *received);
            }
            Body::Read { read_at, bytes, .. } => self.read(*read_at, bytes),
            Body::Link { up, .. } => assert!(up, "the link broke"),
            other => panic!("{other:?}"),
        }
    }

    fn read(&mut self, read_at: HostTime, bytes: &[u8]) {
        let Self {
            decoder,
            stamp,
            truth,
            ..
        } = self;
        decoder.push(bytes, |item| match item {
            Item::Sample {
                stamp: Stamp::Seconds(seconds),
            } => (*stamp, *truth) = (seconds, 0.0),
            // The middle between both bounds.
            Item::Number { value, .. } => *truth += value.as_f64() / 2.0,
            _ => {}
        });
        let (stamp, truth) = (self.stamp, self.truth);
        let mut mapped = None;
        self.driver.push(read_at, bytes, &mut |reading| {
            if let Reading::Stamped { at, .. } = reading {
                mapped = Some(at);
            }
        });
        let tick = (stamp * 1e9).round() as u64;
        self.clock.reach(tick);
        let (Some(mapped), Some(sigma)) = (mapped, self.clock.uncertainty_seconds()) else {
            return;
        };
        assert_eq!(self.clock.host(tick), Some(mapped));
        let start = *self.start.get_or_insert(read_at);
        self.ends.get_or_insert([(stamp, truth); 2])[1] = (stamp, truth);
        self.seen.push(Seen {
            at: (read_at - start) as f64 * 1e-9,
            error: (mapped.as_nanos() as f64 - truth) * 1e-9,
        });
        self.sigma.push(sigma);
    }

    fn end(mut self) -> Followed {
        let [(a, true_a), (b, true_b)] = self.ends.unwrap();
        self.trips.sort_by(f64::total_cmp);
        Followed {
            seen: self.seen,
            sigma: self.sigma,
            drift: [
                self.clock.drift_ppm().unwrap(),
                ((true_b - true_a) * 1e-9 / (b - a) - 1.0) * 1e6,
            ],
            ahead: a - true_a * 1e-9,
            segments: self.clock.segment(),
            round_trip: self.trips[self.trips.len() / 2],
        }
    }
}

/// libfaketime for programs of several threads: the set-up's, or the one named by `WOKD_TEST_FAKETIME`.
fn libfaketime() -> PathBuf {
    if let Some(named) = std::env::var_os("WOKD_TEST_FAKETIME") {
        return named.into();
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/faketime/usr/lib");
    let libraries = Path::new(folder).read_dir().into_iter().flatten().flatten();
    let mut places = libraries.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    let place = places.find(|place| place.exists());
    place.unwrap_or_else(|| panic!("{folder} has no libfaketime; run `cargo xtask setup`"))
}
