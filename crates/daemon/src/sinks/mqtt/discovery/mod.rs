//! How Home Assistant finds the kitchen by itself: one message for each station and one for the bridge, to
//! be retained under its discovery prefix, in the format of its MQTT device discovery (2024.12 and later).
//!
//! What is shown comes from `…/state`, which is published once a second and not five times, since a home
//! automation keeps all that it sees in a database. What a message lacks is *unknown* there, never an old
//! number: every template says so.

mod bridge;
mod entity;
mod station;

use serde_json::{Map, Value, json};

use crate::sinks::{Bridge, Place};
use entity::available;

pub use crate::config::DISCOVERY_PREFIX as PREFIX;

/// The discovery messages, topic and payload, of the bridge and of every station. `base` is what the
/// daemon's own topics begin with, `prefix` what Home Assistant's discovery topics do.
#[must_use]
pub fn messages(bridge: &Bridge, base: &str, prefix: &str) -> Vec<(String, Vec<u8>)> {
    let root = format!("{base}/{}", bridge.site.id);
    let stations = bridge.stations.iter().map(|(place, streams)| {
        let device = Device::of_station(bridge, &root, place);
        (device.id.clone(), device.station(place, streams))
    });
    let device = Device::of_bridge(bridge, &root);
    std::iter::once((device.id.clone(), device.bridge()))
        .chain(stations)
        .map(|(id, payload)| {
            let topic = format!("{prefix}/device/{id}/config");
            (topic, payload.to_string().into_bytes())
        })
        .collect()
}

/// Capitals keep these apart from whatever a site or a station is called: ids have none.
fn bridge_id(site: &Place) -> String {
    format!("wokd-{}-BRIDGE", site.id)
}

fn station_id(site: &Place, station: &Place) -> String {
    format!("wokd-{}-STATION-{}", site.id, station.id)
}

/// A message under construction.
struct Device<'a> {
    bridge: &'a Bridge,
    /// What the site's topics begin with.
    root: &'a str,
    /// In topics, and what every `unique_id` begins with.
    id: String,
    description: Value,
    components: Map<String, Value>,
}

impl<'a> Device<'a> {
    fn of_bridge(bridge: &'a Bridge, root: &'a str) -> Self {
        let id = bridge_id(&bridge.site);
        let description = json!({
            "identifiers": [&id],
            "name": format!("wokd {}", bridge.site.name),
            "manufacturer": "wokd",
            "model": "Bridge",
            "sw_version": bridge.version,
        });
        Self::new(bridge, root, id, description)
    }

    fn of_station(bridge: &'a Bridge, root: &'a str, place: &Place) -> Self {
        let id = station_id(&bridge.site, place);
        let simulated = if bridge.simulated { ", simulated" } else { "" };
        let description = json!({
            "identifiers": [&id],
            "name": place.name,
            "manufacturer": "wokd",
            "model": format!("Station, edition {}{simulated}", bridge.edition),
            "sw_version": bridge.version,
            "via_device": bridge_id(&bridge.site),
        });
        Self::new(bridge, root, id, description)
    }

    fn new(bridge: &'a Bridge, root: &'a str, id: String, description: Value) -> Self {
        Self {
            bridge,
            root,
            id,
            description,
            components: Map::new(),
        }
    }

    /// Adds an entity; `with` are the keys of its platform.
    fn add(&mut self, platform: &str, key: &str, name: &str, with: Value) {
        let mut entity = json!({
            "platform": platform,
            "unique_id": format!("{}-{key}", self.id),
            "name": name,
        });
        if let (Value::Object(entity), Value::Object(with)) = (&mut entity, with) {
            entity.extend(with);
        }
        self.components.insert(key.to_owned(), entity);
    }

    /// The whole message; its entities are there while the bridge is, unless they say otherwise.
    fn finish(self) -> Value {
        json!({
            "device": self.description,
            "origin": { "name": "wokd", "sw_version": self.bridge.version },
            "availability": [available(&format!("{}/bridge/state", self.root))],
            "availability_mode": "all",
            "components": self.components,
        })
    }
}
