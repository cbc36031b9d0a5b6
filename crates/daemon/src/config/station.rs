//! The stations: what is cooked, and the devices that watch it.

use std::collections::HashSet;
use std::path::PathBuf;

use wok_core::config::{DeviceId, Protocol, SITES};
use wok_core::dsp::thermal::{Circle, Mounting, Rotation};
use wok_core::recipe::{DISHES, Recipe, Target, dish};
use wok_core::step::EEG_CHANNELS;
use wok_core::time::MS;

use super::Device;
use super::reader::{Table, closest};
use crate::sources::{ELSEWHERE, Equipment, KINDS, Sensor};

/// One cooking station.
#[derive(Debug, Clone, PartialEq)]
pub struct Station {
    /// Its id in topics and labels, `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people, in any script.
    pub name: String,
    /// Id of the dish, `None` where it is not said.
    pub dish: Option<&'static str>,
    /// What the dish aims at.
    pub recipe: Recipe,
    /// Its devices.
    pub devices: Vec<Device>,
    /// For each of the model's slots, the headset channel (from 0) on it.
    pub montage: Wiring,
    /// How the thermal camera hangs.
    pub mounting: Mounting,
}

/// For each of the model's slots ([`SITES`]), the headset channel (from 0) on it.
pub type Wiring = [Option<u8>; EEG_CHANNELS];

/// Sites of the 10-20 system and its usual refinements: what an electrode may be called.
const KNOWN_SITES: &[&str] = &[
    "Fp1", "Fp2", "Fpz", "AF3", "AF4", "AF7", "AF8", "AFz", "F1", "F2", "F3", "F4", "F5", "F6",
    "F7", "F8", "Fz", "FC1", "FC2", "FC3", "FC4", "FC5", "FC6", "FCz", "FT7", "FT8", "C1", "C2",
    "C3", "C4", "C5", "C6", "Cz", "T7", "T8", "CP1", "CP2", "CP3", "CP4", "CP5", "CP6", "CPz",
    "TP7", "TP8", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "Pz", "PO3", "PO4", "PO7", "PO8",
    "POz", "O1", "O2", "Oz",
];

/// OpenBCI's default 16-channel montage (Cyton and Daisy).
const DAISY_SITES: [&str; 16] = [
    "Fp1", "Fp2", "C3", "C4", "P7", "P8", "O1", "O2", "F7", "F8", "F3", "F4", "T7", "T8", "P3",
    "P4",
];

pub(super) fn read_all(root: &Table<'_>, warnings: &mut Vec<String>) -> Option<Vec<Station>> {
    let tables = root.tables("station");
    if tables.is_empty() {
        root.need::<()>(
            "station",
            "add a [[station]] with an `id` and at least one sensor",
            None,
        );
        return None;
    }
    let mut ids = HashSet::new();
    let mut places = HashSet::new();
    let mut next = 0;
    let stations: Vec<Option<Station>> = tables
        .iter()
        .map(|table| {
            let station = read(table, &mut next, &mut ids, &mut places, warnings);
            table.finish();
            station
        })
        .collect();
    stations.into_iter().collect()
}

fn read(
    table: &Table<'_>,
    next: &mut u16,
    ids: &mut HashSet<String>,
    places: &mut HashSet<PathBuf>,
    warnings: &mut Vec<String>,
) -> Option<Station> {
    let id = table.need("id", "write `id = \"wok1\"`", table.id("id"));
    if let Some(id) = &id
        && !ids.insert(id.value.clone())
    {
        table.problem(
            &id.at,
            format!("two stations have the id {:?}", id.value),
            "give each its own",
        );
    }
    let name = table.text("name").map(|name| name.value);
    let recipe = read_recipe(table);

    let mut montage = [None; EEG_CHANNELS];
    let mut mounting = Mounting::default();
    let mut devices = Vec::new();
    let mut sound = true;
    for (sensor, key) in [
        (Sensor::Eeg, "eeg"),
        (Sensor::Thermal, "thermal"),
        (Sensor::Microphone, "microphone"),
    ] {
        let Some(section) = table.table(key) else {
            sound &= !table.has(key);
            continue;
        };
        let latency = section
            .integer("latency_ms", 0..=1000)
            .map_or(0, |spot| spot.value * MS);
        let Some(mut equipment) = read_kind(&section, sensor) else {
            sound = false;
            continue;
        };
        match sensor {
            Sensor::Eeg => match read_montage(&section, equipment.protocol, warnings) {
                Some(read) => montage = read,
                None => sound = false,
            },
            Sensor::Thermal => {
                let (read, assumed) = read_mounting(&section, equipment.protocol);
                mounting = read;
                if let Some(assumed) = assumed {
                    equipment.source.assume_emissivity(assumed);
                }
            }
            Sensor::Microphone => {}
        }
        let place = equipment.source.place().to_owned();
        if !places.insert(place.clone()) {
            let what = format!("{} is used twice", place.display());
            section.problem(section.at(), what, "give each sensor a device of its own");
        }
        warn(&section, &equipment, warnings);
        section.finish();
        devices.push(Device {
            id: DeviceId(*next),
            sensor: key,
            protocol: equipment.protocol,
            latency,
            source: equipment.source,
        });
        *next += 1;
    }
    if sound && devices.is_empty() && table.trusts_absence() {
        let remedy = "add [station.eeg], [station.thermal] or [station.microphone]";
        table.problem(table.at(), "the station has no sensor", remedy);
        return None;
    }
    let (dish, recipe) = recipe?;
    let id = id?.value;
    sound.then(|| Station {
        name: name.unwrap_or_else(|| id.clone()),
        id,
        dish,
        recipe,
        devices,
        montage,
        mounting,
    })
}

/// The section of a sensor by its `kind`.
fn read_kind(section: &Table<'_>, sensor: Sensor) -> Option<Equipment> {
    let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.sensor == sensor).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let remedy = format!("write `kind = \"…\"`; known: {}", names.join(", "));
    let word = section.need("kind", &remedy, section.text("kind"));
    let Some(word) = word else {
        section.forgive();
        return None;
    };
    if let Some(kind) = kinds.iter().find(|kind| kind.name == word.value) {
        let equipment = (kind.read)(section);
        if equipment.is_none() {
            // What the section's other keys are for is read only for a whole device.
            section.forgive();
        }
        return equipment;
    }
    section.forgive();
    match ELSEWHERE.iter().find(|(name, _)| *name == word.value) {
        Some((name, remedy)) => section.problem(&word.at, format!("`kind` is {name:?}"), *remedy),
        None => section.unknown_word("kind", &word, &names),
    }
    None
}

/// The dish and its targets; `[station.targets]` changes single ones.
fn read_recipe(table: &Table<'_>) -> Option<(Option<&'static str>, Recipe)> {
    let word = table.text("recipe");
    let missing = word.is_none() && table.has("recipe");
    let found = match &word {
        None => Some((None, Recipe::unknown())),
        Some(word) if word.value == "unknown" => Some((None, Recipe::unknown())),
        Some(word) => match dish(&word.value.replace('_', "-")) {
            Some(dish) => Some((Some(dish.id), dish.recipe)),
            None => {
                let names: Vec<&str> = DISHES
                    .iter()
                    .map(|dish| dish.id)
                    .chain(["unknown"])
                    .collect();
                table.unknown_word("recipe", word, &names);
                None
            }
        },
    };
    let mut changes = Vec::new();
    if let Some(targets) = table.table("targets") {
        for target in Target::ALL {
            let Some(range) =
                targets.numbers::<2>(target.as_str(), 0.0..=100_000.0, "[lowest, highest]")
            else {
                continue;
            };
            let [low, high] = range.value;
            if low >= high {
                let what = format!("`{}` goes from {low} to {high}", target.as_str());
                targets.problem(&range.at, what, "write the lower value first");
            }
            #[expect(clippy::cast_possible_truncation, reason = "targets are small numbers")]
            changes.push((target, (low as f32, high as f32)));
        }
        targets.finish();
    }
    let (name, mut recipe) = found?;
    for (target, range) in changes {
        recipe.targets[target as usize] = Some(range);
    }
    (!missing).then_some((name, recipe))
}

/// Which headset channel goes to which of the model's slots.
fn read_montage(
    section: &Table<'_>,
    protocol: Protocol,
    warnings: &mut Vec<String>,
) -> Option<Wiring> {
    let by_default: &[&str] = match protocol {
        Protocol::ThinkGear => &["Fp1"],
        Protocol::Cyton { daisy: true, .. } => &DAISY_SITES,
        _ => &SITES,
    };
    let Some(sites) = section.texts("sites") else {
        return (!section.has("sites")).then(|| wire(by_default.iter().copied()));
    };
    if sites.value.is_empty() || sites.value.len() > by_default.len() {
        let what = format!("`sites` has {} entries", sites.value.len());
        let remedy = format!(
            "name the electrode of each channel in order, 1 to {}; \"-\" for none",
            by_default.len()
        );
        section.problem(&sites.at, what, remedy);
        return None;
    }
    let mut seen = HashSet::new();
    let mut sound = true;
    for site in &sites.value {
        let name = site.value.as_str();
        let (what, remedy) = if name == "-" || (KNOWN_SITES.contains(&name) && seen.insert(name)) {
            continue;
        } else if KNOWN_SITES.contains(&name) {
            (
                format!("the site {name:?} is there twice"),
                "an electrode has one channel".to_owned(),
            )
        } else {
            let remedy = match closest(name, KNOWN_SITES.iter().copied()) {
                Some(close) => format!("did you mean {close:?}?"),
                None => "write a site of the 10-20 system, such as \"Fp1\"".to_owned(),
            };
            (format!("`sites` holds {name:?}"), remedy)
        };
        section.problem(&site.at, what, remedy);
        sound = false;
    }
    if !sound {
        return None;
    }
    let montage = wire(sites.value.iter().map(|site| site.value.as_str()));
    if montage.iter().all(Option::is_none) {
        let remedy = format!(
            "the model looks at {}; name at least one of them",
            SITES.join(", ")
        );
        section.problem(
            &sites.at,
            "no site of `sites` is one the model looks at",
            remedy,
        );
        return None;
    }
    let unused: Vec<&str> = seen
        .into_iter()
        .filter(|site| !SITES.contains(site))
        .collect();
    if !unused.is_empty() {
        warnings.push(format!(
            "{}: the model does not look at {}",
            section.name(),
            unused.join(", ")
        ));
    }
    Some(montage)
}

fn wire<'s>(sites: impl Iterator<Item = &'s str>) -> Wiring {
    let mut montage = [None; EEG_CHANNELS];
    for (channel, site) in sites.enumerate() {
        if let Some(slot) = SITES.iter().position(|known| *known == site) {
            montage[slot] = u8::try_from(channel).ok();
        }
    }
    montage
}

/// A camera's picture: width, height, horizontal field of view in degrees, and the °C from which on a
/// reading is only a lower bound (MLX90640 data sheet, FLIR Lepton data sheet for high gain, Topdon TC001 manual).
fn camera(protocol: Protocol) -> (u16, u16, f64, f64) {
    match protocol {
        Protocol::Lepton => (160, 120, 57.0, 140.0),
        Protocol::InfiRay => (256, 192, 56.0, 150.0),
        _ => (32, 24, 55.0, 295.0),
    }
}

/// How the camera hangs, and the emissivity it is to be told, if that was said.
#[expect(
    clippy::cast_possible_truncation,
    reason = "angles, pixels and degrees are small"
)]
fn read_mounting(section: &Table<'_>, protocol: Protocol) -> (Mounting, Option<f64>) {
    let (width, height, usual_view, usual_ceiling) = camera(protocol);
    let by_default = Mounting::default();
    let rotation = section.integer_of("rotation", &[0, 90, 180, 270]);
    let mirror = section.flag("mirror");
    let wok = section.number("emissivity", 0.05..=1.0);
    let assumed = section
        .number("camera_emissivity", 0.05..=1.0)
        .map(|spot| spot.value);
    let ceiling = section.number("ceiling_celsius", 50.0..=1000.0);
    let meaning = "[x, y, radius] in pixels of the camera";
    let circle = section.numbers::<3>("circle", 0.0..=512.0, meaning);
    let view = section.number("field_of_view", 10.0..=170.0);
    let above = section.number("height_m", 0.1..=3.0);
    let across = section.number("wok_diameter_m", 0.1..=1.5);

    let circle = match circle {
        Some(spot) => {
            if let Some(place) = [&view, &above, &across].into_iter().flatten().next() {
                let what = "[station.thermal] has both `circle` and what it would be reckoned from";
                section.problem(
                    &place.at,
                    what,
                    "keep `circle`, or keep field_of_view, height_m and wok_diameter_m",
                );
            }
            let [x, y, r] = spot.value;
            let circle = Circle::from_pixels(x as f32, y as f32, r as f32, width, height);
            if !circle.is_sound() {
                let remedy =
                    format!("its centre must lie in the picture of {width} by {height} pixels");
                section.problem(&spot.at, format!("`circle` is {:?}", spot.value), remedy);
            }
            circle
        }
        // The wok as a disc of that width, seen from that height in the middle of the picture.
        None => {
            let value = |spot: Option<super::reader::Spot<f64>>, usual| {
                spot.map_or(usual, |spot| spot.value)
            };
            let half_view = (value(view, usual_view) / 2.0).to_radians();
            let r = value(across, 0.39) / (4.0 * value(above, 0.5) * half_view.tan());
            Circle {
                r: r.clamp(0.02, 2.0) as f32,
                ..by_default.circle
            }
        }
    };
    let mounting = Mounting {
        rotation: rotation
            .and_then(|spot| Rotation::from_degrees(spot.value))
            .unwrap_or(by_default.rotation),
        mirror: mirror.unwrap_or(by_default.mirror),
        circle,
        emissivity_set: assumed.map_or(by_default.emissivity_set, |assumed| assumed as f32),
        emissivity_wok: wok.map_or(by_default.emissivity_wok, |wok| wok.value as f32),
        ceiling_celsius: ceiling.map_or(usual_ceiling, |ceiling| ceiling.value) as f32,
    };
    (mounting, assumed)
}

/// What is allowed but probably not meant.
fn warn(section: &Table<'_>, equipment: &Equipment, warnings: &mut Vec<String>) {
    let place = equipment.source.place().to_string_lossy();
    if place.starts_with("/dev/ttyUSB") || place.starts_with("/dev/ttyACM") {
        warnings.push(format!(
            "{}: {place} may be another device after a replug; use its name under /dev/serial/by-id (`wokd devices`)",
            section.name(),
        ));
    }
}
