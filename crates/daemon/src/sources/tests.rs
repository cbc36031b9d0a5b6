//! What every source is held to: the bytes that come out are the bytes that went in, in order, the
//! device's coming and going is told, and a stop ends it.

mod plug;

use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;

use firmware_interfaces::{cyton, gy_mcu90640, thinkgear};
use wok_core::config::DeviceId;
use wok_core::event::Body;

use super::*;
use crate::clock::Monotonic;
use crate::inbox::{Inbox, Taken};
use plug::{Board, Device, Mute, Plug, Rig};

const LONG: Duration = Duration::from_secs(20);

/// A source under test and everything it has told.
struct Bench {
    source: Source,
    stop: StopToken,
    inbox: Inbox,
    bytes: Vec<u8>,
    links: Vec<bool>,
    probes: u32,
}

impl Bench {
    fn start(config: &Config) -> Self {
        let inbox = Inbox::default();
        let feed = inbox.feed(DeviceId(7), 64 << 20);
        let stop = StopToken::default();
        let source = start("test", config, feed, Arc::new(Monotonic), stop.clone()).unwrap();
        Self {
            source,
            stop,
            inbox,
            bytes: Vec::new(),
            links: Vec::new(),
            probes: 0,
        }
    }

    /// Takes what comes until `done`.
    #[track_caller]
    fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !done(self) {
            let state = self.source.health.state();
            assert!(
                began.elapsed() < LONG,
                "{what}: {} bytes, links {:?}, {state:?}",
                self.bytes.len(),
                self.links
            );
            match self.inbox.take(Duration::from_millis(20)) {
                Taken::Body(Body::Read { device, bytes, .. }) => {
                    assert_eq!(device, DeviceId(7));
                    self.bytes.extend_from_slice(&bytes);
                }
                Taken::Body(Body::Link { up, .. }) => self.links.push(up),
                Taken::Body(Body::Probe { sent, received, .. }) => {
                    assert!(sent < received);
                    self.probes += 1;
                }
                Taken::Body(other) => panic!("{other:?}"),
                Taken::Nothing | Taken::Closed => {}
            }
        }
    }

    fn opened(&self) -> u64 {
        self.source.health.state().opened
    }

    #[track_caller]
    fn end(self) {
        self.stop.stop();
        let began = Instant::now();
        while !self.source.is_finished() {
            assert!(began.elapsed() < LONG, "the source does not stop");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert!(!self.source.health.is_up());
        assert_eq!(self.source.health.state().panics, 0);
        self.source.join();
    }
}

fn thermal_frames(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count * gy_mcu90640::FRAME_LEN];
    for (i, frame) in bytes.chunks_exact_mut(gy_mcu90640::FRAME_LEN).enumerate() {
        let pixels = std::array::from_fn(|p| i16::try_from(2000 + 10 * i + p).unwrap());
        gy_mcu90640::encode(&pixels, 2500, frame).unwrap();
    }
    bytes
}

fn recording(file: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/realdata")
        .join(file);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: the recording {file} is not here");
    }
    bytes
}

fn headset_packets(count: i16) -> Vec<u8> {
    let mut out = [0; thinkgear::MAX_PACKET];
    (0..count)
        .flat_map(|i| {
            let n = thinkgear::encode(&[thinkgear::Row::Raw(i)], &mut out).unwrap();
            out[..n].to_vec()
        })
        .collect()
}

fn eeg_packets(count: u8) -> Vec<u8> {
    (0..count)
        .flat_map(|number| {
            let channels = std::array::from_fn(|channel| 1000 * channel as i32 + i32::from(number));
            cyton::Packet {
                number,
                channels,
                stop: cyton::Stop::ALL[0],
                aux: [0; 6],
            }
            .to_bytes()
        })
        .collect()
}

fn serial_config(name: &str, port: &Path) -> Config {
    let text = format!(
        "version = 1\n[site]\nid = \"s\"\n[[station]]\nid = \"t\"\n[station.{}]\nkind = \"{name}\"\nport = {:?}\n",
        if matches!(name, "cyton" | "thinkgear") {
            "eeg"
        } else {
            "thermal"
        },
        port.display(),
    );
    let config = crate::config::Config::parse(Path::new("/test.toml"), &text)
        .unwrap_or_else(|p| panic!("{p}"));
    config.stations[0].devices[0].source.clone()
}

type MakeDevice = fn() -> Box<dyn Device>;

/// Every serial kind: its device, and what it streams.
fn serial_kinds() -> Vec<(&'static str, MakeDevice, Vec<u8>)> {
    vec![
        (
            "cyton",
            || Box::new(Board),
            recording("cyton/roflecopter_cyton_33byte.bin").unwrap_or_else(|| eeg_packets(200)),
        ),
        ("thinkgear", || Box::new(Mute), headset_packets(2000)),
        ("gy-mcu90640", || Box::new(Mute), thermal_frames(12)),
        ("woklink", || Box::<Rig>::default(), headset_packets(2000)),
    ]
}

#[test]
fn every_serial_kind_is_compliant() {
    let tested: Vec<&str> = serial_kinds().iter().map(|(name, ..)| *name).collect();
    let serial: Vec<&str> = KINDS
        .iter()
        .filter(|kind| kind.sensor != Sensor::Microphone)
        .map(|kind| kind.name)
        .collect();
    assert_eq!(tested, serial, "a serial kind without its device here");
    std::thread::scope(|scope| {
        for (name, device, stream) in serial_kinds() {
            scope.spawn(move || comply(name, device, &stream));
        }
    });
}

/// Bytes come through as they are; unplugging is told; the device goes on under another name; a stop ends it.
fn comply(name: &str, device: MakeDevice, stream: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let port = folder.path().join("port");
    let mut bench = Bench::start(&serial_config(name, &port));
    bench.until("a missing port is told", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|error| error.contains("is not there"))
    });

    let mut before = 0;
    for visit in 1..=2 {
        let plug = Plug::new(device());
        // Swapped as udev does it: the new link is renamed over the old one.
        symlink(&plug.name, folder.path().join("new")).unwrap();
        std::fs::rename(folder.path().join("new"), &port).unwrap();
        bench.until(name, |bench| bench.opened() == visit);
        if name == "cyton" {
            bench.until("the board is started", |_| plug.was_told(b"b"));
        }
        plug.stream(stream);
        bench.until(name, |bench| {
            bench.bytes[before..]
                .windows(64)
                .any(|tail| stream.ends_with(tail))
        });
        let from = bench.bytes[before..]
            .windows(64)
            .position(|head| stream.starts_with(head))
            .unwrap()
            + before;
        // The rig's pongs come in between; every other device streams nothing else.
        if name != "woklink" {
            assert!(
                bench.bytes[from..] == *stream,
                "{name}: other bytes came than were sent"
            );
        }
        assert!(bench.source.health.is_up());
        if visit == 1 {
            drop(plug);
            bench.until("unplugging is told", |bench| bench.links == [true, false]);
            before = bench.bytes.len();
            assert_eq!(bench.source.health.state().lost, 1);
        } else {
            assert_eq!(bench.links, [true, false, true]);
            if name == "woklink" {
                bench.until("the clock is probed", |bench| bench.probes > 0);
            }
            bench.end();
            if name == "cyton" {
                let began = Instant::now();
                while !plug.was_told(b"bs") {
                    assert!(began.elapsed() < LONG, "the board is not stopped");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            return;
        }
    }
}

#[test]
fn a_recorded_headset_comes_through_whole() {
    let Some(stream) = recording("thinkgear/akloster_baseline.bytes") else {
        return;
    };
    let plug = Plug::new(Box::new(Mute));
    let mut bench = Bench::start(&serial_config("thinkgear", &plug.name));
    bench.until("opened", |bench| bench.opened() == 1);
    std::thread::scope(|scope| {
        scope.spawn(|| plug.stream(&stream));
        bench.until("all bytes", |bench| bench.bytes.len() >= stream.len());
    });
    assert!(bench.bytes == stream);
    let (mut packets, mut bad) = (0_u32, 0_u32);
    thinkgear::Decoder::new().push(&bench.bytes, |item| match item {
        thinkgear::Item::Packet(_) => packets += 1,
        thinkgear::Item::BadChecksum => bad += 1,
        _ => {}
    });
    assert_eq!((packets, bad), (165_415, 0));
    bench.end();
}

#[test]
fn a_dongle_on_standby_is_told_to_connect() {
    let plug = Plug::new(Box::new(Mute));
    let mut bench = Bench::start(&serial_config("thinkgear", &plug.name));
    bench.until("opened", |bench| bench.opened() == 1);
    let mut out = [0; 16];
    let standby = thinkgear::Row::Dongle(thinkgear::Dongle::Standby { scanning: false });
    let n = thinkgear::encode(&[standby], &mut out).unwrap();
    plug.stream(&out[..n]);
    bench.until("told", |_| plug.was_told(&[0xC2]));
    bench.end();
}

#[test]
fn a_busy_port_names_who_holds_it() {
    let plug = Plug::new(Box::new(Mute));
    let held = std::process::Command::new("flock")
        .arg(&plug.name)
        .args(["sleep", "60"])
        .spawn();
    let Ok(mut holder) = held else {
        eprintln!("skipped: there is no flock program here");
        return;
    };
    let began = Instant::now();
    let config = serial_config("thinkgear", &plug.name);
    while config.held_by().is_none() {
        assert!(began.elapsed() < LONG, "the holder is not found");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut bench = Bench::start(&config);
    let name = plug.name.display().to_string();
    bench.until("busy", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|e| e.contains(&name) && e.contains("in use by") && e.contains("pid "))
    });
    assert!(!bench.source.health.is_up());
    let _ = holder.kill();
    let _ = holder.wait();
    bench.end();
}

fn microphone(lines: &str) -> crate::config::Device {
    let text = format!(
        "version = 1\n[site]\nid = \"s\"\n[[station]]\nid = \"t\"\n[station.microphone]\n{lines}\n"
    );
    let config = crate::config::Config::parse(Path::new("/test.toml"), &text)
        .unwrap_or_else(|p| panic!("{p}"));
    config.stations[0].devices[0].clone()
}

fn pcm(samples: i16) -> Vec<u8> {
    (0..samples).flat_map(i16::to_le_bytes).collect()
}

#[test]
fn a_socket_takes_one_writer_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pcm");
    // Left behind by a daemon that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let config = microphone(&format!(
        "kind = \"pcm-socket\"\npath = {path:?}\nrate = 44100\nchannels = 2"
    ));
    assert_eq!(
        config.protocol,
        Protocol::Pcm {
            rate_hz: 44_100,
            channels: 2
        }
    );
    let mut bench = Bench::start(&config.source);
    for visit in 1..=2 {
        bench.until("listening", |bench| {
            bench
                .source
                .health
                .state()
                .error
                .is_some_and(|error| error.contains("nobody writes") || error.contains("is gone"))
        });
        let mut writer = UnixStream::connect(&path).unwrap();
        writer.write_all(&pcm(20_000)).unwrap();
        bench.until("bytes", |bench| bench.bytes.len() == visit * 40_000);
        drop(writer);
        bench.until("gone", |bench| bench.links.len() == 2 * visit);
    }
    assert!(bench.bytes == [pcm(20_000), pcm(20_000)].concat());
    assert_eq!(bench.links, [true, false, true, false]);
    bench.end();
    assert!(!path.exists(), "the socket is left behind");
}

#[test]
fn a_fifo_is_followed_from_writer_to_writer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    let config = microphone(&format!("kind = \"pcm-fifo\"\npath = {path:?}"));
    let mut bench = Bench::start(&config.source);
    bench.until("missing", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|error| error.contains("mkfifo"))
    });
    rustix::fs::mkfifoat(
        rustix::fs::CWD,
        &path,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
    )
    .unwrap();
    for visit in 1..=2 {
        let mut writer = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        writer.write_all(&pcm(3000)).unwrap();
        bench.until("bytes", |bench| bench.bytes.len() == visit * 6000);
        drop(writer);
        bench.until("gone", |bench| bench.links.len() == 2 * visit);
    }
    assert!(bench.bytes == [pcm(3000), pcm(3000)].concat());
    bench.end();
}

#[test]
fn a_wav_file_is_played_once_in_sixteen_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    for (bits, format) in [
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: bits,
            sample_format: format,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for sample in 0..1000_i16 {
            match bits {
                16 => writer.write_sample(sample).unwrap(),
                24 => writer.write_sample(i32::from(sample) << 8).unwrap(),
                _ => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
            }
        }
        writer.finalize().unwrap();
        let config = microphone(&format!("kind = \"wav\"\npath = {path:?}\npaced = false"));
        assert_eq!(
            config.protocol,
            Protocol::Pcm {
                rate_hz: 48_000,
                channels: 1
            }
        );
        let mut bench = Bench::start(&config.source);
        bench.until("ended", |bench| {
            bench.links == [true, false] && bench.bytes.len() == 2000
        });
        assert!(bench.bytes == pcm(1000), "{bits} bits");
        bench.end();
    }
}

#[test]
fn a_source_that_panics_is_started_again() {
    let inbox = Inbox::default();
    let outlet = Outlet {
        feed: inbox.feed(DeviceId(1), 1024),
        clock: Arc::new(Monotonic),
        health: Arc::new(Health::new("test".into())),
        stop: StopToken::default(),
    };
    let runs = Mutex::new(0);
    let run = || {
        let mut runs = runs
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *runs += 1;
        assert!(*runs > 1, "the first run fails");
    };
    supervise(&outlet, run);
    assert_eq!(
        (
            outlet.health.state().panics,
            *runs
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner)
        ),
        (1, 2)
    );
}

#[cfg(feature = "alsa")]
#[test]
fn alsa_hands_on_whole_frames_and_explains_a_missing_card() {
    // The library's own device without hardware: silence without end.
    let config = microphone("kind = \"alsa\"\ndevice = \"null\"\nrate = 48000\nchannels = 2");
    assert_eq!(
        config.protocol,
        Protocol::Pcm {
            rate_hz: 48_000,
            channels: 2
        }
    );
    let mut bench = Bench::start(&config.source);
    bench.until("silence", |bench| bench.bytes.len() > 100_000);
    assert!(bench.bytes.len().is_multiple_of(4) && bench.bytes.iter().all(|byte| *byte == 0));
    bench.end();
    let config = microphone("kind = \"alsa\"\ndevice = \"plughw:CARD=NoSuchCard\"");
    let mut bench = Bench::start(&config.source);
    bench.until("missing", |bench| {
        bench
            .source
            .health
            .state()
            .error
            .is_some_and(|error| error.contains("wokd devices"))
    });
    bench.end();
}
