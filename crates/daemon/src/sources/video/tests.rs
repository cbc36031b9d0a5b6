use std::collections::VecDeque;
use std::sync::Arc;

use firmware_interfaces::infiray;
use firmware_interfaces::lepton::{self, Model, Telemetry};
use wok_core::config::{DeviceConfig, DeviceId};
use wok_core::device::Reading;
use wok_core::event::Body;
use wok_core::time::{HostTime, MS, SECOND};

use super::camera::{Frame, Shape};
use super::*;
use crate::clock::{Clock as _, Manual, Monotonic};
use crate::inbox::{Inbox, Taken};
use crate::sources::{Health, StopToken};

/// Bytes, whether they are spoiled, and how long ago they were taken, if that is known.
type Given = (Vec<u8>, bool, Option<i64>);

/// A camera that gives what it is told to, and goes away after that.
struct Fake {
    offers: Vec<Shape>,
    frames: VecDeque<Given>,
    shown: Vec<u8>,
}

impl Fake {
    fn new(offers: &[Shape], frames: impl IntoIterator<Item = Given>) -> Self {
        Self {
            offers: offers.to_vec(),
            frames: frames.into_iter().collect(),
            shown: Vec::new(),
        }
    }
}

impl Camera for Fake {
    fn offers(&mut self) -> Vec<Shape> {
        self.offers.clone()
    }

    fn set(&mut self, wanted: Shape) -> io::Result<Shape> {
        // As drivers do: the nearest that there is.
        let nearest = self.offers.iter().find(|offer| **offer == wanted);
        nearest
            .or(self.offers.first())
            .copied()
            .ok_or_else(|| rustix::io::Errno::INVAL.into())
    }

    fn start(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn frame(&mut self, _: Duration) -> io::Result<Option<Frame<'_>>> {
        let Some((bytes, spoiled, age)) = self.frames.pop_front() else {
            return Err(rustix::io::Errno::NODEV.into());
        };
        self.shown = bytes;
        Ok(Some(Frame {
            bytes: &self.shown,
            spoiled,
            stamp: age.map(|age| HostTime::from_nanos(Monotonic.now().as_nanos() - age)),
        }))
    }
}

const fn shape(fourcc: &[u8; 4], width: u32, height: u32) -> Shape {
    Shape {
        fourcc: *fourcc,
        width,
        height,
    }
}

#[test]
fn a_camera_is_asked_for_the_shape_that_carries_temperatures() {
    let (lepton3, lepton2) = (shape(b"Y16 ", 160, 122), shape(b"Y16 ", 80, 63));
    let picture = shape(b"UYVY", 160, 120);
    let infiray = shape(b"YUYV", 256, 384);
    for (module, offers, expect) in [
        (Module::Lepton, vec![picture, lepton3], Ok(lepton3)),
        (Module::Lepton, vec![lepton2], Ok(lepton2)),
        (Module::InfiRay, vec![infiray], Ok(infiray)),
        (
            Module::Lepton,
            vec![picture],
            Err("it gives UYVY 160x120, but Y16 160x122, Y16 80x63 is needed"),
        ),
        (
            Module::InfiRay,
            vec![],
            Err("it gives no picture at all, but YUYV 256x384 is needed"),
        ),
    ] {
        let got = negotiate(&mut Fake::new(&offers, []), module).map_err(|e| e.to_string());
        match (got, expect) {
            (Err(got), Err(expect)) => assert!(got.starts_with(expect), "{got}"),
            (got, expect) => assert_eq!(got, expect.map_err(str::to_owned)),
        }
    }
}

/// Streams the camera to its end; why it ended, and what was read: (when, bytes).
fn streamed(module: Module, camera: &mut Fake) -> (String, Vec<(HostTime, Vec<u8>)>) {
    let inbox = Inbox::default();
    let outlet = Outlet {
        feed: inbox.feed(DeviceId(0), 1 << 24),
        clock: Arc::new(Manual::at(HostTime::from_nanos(10 * SECOND))),
        health: Arc::new(Health::new("camera".into())),
        stop: StopToken::default(),
    };
    let error = stream(camera, module, &outlet).unwrap_err();
    let config = Config {
        device: "/dev/video0".into(),
        module,
    };
    let mut reads = Vec::new();
    loop {
        match inbox.take(Duration::ZERO) {
            Taken::Body(Body::Read { read_at, bytes, .. }) => reads.push((read_at, bytes)),
            Taken::Body(_) => {}
            Taken::Nothing | Taken::Closed => break,
        }
    }
    (explain(&config, &error), reads)
}

/// What the core makes of the reads: °C of the first pixel of each frame, `None` for an invalid one.
fn decoded(protocol: Protocol, reads: &[(HostTime, Vec<u8>)]) -> Vec<Option<f32>> {
    let mut driver = wok_core::device::open(&DeviceConfig {
        id: DeviceId(0),
        protocol,
        latency: 0,
    });
    let mut frames = Vec::new();
    for (at, bytes) in reads {
        driver.push(*at, bytes, &mut |reading| match reading {
            Reading::Thermal { celsius, .. } => frames.push(Some(celsius[0])),
            Reading::Invalid { samples, .. } => {
                frames.extend((0..samples).map(|_| None));
            }
            _ => {}
        });
    }
    frames
}

#[test]
fn leptons_frames_arrive_whole_and_what_is_spoiled_is_counted() {
    let telemetry = Telemetry {
        tlinear: true,
        tlinear_centi: true,
        ..Telemetry::default()
    };
    let whole = |celsius: f32, telemetry: Option<&Telemetry>| {
        let mut bytes = vec![0; Model::Lepton3.frame_len(true)];
        let count = lepton::Scale::Centikelvin.pixel(celsius);
        let counts = vec![count; Model::Lepton3.pixels()];
        let n = lepton::encode(Model::Lepton3, &counts, telemetry, &mut bytes).unwrap();
        bytes.truncate(n);
        bytes
    };
    let good = whole(212.5, Some(&telemetry));
    let mut camera = Fake::new(
        &[shape(b"Y16 ", 160, 122)],
        [
            (good.clone(), false, None),
            (good.clone(), true, None),
            (good[..5000].to_vec(), false, None),
            (Vec::new(), false, None),
            (whole(99.0, None), false, None),
            (good, false, None),
        ],
    );
    let (why, reads) = streamed(Module::Lepton, &mut camera);
    assert!(why.contains("plug it in again"), "{why}");
    let expect = [Some(212.5), None, None, None, None, Some(212.5)];
    let got = decoded(Protocol::Lepton, &reads);
    assert_eq!(got.len(), expect.len(), "{got:?}");
    for (got, expect) in got.iter().zip(expect) {
        assert_eq!(got.is_some(), expect.is_some());
        assert!(got.is_none_or(|c| (c - 212.5).abs() < 0.02), "{got:?}");
    }
}

#[test]
fn infirays_frames_arrive_whole() {
    let values = [infiray::value(180.0); infiray::PIXELS];
    let mut bytes = vec![0; infiray::FRAME_LEN];
    infiray::encode(&values, &mut bytes).unwrap();
    let mut camera = Fake::new(&[shape(b"YUYV", 256, 384)], [(bytes, false, None)]);
    let (_, reads) = streamed(Module::InfiRay, &mut camera);
    let got = decoded(Protocol::InfiRay, &reads);
    assert!(
        matches!(got[..], [Some(c)] if (c - 180.0).abs() < 0.02),
        "{got:?}"
    );
}

#[test]
fn a_frame_is_dated_by_the_kernel_unless_its_clock_is_another() {
    let now = HostTime::from_nanos(10 * SECOND);
    let frame = |age| (vec![1], false, age);
    let mut camera = Fake::new(
        &[shape(b"YUYV", 256, 384)],
        [
            frame(None),
            frame(Some(40 * MS)),
            frame(Some(3600 * SECOND)),
            frame(Some(-SECOND)),
        ],
    );
    let (_, reads) = streamed(Module::InfiRay, &mut camera);
    let times: Vec<HostTime> = reads.iter().map(|(at, _)| *at).collect();
    assert_eq!([times[0], times[2], times[3]], [now; 3]);
    assert!(times[1] <= now - 40 * MS && times[1] > now - SECOND);
}

#[test]
fn what_is_no_camera_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("video0");
    std::fs::write(&file, "no camera").unwrap();
    let config = Config {
        device: file.clone(),
        module: Module::InfiRay,
    };
    let mut kernel = Kernel::open(&file).unwrap();
    let error = negotiate(&mut kernel, Module::InfiRay).unwrap_err();
    let why = explain(&config, &error);
    assert!(why.contains("it is no camera"), "{why}");
    let gone = Kernel::open(&folder.path().join("video1")).err().unwrap();
    assert_eq!(gone.kind(), io::ErrorKind::NotFound);
}

/// The kernel's own test driver (`modprobe vivid`), where somebody loaded it.
fn vivid() -> Option<std::path::PathBuf> {
    let class = std::fs::read_dir("/sys/class/video4linux").ok()?;
    let mut cameras = class.flatten().filter(|entry| {
        let name = std::fs::read_to_string(entry.path().join("name")).unwrap_or_default();
        name.starts_with("vivid") && name.contains("vid-cap")
    });
    let found = cameras.next();
    if found.is_none() {
        println!("skipped: no vivid");
    }
    found.map(|entry| std::path::Path::new("/dev").join(entry.file_name()))
}

#[test]
fn a_real_driver_offers_refuses_and_streams() {
    let Some(device) = vivid() else { return };
    let mut camera = Kernel::open(&device).unwrap();
    let busy = Kernel::open(&device).err().unwrap();
    assert_eq!(
        rustix::io::Errno::from_io_error(&busy),
        Some(rustix::io::Errno::BUSY),
        "one daemon a device"
    );
    let offers = camera.offers();
    println!("{} offers, the first {}", offers.len(), offers[0]);
    let refused = negotiate(&mut camera, Module::InfiRay)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("but YUYV 256x384 is needed"), "{refused}");
    let yuyv = offers.iter().find(|offer| &offer.fourcc == b"YUYV");
    let got = camera.set(*yuyv.unwrap()).unwrap();
    camera.start().unwrap();
    let mut last = None;
    for _ in 0..10 {
        let frame = loop {
            if let Some(frame) = camera.frame(Duration::from_secs(2)).unwrap() {
                break (frame.bytes.len(), frame.spoiled, frame.stamp);
            }
        };
        println!("{got}: {frame:?}");
        let (len, spoiled, stamp) = frame;
        assert_eq!(len, 2 * (got.width * got.height) as usize);
        assert!(
            !spoiled && stamp.is_some() && stamp > last,
            "{frame:?} after {last:?}"
        );
        last = stamp;
    }
}
