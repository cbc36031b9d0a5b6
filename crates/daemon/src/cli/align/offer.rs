//! The latencies that would take the lags out, and putting them into the configuration.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;

use toml_edit::{DocumentMut, Item, value};
use wok_core::crossmodal::{Lags, Pair};
use wok_core::time::MS;
use wok_core::verdict::StreamKind;

use crate::config::{Config, Device, LATENCY_MS, Station};

/// A latency that is to change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Offer {
    station: String,
    /// The section of the station: `eeg`, `thermal` or `microphone`.
    sensor: &'static str,
    pub(super) stream: StreamKind,
    from_ms: i64,
    to_ms: i64,
}

impl Offer {
    /// Whether the configuration takes it.
    pub(super) fn is_allowed(&self) -> bool {
        LATENCY_MS.contains(&self.to_ms)
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_ms, self.to_ms);
        write!(
            f,
            ": [station.{}] latency_ms = {to} (is {from})",
            self.sensor
        )
    }
}

/// The device of a station that gives a stream.
pub(super) fn device(station: &Station, stream: StreamKind) -> Option<&Device> {
    let mut devices = station.devices.iter();
    devices.find(|device| device.streams().contains(&stream))
}

/// What a station's lags come to: a stream that is later than the sound by more than is in doubt has a
/// latency that is so much too small. Latencies are not negative: rather are all of them greater. `then` has
/// the latencies with which the lags were found.
pub(super) fn offers(station: &Station, then: &Station, lags: &Lags) -> Vec<Offer> {
    let Some(sound) = device(then, StreamKind::Audio) else {
        return Vec::new();
    };
    let ms = |device: &Device| device.latency / MS;
    let mut wanted = vec![(sound, StreamKind::Audio, ms(sound))];
    for pair in [Pair::EegAudio, Pair::ThermalAudio] {
        let stream = pair.streams().0;
        // A camera that has the sound too has one latency for both.
        let Some(device) = device(then, stream).filter(|device| device.id != sound.id) else {
            continue;
        };
        let lag = lags.of(pair).known();
        let lag = lag.filter(|lag| lag.low > 0.0 || lag.high < 0.0);
        let late_ms = lag.map_or(0, |lag| (lag.seconds * 1e3).round() as i64);
        wanted.push((device, stream, ms(device) + late_ms));
    }
    let least = wanted
        .iter()
        .map(|(_, _, ms)| *ms)
        .min()
        .unwrap_or(0)
        .min(0);
    let offer = |(device, stream, to): (&Device, StreamKind, i64)| Offer {
        station: station.id.clone(),
        sensor: device.sensor,
        stream,
        from_ms: (station.devices.iter())
            .find(|now| now.id == device.id)
            .map_or(0, ms),
        to_ms: to - least,
    };
    let all = wanted.into_iter().map(offer);
    all.filter(|offer| offer.from_ms != offer.to_ms).collect()
}

/// Writes latencies into a configuration; everything else of the file stays as it is.
///
/// # Errors
/// When the file changed meanwhile so that it no longer fits, or cannot be written; then it stays as it was.
pub(super) fn write(config: &Config, offers: &[Offer]) -> Result<(), String> {
    let file = config.file.as_path();
    let fault =
        |error: &dyn fmt::Display| format!("{}: {error}; nothing was written", file.display());
    // A link stays a link.
    let file = &fs::canonicalize(file).map_err(|e| fault(&e))?;
    let text = fs::read_to_string(file).map_err(|e| fault(&e))?;
    let now = Config::parse(file, &text).map_err(|e| fault(&e))?;
    let devices = |config: &Config| -> Vec<_> {
        let of = |(_, device): (_, &Device)| (device.protocol, device.latency);
        config.devices().map(of).collect()
    };
    if devices(&now) != devices(config) {
        return Err(fault(&"its sensors were changed meanwhile; align again"));
    }
    let text = changed(&text, offers).map_err(|e| fault(&e))?;
    Config::parse(file, &text).map_err(|e| fault(&e))?;
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}", std::process::id()));
    let old = fs::metadata(file).map_err(|e| fault(&e))?;
    let mut new = fs::File::create_new(&beside).map_err(|e| fault(&e))?;
    let mut replace = || {
        new.set_permissions(old.permissions())?;
        // By root: the service must still be able to read what was its own.
        std::os::unix::fs::fchown(&new, Some(old.uid()), Some(old.gid()))?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, file)
    };
    replace().map_err(|error: std::io::Error| {
        let _ = fs::remove_file(&beside);
        fault(&error)
    })
}

/// What some editors put before a text.
const MARK: &str = "\u{feff}";

fn changed(text: &str, offers: &[Offer]) -> Result<String, String> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|e: toml_edit::TomlError| e.to_string())?;
    for offer in offers {
        let (id, sensor) = (&offer.station, offer.sensor);
        let station = document
            .get_mut("station")
            .and_then(Item::as_array_of_tables_mut)
            .and_then(|all| {
                all.iter_mut()
                    .find(|one| one.get("id").and_then(Item::as_str) == Some(id))
            });
        let section = station
            .and_then(|station| station.get_mut(sensor))
            .and_then(Item::as_table_like_mut)
            .ok_or_else(|| format!("there is no [station.{sensor}] of {id} any more"))?;
        let key = section.entry("latency_ms").or_insert(Item::None);
        let comment = key.as_value().map(|old| old.decor().clone());
        *key = value(offer.to_ms);
        if let (Some(comment), Some(new)) = (comment, key.as_value_mut()) {
            *new.decor_mut() = comment;
        }
    }
    // The parser reads Windows' line ends and mark, and forgets them.
    let mark = if text.starts_with(MARK) { MARK } else { "" };
    let lines = document.to_string();
    let lines = if text.contains("\r\n") {
        lines.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        lines
    };
    Ok(format!("{mark}{}", lines.trim_start_matches(MARK)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use wok_core::crossmodal::{Estimate, Lag};

    use super::*;

    const TEXT: &str = "version = 1\n[site]\nid = \"home\"\n\n[[station]]\nid = \"stove\"  # the left one\n\
        [station.eeg]\nkind = \"cyton\"\nport = \"/dev/ttyA\"\nlatency_ms = 10   # measured\n\
        [station.thermal]\nkind = \"gy-mcu90640\"\nport = \"/dev/ttyB\"\n\
        [station.microphone]\nkind = \"pcm-socket\"\npath = \"/run/a.pcm\"\nrate = 16000\n";

    fn lag(ms: f64) -> Lag {
        Lag::Known(Estimate {
            seconds: ms * 1e-3,
            low: (ms - 20.0) * 1e-3,
            high: (ms + 20.0) * 1e-3,
        })
    }

    fn offered(eeg: Lag, thermal: Lag) -> Vec<(&'static str, i64, i64)> {
        let config = Config::parse(Path::new("a.toml"), TEXT).unwrap();
        let offers = offers(
            &config.stations[0],
            &config.stations[0],
            &Lags::by_sound(eeg, thermal),
        );
        let short = |offer: &Offer| (offer.sensor, offer.from_ms, offer.to_ms);
        offers.iter().map(short).collect()
    }

    #[test]
    fn a_stream_that_is_later_has_a_greater_latency() {
        assert_eq!(
            offered(lag(45.2), lag(-60.0)),
            [("eeg", 10, 55), ("thermal", 159, 99)]
        );
        // Within doubt, or not known: as it is.
        assert_eq!(offered(lag(15.0), Lag::Ambiguous), []);
    }

    #[test]
    fn what_would_be_negative_makes_all_greater() {
        let expect = [("microphone", 0, 30), ("eeg", 10, 0), ("thermal", 159, 189)];
        assert_eq!(offered(lag(-40.0), lag(0.0)), expect);
    }

    #[test]
    fn writing_changes_latencies_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        fs::write(&file, TEXT).unwrap();
        let config = Config::load(&file).unwrap();
        let offers = offers(
            &config.stations[0],
            &config.stations[0],
            &Lags::by_sound(lag(45.0), lag(-60.0)),
        );
        write(&config, &offers).unwrap();
        let expect = TEXT
            .replace(
                "latency_ms = 10   # measured",
                "latency_ms = 55   # measured",
            )
            .replace("\"/dev/ttyB\"\n", "\"/dev/ttyB\"\nlatency_ms = 99\n");
        assert_eq!(fs::read_to_string(&file).unwrap(), expect);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        fs::write(&file, format!("{MARK}{}", TEXT.replace('\n', "\r\n"))).unwrap();
        write(&config, &offers).unwrap();
        let windows = format!("{MARK}{}", expect.replace('\n', "\r\n"));
        assert_eq!(fs::read_to_string(&file).unwrap(), windows);

        fs::write(&file, TEXT.replace("latency_ms = 10 ", "latency_ms = 11 ")).unwrap();
        let error = write(&config, &offers).unwrap_err();
        assert!(error.contains("changed meanwhile"), "{error}");
        fs::write(&file, TEXT.replace("stove", "grill")).unwrap();
        let error = write(&config, &offers).unwrap_err();
        assert!(error.contains("no [station.eeg] of stove"), "{error}");
    }
}
