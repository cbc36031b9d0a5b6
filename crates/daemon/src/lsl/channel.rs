//! What a stream says of one channel.

/// A channel in a stream's description.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Channel {
    /// Its name: for EEG, the electrode's site.
    pub label: String,
    /// Unit of its values, such as `microvolts`.
    pub unit: String,
    /// What it is, such as `EEG`.
    pub kind: String,
}

impl Channel {
    /// What a value of 1 is in µV; `None` where the unit is no voltage that is known.
    #[must_use]
    pub fn microvolts(&self) -> Option<f32> {
        let unit = self.unit.trim().to_lowercase();
        match unit.as_str() {
            "microvolts" | "microvolt" | "uv" | "µv" | "μv" => Some(1.0),
            "nanovolts" | "nanovolt" | "nv" => Some(1e-3),
            "millivolts" | "millivolt" | "mv" => Some(1e3),
            "volts" | "volt" | "v" => Some(1e6),
            _ => None,
        }
    }
}
