//! What Home Assistant shows of a station.

use serde_json::{Value, json};
use wok_core::verdict::{Aspect, CueKind, Phase, StreamKind};

use super::Device;
use super::entity::{EXPIRE_AFTER, available, connectivity, describe, number, or_unknown, share};
use crate::sinks::Place;

impl Device<'_> {
    /// The message of a station with these streams.
    pub(super) fn station(mut self, place: &Place, streams: &[StreamKind]) -> Value {
        let root = format!("{}/{}", self.root, place.id);
        self.scores(&root);
        self.measures(&root, streams);
        self.events(&root);
        for stream in streams {
            self.stream(&root, *stream);
        }
        self.finish()
    }

    /// What the model says.
    fn scores(&mut self, root: &str) {
        for (key, name, icon) in [
            ("technique_score", "Technique score 技法分", "mdi:pot-steam"),
            (
                "low",
                "Technique score, low 下限",
                "mdi:arrow-collapse-down",
            ),
            (
                "high",
                "Technique score, high 上限",
                "mdi:arrow-collapse-up",
            ),
        ] {
            self.add("sensor", key, name, number(root, key, "points", 1, icon));
        }
        for aspect in Aspect::ALL {
            let (english, icon) = describe(aspect);
            let name = format!("{english} {}", aspect.zh());
            let key = aspect.as_str();
            self.add("sensor", key, &name, share(root, key, icon));
        }
        self.add(
            "sensor",
            "phase",
            "Phase 阶段",
            json!({
                "state_topic": format!("{root}/state"),
                "value_template": or_unknown("phase"),
                "device_class": "enum",
                "options": Phase::ALL.map(Phase::as_str),
                "expire_after": EXPIRE_AFTER,
                "icon": "mdi:progress-clock",
            }),
        );
    }

    /// What is measured, apart from the model.
    fn measures(&mut self, root: &str, streams: &[StreamKind]) {
        if streams.contains(&StreamKind::Thermal) {
            let mut wall = number(root, "wall_celsius", "°C", 1, "mdi:thermometer");
            wall["device_class"] = json!("temperature");
            let index = number(root, "wok_hei_index", "points", 1, "mdi:fire");
            for (key, name, mut entity) in [
                ("wall_celsius", "Wall temperature 锅壁温度", wall),
                ("wok_hei_index", "Wok-hei index 锅气指数", index),
            ] {
                entity["availability"] = self.with_sensor(root, StreamKind::Thermal);
                self.add("sensor", key, name, entity);
            }
        }
        let cadence = number(root, "toss_hz", "Hz", 1, "mdi:sine-wave");
        self.add("sensor", "toss_hz", "Toss cadence 颠勺频率", cadence);
    }

    /// What to do, and what is wrong.
    fn events(&mut self, root: &str) {
        self.add(
            "event",
            "cue",
            "Cue 提示",
            json!({
                "state_topic": format!("{root}/cue"),
                // A cue's updates and its end are no calls to act.
                "value_template": "{{ value if value_json.type == 'new' else '' }}",
                "event_types": CueKind::ALL.map(CueKind::as_str),
                "icon": "mdi:bell-ring",
            }),
        );
        self.add(
            "binary_sensor",
            "alarm",
            "Alarm 警报",
            json!({
                "state_topic": format!("{root}/alarm"),
                // An alarm that is over leaves an end, or nothing, on its topic.
                "value_template": "{{ 'ON' if value_json is defined and value_json.type != 'end' else 'OFF' }}",
                "json_attributes_topic": format!("{root}/alarm"),
                "json_attributes_template": "{{ value if value_json is defined else '{}' }}",
                "device_class": "problem",
                "icon": "mdi:fire-alert",
            }),
        );
        self.add(
            "binary_sensor",
            "degraded",
            "Degraded 传感不全",
            json!({
                "state_topic": format!("{root}/state"),
                "value_template": "{{ 'ON' if value_json.degraded else 'OFF' }}",
                "json_attributes_topic": format!("{root}/state"),
                "json_attributes_template": "{{ {'missing': value_json.missing} | tojson }}",
                "device_class": "problem",
                "expire_after": EXPIRE_AFTER,
                "entity_category": "diagnostic",
            }),
        );
    }

    /// Whether a sensor is there, and how good its signal is.
    fn stream(&mut self, root: &str, stream: StreamKind) {
        let (english, chinese, icon) = match stream {
            StreamKind::Eeg => ("EEG", "脑电", "mdi:head-flash"),
            StreamKind::Audio => ("Microphone", "麦克风", "mdi:microphone"),
            StreamKind::Thermal => ("Thermal camera", "热像仪", "mdi:camera"),
            StreamKind::Aux => ("Auxiliary sensors", "辅助传感器", "mdi:gauge"),
        };
        let word = stream.as_str();
        let topic = format!("{root}/{word}/availability");
        self.add(
            "binary_sensor",
            &format!("{word}_online"),
            &format!("{english} {chinese}"),
            connectivity(&topic),
        );
        let key = format!("quality_{word}");
        let mut quality = share(root, &key, icon);
        quality["entity_category"] = json!("diagnostic");
        quality["availability"] = self.with_sensor(root, stream);
        self.add(
            "sensor",
            &key,
            &format!("{english} quality {chinese}质量"),
            quality,
        );
    }

    /// There while the bridge and the sensor are.
    fn with_sensor(&self, root: &str, stream: StreamKind) -> Value {
        json!([
            available(&format!("{}/bridge/state", self.root)),
            available(&format!("{root}/{}/availability", stream.as_str())),
        ])
    }
}
