//! Looking for devices in `/dev`, `/sys` and `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::sources::usb::{self, Usb};
use crate::sources::{Holder, holder};

/// Where to look; `/dev`, `/sys` and `/proc` but in tests.
#[derive(Debug)]
pub(super) struct Roots {
    pub(super) dev: PathBuf,
    pub(super) sys: PathBuf,
    pub(super) proc: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self {
            dev: "/dev".into(),
            sys: "/sys".into(),
            proc: "/proc".into(),
        }
    }
}

/// What a device may serve as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A serial device of this kind, as far as its USB numbers tell.
    Serial(&'static str),
    /// A serial adapter behind which anything may be.
    Adapter,
    /// A thermal camera of this kind, by USB video.
    Camera(&'static str),
    /// A microphone of ALSA.
    Microphone,
    /// A headset's Lab Streaming Layer stream.
    Headset {
        /// Its nominal rate.
        rate_hz: u32,
    },
    /// Nothing the daemon uses.
    Other,
}

/// A device.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The name to configure: one that stays.
    pub(super) name: String,
    /// The device file behind it now; empty for a sound card and a stream.
    pub(super) real: PathBuf,
    /// What it probably is.
    pub(super) what: String,
    /// What to mind.
    pub(super) note: Option<String>,
    /// Who has it open.
    pub(super) holder: Option<Holder>,
    /// What it may serve as.
    pub(super) role: Role,
}

/// Serial devices by USB vendor and product (`None`: any product): what they probably are.
const SERIAL: &[(&str, Option<&str>, &str, Role)] = &[
    (
        "0403",
        Some("6015"),
        "an FTDI FT231X: the dongle of an OpenBCI Cyton has one",
        Role::Serial("cyton"),
    ),
    (
        "0403",
        Some("6001"),
        "an FTDI FT232R serial adapter",
        Role::Adapter,
    ),
    ("0403", None, "an FTDI serial adapter", Role::Adapter),
    (
        "1a86",
        None,
        "a WCH CH34x serial adapter, often a GY-MCU90640's or a microcontroller's",
        Role::Adapter,
    ),
    (
        "10c4",
        Some("ea60"),
        "a Silicon Labs CP210x serial adapter",
        Role::Adapter,
    ),
    ("067b", None, "a Prolific serial adapter", Role::Adapter),
    (
        "303a",
        None,
        "an Espressif microcontroller, which may speak WokLink",
        Role::Serial("woklink"),
    ),
    (
        "2e8a",
        None,
        "a Raspberry Pi Pico, which may speak WokLink",
        Role::Serial("woklink"),
    ),
];

/// Cameras by USB vendor and product.
const CAMERAS: &[(&str, &str, &str, &str)] = &[
    (
        "1e4e",
        "0100",
        "lepton",
        "a PureThermal board with a FLIR Lepton",
    ),
    (
        "0bda",
        "5830",
        "infiray",
        "an InfiRay P2 Pro or Topdon TC001",
    ),
];

/// Every device that may matter, serial ports first.
pub(super) fn scan(roots: &Roots) -> Vec<Found> {
    let mut found = serial_ports(roots);
    found.extend(cameras(roots));
    found.extend(microphones(roots));
    found
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = folder
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    names.sort();
    names
}

/// The links of a folder by the device file they mean.
fn links(folder: &Path) -> BTreeMap<PathBuf, String> {
    names(folder)
        .into_iter()
        .filter_map(|link| Some((link.canonicalize().ok()?, link.display().to_string())))
        .collect()
}

fn serial_ports(roots: &Roots) -> Vec<Found> {
    let by_id = links(&roots.dev.join("serial/by-id"));
    let by_path = links(&roots.dev.join("serial/by-path"));
    names(&roots.dev)
        .into_iter()
        .filter_map(|real| {
            let tty = real.file_name()?.to_str()?.to_owned();
            let radio = tty.starts_with("rfcomm");
            (radio || tty.starts_with("ttyUSB") || tty.starts_with("ttyACM"))
                .then_some((real, tty, radio))
        })
        .map(|(real, tty, radio)| {
            let identity = usb::of(&roots.sys, "tty", &tty);
            let twins = usb::twins(&roots.sys, "tty", &tty);
            let key = real.canonicalize().unwrap_or_else(|_| real.clone());
            let (name, note) = match (by_id.get(&key), by_path.get(&key)) {
                (_, Some(path)) if !twins.is_empty() => {
                    let note = format!(
                        "named by its socket, because {} looks the same",
                        twins.join(", ")
                    );
                    (path.clone(), Some(note))
                }
                (Some(id), _) => (id.clone(), None),
                (None, Some(path)) => (path.clone(), None),
                (None, None) if radio => (real.display().to_string(), None),
                (None, None) => {
                    let note =
                        "it has no stable name here; give it one by a udev rule, or install udev's"
                            .to_owned();
                    (real.display().to_string(), Some(note))
                }
            };
            let (what, role) = if radio {
                (
                    "a Bluetooth serial link, as NeuroSky headsets have".to_owned(),
                    Role::Serial("thinkgear"),
                )
            } else {
                describe(identity.as_ref())
            };
            Found {
                name,
                what,
                note,
                holder: holder::of(&real),
                role,
                real,
            }
        })
        .collect()
}

fn describe(identity: Option<&Usb>) -> (String, Role) {
    let Some(usb) = identity else {
        return ("a serial port".to_owned(), Role::Adapter);
    };
    let numbers = format!("{}:{}", usb.vendor, usb.product);
    let named = usb
        .name
        .as_ref()
        .map_or(String::new(), |name| format!(" {name:?}"));
    let known = SERIAL.iter().find(|(vendor, product, ..)| {
        *vendor == usb.vendor && product.is_none_or(|product| product == usb.product)
    });
    match known {
        Some((.., what, role)) => (format!("{what} [{numbers}{named}]"), *role),
        None => (
            format!("an unknown serial device [{numbers}{named}]"),
            Role::Adapter,
        ),
    }
}

fn cameras(roots: &Roots) -> Vec<Found> {
    let by_id = links(&roots.dev.join("v4l/by-id"));
    let by_path = links(&roots.dev.join("v4l/by-path"));
    names(&roots.sys.join("class/video4linux"))
        .into_iter()
        // The others of a camera's devices carry no picture.
        .filter(|class| fs::read_to_string(class.join("index")).is_ok_and(|i| i.trim() == "0"))
        .filter_map(|class| {
            let video = class.file_name()?.to_str()?.to_owned();
            let real = roots.dev.join(&video);
            let label = fs::read_to_string(class.join("name")).unwrap_or_default();
            let identity = usb::of(&roots.sys, "video4linux", &video);
            let thermal = identity.and_then(|usb| {
                CAMERAS
                    .iter()
                    .find(|(vendor, product, ..)| *vendor == usb.vendor && *product == usb.product)
            });
            let (what, role) = match thermal {
                Some((.., kind, what)) => (format!("{what}, a thermal camera"), Role::Camera(kind)),
                None => (format!("a camera, {}", label.trim()), Role::Other),
            };
            let mut note = None;
            if let (Role::Camera(kind), false) = (role, cfg!(feature = "v4l2")) {
                note = Some(format!(
                    "this build does not read it; build with `--features v4l2` for kind \"{kind}\""
                ));
            }
            let twins = usb::twins(&roots.sys, "video4linux", &video);
            let key = real.canonicalize().unwrap_or_else(|_| real.clone());
            let by = if twins.is_empty() { &by_id } else { &by_path };
            let name = by.get(&key).or_else(|| by_path.get(&key));
            Some(Found {
                name: name.cloned().unwrap_or_else(|| real.display().to_string()),
                what,
                note,
                holder: holder::of(&real),
                role,
                real,
            })
        })
        .collect()
}

/// Capture devices, from `/proc/asound/pcm` and the cards' ids, which stay when numbers do not.
fn microphones(roots: &Roots) -> Vec<Found> {
    let folder = roots.proc.join("asound");
    let pcm = fs::read_to_string(folder.join("pcm")).unwrap_or_default();
    pcm.lines()
        .filter(|line| line.contains("capture"))
        .filter_map(|line| {
            // "01-00: USB Audio : USB Audio : capture 1"
            let (numbers, rest) = line.split_once(':')?;
            let (card, device) = numbers.trim().split_once('-')?;
            let (card, device): (u32, u32) = (card.parse().ok()?, device.parse().ok()?);
            let id = fs::read_to_string(folder.join(format!("card{card}/id"))).ok()?;
            let what = rest.split(':').next().unwrap_or_default().trim();
            Some(Found {
                name: format!("plughw:CARD={},DEV={device}", id.trim()),
                real: PathBuf::new(),
                what: format!("a microphone, {what}"),
                note: None,
                holder: holder::of(&roots.dev.join(format!("snd/pcmC{card}D{device}c"))),
                role: Role::Microphone,
            })
        })
        .collect()
}
