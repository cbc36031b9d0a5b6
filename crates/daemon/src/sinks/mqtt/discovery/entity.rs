//! The parts of a message that entities share: where a value is, and what it is while there is none.

use serde_json::{Value, json};
use wok_core::verdict::Aspect;

/// Seconds without a message after which a value is unavailable: ten times what is between two.
pub(super) const EXPIRE_AFTER: u32 = 10;

/// Whether what says its state on `topic` is there.
pub(super) fn available(topic: &str) -> Value {
    json!({
        "topic": topic,
        "value_template": "{{ value_json.state }}",
    })
}

/// On while `topic` says online.
pub(super) fn connectivity(topic: &str) -> Value {
    json!({
        "state_topic": topic,
        "value_template": "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
    })
}

/// The value of a key, or, where a message lacks it, Home Assistant's word for *unknown*. A template that
/// gave nothing would leave the last number standing.
pub(super) fn or_unknown(key: &str) -> String {
    format!("{{{{ value_json.{key} | default('None') }}}}")
}

/// A number of a station's state, with its unit and decimals.
pub(super) fn number(root: &str, key: &str, unit: &str, decimals: u8, icon: &str) -> Value {
    json!({
        "state_topic": format!("{root}/state"),
        "value_template": or_unknown(key),
        "unit_of_measurement": unit,
        "suggested_display_precision": decimals,
        "state_class": "measurement",
        "expire_after": EXPIRE_AFTER,
        "icon": icon,
    })
}

/// A share of a station's state, 0–1, as a percentage.
pub(super) fn share(root: &str, key: &str, icon: &str) -> Value {
    let mut entity = number(root, key, "%", 0, icon);
    entity["value_template"] = json!(format!(
        "{{{{ (value_json.{key} * 100) | round(1) if '{key}' in value_json else 'None' }}}}"
    ));
    entity
}

/// An aspect's name in English, and its icon.
pub(super) const fn describe(aspect: Aspect) -> (&'static str, &'static str) {
    match aspect {
        Aspect::WokHei => ("Wok hei", "mdi:fire"),
        Aspect::Heat => ("Heat", "mdi:gas-burner"),
        Aspect::Toss => ("Toss", "mdi:rotate-3d-variant"),
        Aspect::Browning => ("Browning", "mdi:palette"),
        Aspect::Timing => ("Timing", "mdi:timer"),
        Aspect::Focus => ("Focus", "mdi:head-cog"),
    }
}
