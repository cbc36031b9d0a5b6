//! The stations: what is cooked, and the devices that watch it.

use std::collections::HashSet;
use std::path::PathBuf;

use wok_core::config::{DeviceId, Protocol};
use wok_core::dsp::thermal::Mounting;
use wok_core::recipe::{DISHES, Recipe, Target, dish};
use wok_core::step::EEG_CHANNELS;
use wok_core::time::MS;

use super::montage::Wiring;
use super::reader::Table;
use super::{Device, montage, mounting};
use crate::sources::{ELSEWHERE, Equipment, KINDS, Sensor};

/// What the fixed delay of a sensor may be, milliseconds.
pub const LATENCY_MS: std::ops::RangeInclusive<i64> = 0..=1000;
/// In topics, the place of the daemon itself among the stations.
const BRIDGE: &str = "bridge";

/// A headset with every channel there is, for a montage whose headset is not known.
const WIDEST: Protocol = Protocol::Cyton {
    daisy: true,
    gain: 24,
};

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
    if let Some(id) = &id
        && id.value == BRIDGE
    {
        let what =
            format!("a station has the id {BRIDGE:?}, under which the daemon speaks of itself");
        table.problem(&id.at, what, "give it another");
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
        let latency = section.integer("latency_ms", LATENCY_MS);
        let Some((usual, mut equipment)) = read_kind(&section, sensor) else {
            sound = false;
            // Its other keys are read all the same, so that every mistake is told.
            match sensor {
                Sensor::Eeg => drop(montage::read(&section, WIDEST, &mut Vec::new())),
                Sensor::Thermal => drop(mounting::read(&section, Protocol::GyMcu90640)),
                Sensor::Microphone => {}
            }
            section.finish();
            continue;
        };
        match sensor {
            Sensor::Eeg => match montage::read(&section, equipment.protocol, warnings) {
                Some(read) => {
                    montage = read;
                    let last = read.iter().flatten().max();
                    let needed = last.map_or(1, |last| u32::from(*last) + 1);
                    equipment.source.need_channels(needed);
                }
                None => sound = false,
            },
            Sensor::Thermal => {
                let (read, assumed) = mounting::read(&section, equipment.protocol);
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
            latency: latency.map_or(usual, |spot| spot.value) * MS,
            source: equipment.source,
        });
        *next += 1;
    }
    let sounds = |device: &&Device| device.protocol == Protocol::WokLink { sound: true };
    let hears = |device: &Device| matches!(device.protocol, Protocol::Pcm { .. });
    if devices.iter().any(hears) && devices.iter().find(sounds).is_some() {
        let what = "the station has a microphone and a woklink with sound";
        table.problem(
            table.at(),
            what,
            "take `sound = true` or [station.microphone] out",
        );
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

/// The section of a sensor by its `kind`, and how many milliseconds such a sensor is usually late.
fn read_kind(section: &Table<'_>, sensor: Sensor) -> Option<(i64, Equipment)> {
    let kinds: Vec<_> = KINDS.iter().filter(|kind| kind.sensor == sensor).collect();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    let remedy = format!("write `kind = \"…\"`; known: {}", names.join(", "));
    let word = section.need("kind", &remedy, section.text("kind"));
    let Some(word) = word else {
        section.forgive();
        return None;
    };
    if let Some(kind) = kinds.iter().find(|kind| kind.name == word.value) {
        return (kind.read)(section).map(|equipment| (kind.latency_ms, equipment));
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
