//! What the Lab Streaming Layer outlet shows of this kitchen.

use std::sync::Arc;

use wok_core::config::Protocol;
use wok_core::verdict::StreamKind;

use super::Error;
use crate::clock::Clock;
use crate::config::{self, Config, Station};
use crate::lsl::{Acquisition, Network};
use crate::sinks::Bridge;
use crate::sinks::lsl::{self, Lsl, Signals};

/// Starts the outlet that a section asks for.
pub(super) fn start(
    section: &config::Lsl,
    config: &Config,
    bridge: &Bridge,
    clock: &Arc<dyn Clock>,
) -> Result<Lsl, Error> {
    let outlet = lsl::Config {
        address: section.address,
        network: Network {
            session: section.session.clone(),
            ..Network::default()
        },
        signals: section
            .signals
            .then(|| config.stations.iter().map(signals).collect()),
    };
    let lsl = Lsl::start(&outlet, bridge, clock).map_err(|error| {
        let remedy =
            "write an `address` of this machine: 127.0.0.1 for itself alone, 0.0.0.0 for all";
        Error::Config(format!("[lsl] at {}: {error}; {remedy}", section.address))
    })?;
    let (address, session) = (section.address, &section.session);
    tracing::info!(%address, session, signals = section.signals, "LSL streams wokd-{}-… are shown", bridge.site.id);
    Ok(lsl)
}

/// The signals of a station: of each kind that of the first device that gives it, as the pipeline takes them.
fn signals(station: &Station) -> Signals {
    let of = |kind| {
        let mut devices = station.devices.iter();
        let device = devices.find(|device| device.streams().contains(&kind))?;
        let (manufacturer, model) = make(device.protocol);
        Some(Acquisition {
            manufacturer: manufacturer.to_owned(),
            model: model.to_owned(),
            compensated_lag: Some(device.latency as f64 / 1e9),
        })
    };
    let wired = station.montage.map(|channel| channel.is_some());
    Signals {
        eeg: of(StreamKind::Eeg).map(|device| (wired, device)),
        audio: of(StreamKind::Audio),
        thermal: of(StreamKind::Thermal),
    }
}

/// Manufacturer and model, as far as what a device speaks tells them; empty where it does not.
fn make(protocol: Protocol) -> (&'static str, &'static str) {
    match protocol {
        Protocol::Cyton { daisy: false, .. } => ("OpenBCI", "Cyton"),
        Protocol::Cyton { daisy: true, .. } => ("OpenBCI", "Cyton with Daisy"),
        Protocol::ThinkGear => ("NeuroSky", "ThinkGear"),
        Protocol::GyMcu90640 => ("", "GY-MCU90640"),
        Protocol::Lepton => ("FLIR", "Lepton"),
        // Two makers sell the same bytes.
        Protocol::InfiRay => ("", ""),
        Protocol::WokLink { .. } | Protocol::Lsl { .. } | Protocol::Pcm { .. } => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_station_shows_what_it_has() {
        let text = "version = 1\n[site]\nid = \"home\"\n[[station]]\nid = \"stove\"\n\
                    [station.eeg]\nkind = \"cyton\"\nport = \"/dev/x\"\nsites = [\"Cz\", \"O1\"]\nlatency_ms = 9\n\
                    [station.thermal]\nkind = \"woklink\"\nport = \"/dev/y\"\nsound = true\n";
        let config = Config::parse(Path::new("wokd.toml"), text).unwrap();
        let signals = signals(&config.stations[0]);
        let (wired, device) = signals.eeg.unwrap();
        assert_eq!(wired.iter().filter(|wired| **wired).count(), 1);
        assert_eq!(
            (&device.manufacturer[..], &device.model[..]),
            ("OpenBCI", "Cyton")
        );
        assert_eq!(device.compensated_lag, Some(0.009));
        // The link is camera and microphone, and says nothing of who made it.
        assert_eq!(signals.audio, signals.thermal);
        assert_eq!(signals.audio.unwrap().model, "");
    }
}
