//! What Home Assistant shows of the daemon itself.

use serde_json::{Value, json};

use super::Device;
use super::entity::{connectivity, or_unknown};

impl Device<'_> {
    /// The bridge's message.
    pub(super) fn bridge(mut self) -> Value {
        let [state, info, health] =
            ["state", "info", "health"].map(|topic| format!("{}/bridge/{topic}", self.root));
        let mut connection = connectivity(&state);
        // An entity that vanished with the bridge could not say that it is gone.
        connection["availability"] = json!([]);
        self.add("binary_sensor", "online", "Connection 连接", connection);
        self.add(
            "binary_sensor",
            "health",
            "Stages 运行",
            json!({
                "state_topic": health,
                "value_template": "{{ 'ON' if value_json.stages.values() | selectattr('state', 'eq', 'stalled') | list else 'OFF' }}",
                "device_class": "problem",
                "entity_category": "diagnostic",
            }),
        );
        for (key, name, icon) in [
            ("edition", "Model edition 模型版本", "mdi:brain"),
            ("provider", "Execution provider 推理后端", "mdi:chip"),
        ] {
            self.add(
                "sensor",
                key,
                name,
                json!({
                    "state_topic": info,
                    "value_template": or_unknown(key),
                    "icon": icon,
                    "entity_category": "diagnostic",
                }),
            );
        }
        self.finish()
    }
}
