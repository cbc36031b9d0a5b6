//! The source on outlets of the real liblsl: what the pipeline gets, and who is heard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{Decoder, Item, Stamp};
use serde_json::json;
use wok_core::config::{DeviceConfig, DeviceId, Protocol};
use wok_core::device::{Driver, Reading, open};
use wok_core::event::Body;
use wok_core::time::HostTime;
use wokd::clock::Monotonic;
use wokd::inbox::{Inbox, Taken};
use wokd::sources::{self, Source, StopToken, lsl};

use crate::peer::Lab;

/// A source and the driver behind it.
pub(crate) struct Bench {
    source: Source,
    stop: StopToken,
    inbox: Inbox,
    driver: Box<dyn Driver>,
    decoder: Decoder,
    pub(crate) links: Vec<bool>,
    pub(crate) probes: usize,
    pub(crate) restarts: usize,
    /// Tick, first and last channel.
    pub(crate) samples: Vec<(u64, f32, f32)>,
    /// The sender's stamp in seconds, and the arrival.
    pub(crate) raw: Vec<(f64, HostTime)>,
    /// Tick, mapped time and arrival.
    pub(crate) stamped: Vec<(u64, HostTime, HostTime)>,
}

pub(crate) fn config(lab: &Lab) -> lsl::Config {
    lsl::Config {
        place: "lsl:test".into(),
        name: None,
        source_id: None,
        kind: "EEG".into(),
        host: None,
        allow: Vec::new(),
        rate_hz: 250,
        channels: 8,
        network: lab.network.clone(),
    }
}

impl Bench {
    pub(crate) fn start(config: lsl::Config) -> Self {
        let inbox = Inbox::default();
        let protocol = Protocol::Lsl {
            rate_hz: config.rate_hz,
        };
        let feed = inbox.feed(DeviceId(1), 1 << 20);
        let stop = StopToken::default();
        let config = sources::Config::Lsl(config);
        let source =
            sources::start("test", &config, feed, Arc::new(Monotonic), stop.clone()).unwrap();
        let device = DeviceConfig {
            id: DeviceId(1),
            protocol,
            latency: 0,
        };
        Self {
            source,
            stop,
            inbox,
            driver: open(&device),
            decoder: Decoder::new(),
            raw: Vec::new(),
            links: Vec::new(),
            probes: 0,
            restarts: 0,
            samples: Vec::new(),
            stamped: Vec::new(),
        }
    }

    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            assert!(
                began.elapsed() < Duration::from_secs(40),
                "{what}: {} samples, {:?}",
                self.samples.len(),
                self.source.health.state()
            );
            self.take();
        }
    }

    fn take(&mut self) {
        match self.inbox.take(Duration::from_millis(20)) {
            Taken::Body(Body::Read { read_at, bytes, .. }) => {
                let raw = &mut self.raw;
                self.decoder.push(&bytes, |item| {
                    if let Item::Sample {
                        stamp: Stamp::Seconds(stamp),
                    } = item
                    {
                        raw.push((stamp, read_at));
                    }
                });
                let Self {
                    driver,
                    samples,
                    stamped,
                    restarts,
                    ..
                } = self;
                driver.push(read_at, &bytes, &mut |reading| match reading {
                    Reading::Eeg {
                        tick, microvolts, ..
                    } => samples.push((tick, microvolts[0], *microvolts.last().unwrap())),
                    Reading::Stamped { tick, at, .. } => stamped.push((tick, at, read_at)),
                    Reading::Restarted { .. } => *restarts += 1,
                    other => panic!("{other:?}"),
                });
            }
            Taken::Body(Body::Link { up, .. }) => {
                self.links.push(up);
                self.driver.reset();
            }
            Taken::Body(Body::Probe {
                sent,
                received,
                tick,
                ..
            }) => {
                self.probes += 1;
                self.driver.probe(tick, sent, received);
            }
            Taken::Body(other) => panic!("{other:?}"),
            Taken::Nothing | Taken::Closed => {}
        }
    }

    pub(crate) fn error(&self) -> String {
        self.source.health.state().error.unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn says(&mut self, words: &[&str]) {
        self.until(&format!("{words:?}"), |bench| {
            words.iter().all(|word| bench.error().contains(word))
        });
    }

    #[track_caller]
    pub(crate) fn end(self) {
        self.stop.stop();
        let began = Instant::now();
        while !self.source.is_finished() {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "it does not stop"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(self.source.health.state().panics, 0);
        self.source.join();
    }
}

#[test]
fn samples_reach_the_pipeline_with_the_sender_s_time() {
    let lab = Lab::new();
    let says = json!({"name": "headset", "source_id": "h1", "unit": "millivolts"});
    let _peer = lab.outlet(&says);
    let mut bench = Bench::start(config(&lab));
    bench.until("two seconds and a round of probes", |b| {
        b.samples.len() > 500 && b.probes >= 8
    });
    assert_eq!(bench.links, [true]);
    // In microvolts, in order, none missing; the sender's pace jitters, which is no loss.
    for (i, pair) in bench.samples.windows(2).enumerate() {
        assert_eq!(pair[1].1 - pair[0].1, 8000.0, "sample {i}");
        assert_eq!(pair[0].2 - pair[0].1, 7000.0);
    }
    // Both clocks are this machine's: what a stamp is mapped to comes before its arrival, and not by much.
    let (_, at, read_at) = *bench.stamped.last().unwrap();
    let late = read_at - at;
    assert!((-1_000_000..20_000_000).contains(&late), "{late} ns");
    bench.end();
}

#[test]
fn sixty_four_channels_come_whole() {
    let lab = Lab::new();
    let says = json!({"name": "cap", "source_id": "c64", "channels": 64, "rate": 1000.0, "chunk": 10, "start": 400.0});
    let _peer = lab.outlet(&says);
    let mut bench = Bench::start(lsl::Config {
        rate_hz: 1000,
        channels: 64,
        ..config(&lab)
    });
    bench.until("two seconds", |b| b.samples.len() >= 2000);
    for (i, pair) in bench.samples.windows(2).enumerate() {
        assert_eq!(
            (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1),
            (1, 64.0),
            "sample {i}"
        );
    }
    bench.end();
}

#[test]
fn an_outlet_that_was_killed_and_comes_back_is_the_same_device() {
    let lab = Lab::new();
    let peer = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let mut bench = Bench::start(config(&lab));
    bench.until("samples", |b| b.samples.len() > 100);
    peer.kill();
    bench.until("the loss", |b| b.links == [true, false]);
    let before = bench.samples.len();
    // Meanwhile somebody else shows a stream that would fit.
    let _other = lab.outlet(&json!({"name": "another", "source_id": "x9", "unit": "volts"}));
    std::thread::sleep(Duration::from_millis(1500));
    bench.until("nobody else", |b| b.links == [true, false]);
    let _again = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    bench.until("samples again", |b| b.samples.len() > before + 100);
    assert_eq!(bench.links, [true, false, true]);
    let new = &bench.samples[before..];
    assert_eq!(new[0].1, 0.0, "the first sample of the new outlet");
    // Nothing was made up in between.
    assert!(new.windows(2).all(|pair| pair[1].1 - pair[0].1 == 8.0));
    bench.end();
}

#[test]
fn of_two_outlets_of_one_name_the_source_id_decides() {
    let lab = Lab::new();
    let _a = lab.outlet(&json!({"name": "twin", "source_id": "t1"}));
    let _b = lab.outlet(&json!({"name": "twin", "source_id": "t2"}));
    let named = lsl::Config {
        name: Some("twin".into()),
        ..config(&lab)
    };
    let mut bench = Bench::start(named.clone());
    bench.says(&["2 streams fit", "\"t1\"", "\"t2\"", "`source_id`"]);
    assert!(bench.samples.is_empty());
    bench.end();
    let mut bench = Bench::start(lsl::Config {
        source_id: Some("t2".into()),
        ..named
    });
    bench.until("samples", |b| b.samples.len() > 10);
    bench.end();
}

#[test]
fn who_is_not_on_the_list_is_not_heard() {
    let lab = Lab::new();
    let _peer = lab.outlet(&json!({"name": "headset", "source_id": "h1"}));
    let allow = |name: &str| lsl::Config {
        allow: vec!["somebody".into(), name.into()],
        ..config(&lab)
    };
    let mut bench = Bench::start(allow("h2"));
    bench.says(&["\"h1\"", "`allow` does not list it"]);
    assert!(bench.samples.is_empty());
    bench.end();
    for name in ["h1", "127.0.0.1"] {
        let mut bench = Bench::start(allow(name));
        bench.until("samples", |b| b.samples.len() > 10);
        bench.end();
    }
}

#[test]
fn a_stream_that_cannot_be_used_is_refused_and_says_why() {
    let lab = Lab::new();
    let _peer =
        lab.outlet(&json!({"name": "small", "source_id": "s1", "channels": 2, "rate": 500.0}));
    let mut bench = Bench::start(config(&lab));
    bench.says(&["500 Hz", "`rate`"]);
    bench.end();
    let mut bench = Bench::start(lsl::Config {
        rate_hz: 500,
        ..config(&lab)
    });
    bench.says(&["2 channels", "channel 8"]);
    bench.end();
    let mut bench = Bench::start(lsl::Config {
        kind: "fNIRS".into(),
        ..config(&lab)
    });
    bench.says(&["nobody answers"]);
    bench.end();
}
