//! What a stream says of the device behind it.

use std::fmt::Write as _;

use roxmltree::Node;

use super::info::{child, escape};

/// The device behind a stream, as the `acquisition` of XDF's EEG metadata tells it. What is not known is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Acquisition {
    /// Who made it.
    pub manufacturer: String,
    /// Which of its maker's devices it is.
    pub model: String,
    /// The device's fixed delay that the stamps already make up for, in seconds.
    pub compensated_lag: Option<f64>,
}

impl Acquisition {
    pub(super) fn parse(desc: Node<'_, '_>) -> Self {
        let text = |name| {
            let node = child(child(desc, "acquisition")?, name)?;
            node.text().map(|text| text.trim().to_owned())
        };
        Self {
            manufacturer: text("manufacturer").unwrap_or_default(),
            model: text("model").unwrap_or_default(),
            compensated_lag: text("compensated_lag").and_then(|lag| lag.parse().ok()),
        }
    }

    /// Nothing where nothing is known.
    pub(super) fn write(&self, xml: &mut String) {
        if *self == Self::default() {
            return;
        }
        xml.push_str("\t\t<acquisition>");
        let mut line = |name: &str, value: &str| {
            // Writing to a String cannot fail.
            let _ = write!(xml, "<{name}>{}</{name}>", escape(value));
        };
        for (name, value) in [("manufacturer", &self.manufacturer), ("model", &self.model)] {
            if !value.is_empty() {
                line(name, value);
            }
        }
        if let Some(lag) = self.compensated_lag {
            line("compensated_lag", &lag.to_string());
        }
        xml.push_str("</acquisition>\n");
    }
}
