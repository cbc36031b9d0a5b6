//! What a stream says of itself, in XML.

use std::fmt::{self, Write as _};

use firmware_interfaces::lsl::{Format, MAX_CHANNELS};
use roxmltree::{Document, Node, ParsingOptions};

use super::{Acquisition, Channel, OWN};

/// A stream's information.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamInfo {
    /// Its name.
    pub name: String,
    /// What it carries: `EEG`, `Markers`, … (`type` in XML).
    pub kind: String,
    /// Channels, at least one.
    pub channels: u32,
    /// What their values are.
    pub format: Format,
    /// Nominal samples a second; 0 where they come as they may.
    pub rate_hz: f64,
    /// Stays the same when the sender is started anew; may be empty.
    pub source_id: String,
    /// Of this one outlet.
    pub uid: String,
    /// Only programs of the same session see it.
    pub session_id: String,
    /// Name of the sender's machine.
    pub host: String,
    /// When the outlet was made, in seconds of the sender's clock.
    pub created_at: f64,
    /// TCP port of its feed; 0 where it has none by IPv4.
    pub data_port: u16,
    /// UDP port of its clock.
    pub service_port: u16,
    /// What it says of its channels; empty where it says nothing, and always in answers to discovery.
    pub described: Vec<Channel>,
    /// What it says of its device; as empty, where it says nothing.
    pub acquisition: Acquisition,
}

/// Why XML is no stream's information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InfoError(String);

impl fmt::Display for InfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the stream's information {}", self.0)
    }
}

impl std::error::Error for InfoError {}

/// Most XML nodes of an information that is read (design choice): four for each channel, thrice.
const MAX_NODES: u32 = 12 * MAX_CHANNELS;

impl StreamInfo {
    /// Whether a wokd shows it.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.source_id.starts_with(OWN)
    }

    /// A stream that is to be shown: names and shape; the outlet fills in the rest.
    #[must_use]
    pub fn new(
        name: &str,
        kind: &str,
        format: Format,
        rate_hz: f64,
        described: Vec<Channel>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            channels: u32::try_from(described.len()).unwrap_or(MAX_CHANNELS),
            format,
            rate_hz,
            source_id: name.to_owned(),
            uid: String::new(),
            session_id: String::new(),
            host: String::new(),
            created_at: 0.0,
            data_port: 0,
            service_port: 0,
            described,
            acquisition: Acquisition::default(),
        }
    }

    /// Reads a short or a full information.
    ///
    /// # Errors
    /// [`InfoError`] when it is no XML, lacks what a reader must know, or says what cannot be.
    pub fn parse(xml: &str) -> Result<Self, InfoError> {
        let options = ParsingOptions {
            nodes_limit: MAX_NODES,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(xml.trim(), options)
            .map_err(|error| InfoError(format!("is no XML that is read: {error}")))?;
        let root = document.root_element();
        let text = |name: &str| child(root, name).and_then(|n| n.text()).unwrap_or_default();
        let number = |name: &str| -> Option<f64> { text(name).trim().parse().ok() };
        let format = Format::parse(text("channel_format").trim())
            .ok_or_else(|| InfoError(format!("names the format {:?}", text("channel_format"))))?;
        let channels = number("channel_count")
            .filter(|n| (1.0..=f64::from(MAX_CHANNELS)).contains(n))
            .ok_or_else(|| InfoError(format!("names {:?} channels", text("channel_count"))))?;
        let rate_hz = number("nominal_srate")
            .filter(|rate| (0.0..=1e6).contains(rate))
            .ok_or_else(|| InfoError(format!("names the rate {:?}", text("nominal_srate"))))?;
        let port = |name| number(name).map_or(0, |n| n as u16);
        Ok(Self {
            name: text("name").to_owned(),
            kind: text("type").to_owned(),
            channels: channels as u32,
            format,
            rate_hz,
            source_id: text("source_id").to_owned(),
            uid: text("uid").trim().to_owned(),
            session_id: text("session_id").to_owned(),
            host: text("hostname").to_owned(),
            created_at: number("created_at").unwrap_or_default(),
            data_port: port("v4data_port"),
            service_port: port("v4service_port"),
            described: described(root),
            acquisition: child(root, "desc").map_or_else(Acquisition::default, Acquisition::parse),
        })
    }

    /// The information as liblsl writes it; with the description where it is the full one.
    #[must_use]
    pub fn to_xml(&self, full: bool) -> String {
        let mut xml = String::from("<?xml version=\"1.0\"?>\n<info>\n");
        let mut line = |name: &str, value: &str| {
            let _ = writeln!(xml, "\t<{name}>{}</{name}>", escape(value));
        };
        line("name", &self.name);
        line("type", &self.kind);
        line("channel_count", &self.channels.to_string());
        line("channel_format", self.format.as_str());
        line("source_id", &self.source_id);
        line("nominal_srate", &format!("{:.13}", self.rate_hz));
        line("version", "1.100000000000000");
        line("created_at", &format!("{:.9}", self.created_at));
        line("uid", &self.uid);
        line("session_id", &self.session_id);
        line("hostname", &self.host);
        line("v4address", "");
        line("v4data_port", &self.data_port.to_string());
        line("v4service_port", &self.service_port.to_string());
        line("v6address", "");
        line("v6data_port", "0");
        line("v6service_port", "0");
        if full && !self.described.is_empty() {
            xml.push_str("\t<desc>\n");
            self.acquisition.write(&mut xml);
            xml.push_str("\t\t<channels>\n");
            for channel in &self.described {
                let _ = writeln!(
                    xml,
                    "\t\t\t<channel><label>{}</label><unit>{}</unit><type>{}</type></channel>",
                    escape(&channel.label),
                    escape(&channel.unit),
                    escape(&channel.kind)
                );
            }
            xml.push_str("\t\t</channels>\n\t</desc>\n");
        } else {
            xml.push_str("\t<desc />\n");
        }
        xml.push_str("</info>\n");
        xml
    }
}

pub(super) fn child<'a, 'd>(node: Node<'a, 'd>, name: &str) -> Option<Node<'a, 'd>> {
    node.children().find(|child| child.has_tag_name(name))
}

fn described(root: Node<'_, '_>) -> Vec<Channel> {
    let list = child(root, "desc").and_then(|desc| child(desc, "channels"));
    let Some(list) = list else { return Vec::new() };
    let channels = list.children().filter(|node| node.has_tag_name("channel"));
    channels
        .take(MAX_CHANNELS as usize)
        .map(|channel| {
            let text = |name| {
                let text = child(channel, name).and_then(|node| node.text());
                text.unwrap_or_default().trim().to_owned()
            };
            Channel {
                label: text("label"),
                unit: text("unit"),
                kind: text("type"),
            }
        })
        .collect()
}

/// A text within XML; what XML 1.0 cannot hold is left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let channel = Channel {
            label: "Fp1 <&>".into(),
            unit: "microvolts".into(),
            kind: "EEG".into(),
        };
        let mut info = StreamInfo::new("灶台 & <1>", "EEG", Format::Float32, 250.0, vec![channel]);
        (info.data_port, info.service_port, info.created_at) = (16_572, 16_573, 2083.5);
        info.uid = "u".into();
        info.acquisition = Acquisition {
            manufacturer: "A & B".into(),
            model: String::new(),
            compensated_lag: Some(0.004),
        };
        assert_eq!(StreamInfo::parse(&info.to_xml(true)), Ok(info.clone()));
        let short = StreamInfo::parse(&info.to_xml(false)).unwrap();
        assert_eq!((short.described.len(), short.name), (0, info.name));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let xml =
            StreamInfo::new("a", "b", Format::Int8, 0.0, vec![Channel::default()]).to_xml(true);
        let check = |from: &str, to: &str, words: &str| {
            let error = StreamInfo::parse(&xml.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        };
        check(">int8<", ">undefined<", "\"undefined\"");
        check("count>1<", "count>0<", "\"0\" channels");
        check("count>1<", "count>99999999999<", "channels");
        check("srate>0.0", "srate>-1", "rate");
        check("</info>", "", "no XML");
        let bomb = "<!DOCTYPE a [<!ENTITY x \"y\">]>";
        check("<?xml version=\"1.0\"?>", bomb, "no XML");
        check("<desc>", &"<desc><a/>".repeat(60_000), "no XML");
    }
}
