//! Serial ports: every kind, recordings, a busy port.

use super::*;

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
        // By video and by network; they are held to tests of their own.
        .filter(|kind| !["lepton", "infiray", "lsl"].contains(&kind.name))
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
