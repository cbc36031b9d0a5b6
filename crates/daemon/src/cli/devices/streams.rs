//! Streams of the Lab Streaming Layer that are shown on the network.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use firmware_interfaces::lsl::Format;

use super::scan::{Found, Role};
use crate::lsl::{self, Network, StreamInfo, survey};

/// How long a stream has to answer: multicast over Wi-Fi waits for the next beacon, some 0.1 to 0.3 s.
const WAIT: Duration = Duration::from_secs(1);

/// Every stream that answers, by its source.
///
/// # Errors
/// When nobody can be asked.
pub(super) fn find(network: &Network) -> io::Result<Vec<Found>> {
    let mut streams = survey(network, WAIT)?;
    streams.sort_by(|a, b| a.info.source_id.cmp(&b.info.source_id));
    Ok(streams.iter().map(describe).collect())
}

/// What a stream says of itself is anybody's text, and must not move a terminal's cursor.
fn describe(found: &lsl::Found) -> Found {
    let lsl::Found { info, address } = found;
    let own = info.is_own();
    let rate = match info.rate_hz {
        0.0 => "at no fixed rate".to_owned(),
        rate => format!("at {rate} Hz"),
    };
    let what = format!(
        "{} {:?} of {} channels of {} {rate}, an LSL stream of {address} ({}){}",
        info.kind.escape_debug(),
        info.name,
        info.channels,
        info.format.as_str(),
        info.host.escape_debug(),
        if own { ", shown by a wokd" } else { "" }
    );
    let role = if own { None } else { headset(info) };
    let source_id = info.source_id.escape_debug().to_string();
    Found {
        note: role.map(|rate_hz| {
            format!("kind = \"lsl\", source_id = \"{source_id}\", rate = {rate_hz}")
        }),
        name: if source_id.is_empty() {
            format!("{:?}", info.name)
        } else {
            source_id
        },
        real: PathBuf::new(),
        what,
        holder: None,
        role: role.map_or(Role::Other, |rate_hz| Role::Headset { rate_hz }),
    }
}

/// The rate to configure of what may be a headset, and can be named as it is.
fn headset(info: &StreamInfo) -> Option<u32> {
    let named =
        !info.source_id.is_empty() && info.source_id.escape_debug().eq(info.source_id.chars());
    let rate = info.rate_hz.round();
    let sound = (1.0..=20_000.0).contains(&rate) && info.format != Format::Text;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 20,000"
    )]
    (named && sound && info.kind == "EEG").then_some(rate as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(kind: &str, source_id: &str, rate_hz: f64) -> Found {
        let channels = vec![lsl::Channel::default(); 8];
        let mut info = StreamInfo::new("cap", kind, Format::Float32, rate_hz, channels);
        info.source_id = source_id.into();
        info.host = "lab\u{1b}[2J".into();
        let address = [10, 0, 0, 7].into();
        describe(&lsl::Found { info, address })
    }

    #[test]
    fn a_headset_is_told_from_what_is_none() {
        let check = |kind: &str, source_id: &str, rate_hz: f64, expect: Role| {
            let found = stream(kind, source_id, rate_hz);
            assert_eq!(found.role, expect, "{found:?}");
            assert_eq!(found.note.is_some(), expect != Role::Other, "{found:?}");
            let shown = format!("{}{}{:?}", found.name, found.what, found.note);
            assert!(!shown.contains(char::is_control), "{shown}");
        };
        check("EEG", "cap-1", 500.0, Role::Headset { rate_hz: 500 });
        check("EEG", "cap-1", 0.0, Role::Other);
        check("Gaze", "cap-1", 500.0, Role::Other);
        check("EEG", "", 500.0, Role::Other);
        check("EEG", "a\"\nb", 500.0, Role::Other);
        check("EEG", "wokd-home-stove-eeg", 250.0, Role::Other);
        check("E\nG", "cap-1", 500.0, Role::Other);
    }

    #[test]
    fn a_headset_on_the_network_is_written_where_none_is_plugged_in() {
        let text = super::super::draft::draft(&[stream("EEG", "cap-1", 500.0)]).unwrap();
        let file = std::path::Path::new("draft.toml");
        let config = crate::config::Config::parse(file, &text).unwrap_or_else(|p| panic!("{p}"));
        let shown = config.to_string();
        assert!(
            shown.contains("lsl, 500 Hz at lsl:type='EEG' and source_id='cap-1'"),
            "{shown}"
        );
    }
}
