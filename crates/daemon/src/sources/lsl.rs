//! EEG of a Lab Streaming Layer outlet. It is looked for until it is there and again whenever it is lost, always
//! the same one; the samples go on as they came, behind a header that says what they are.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use firmware_interfaces::lsl::{Decoder, Format, HEADER_LEN, Header, Item};
use wok_core::config::Protocol;
use wok_core::time::{HostTime, SECOND};

use super::{Backoff, Equipment, Outlet, StopToken};
use crate::config::reader::Table;
use crate::lsl::{Feed, Found, Network, StreamInfo, equals, explain, full_info, probe, resolve};

/// Which outlet.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// What is asked for, as people read it.
    pub place: PathBuf,
    /// Name of the stream, where it decides.
    pub name: Option<String>,
    /// Stable name of the source, where it decides.
    pub source_id: Option<String>,
    /// What it carries, such as `EEG`.
    pub kind: String,
    /// Name or address of the machine, where it decides.
    pub host: Option<String>,
    /// Sources and machines that may be heard; any, if empty.
    pub allow: Vec<String>,
    /// Nominal rate that it must have, in Hz.
    pub rate_hz: u32,
    /// Channels that it must have at least.
    pub channels: u32,
    /// Where it is looked for.
    pub network: Network,
}

/// Highest rate that is read, in Hz.
const MAX_RATE: i64 = 20_000;

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let text = |key| table.text(key).map(|spot| spot.value);
    let list = |key| {
        let spots = table.texts(key).map_or_else(Vec::new, |spot| spot.value);
        spots.into_iter().map(|spot| spot.value).collect()
    };
    let rate_hz = table
        .integer("rate", 1..=MAX_RATE)
        .and_then(|spot| u32::try_from(spot.value).ok())
        .unwrap_or(250);
    let mut network = Network {
        peers: list("known_peers"),
        ..Network::default()
    };
    if let Some(session) = text("session") {
        network.session = session;
    }
    let mut config = Config {
        place: PathBuf::new(),
        name: text("name"),
        source_id: text("source_id"),
        kind: text("type").unwrap_or_else(|| "EEG".to_owned()),
        host: text("host"),
        allow: list("allow"),
        rate_hz,
        channels: 1,
        network,
    };
    let Some(predicate) = config.predicate(None) else {
        let remedy = "use one kind of quotes at most in `name`, `source_id` and `type`";
        table.problem(table.at(), "a name has both ' and \" in it", remedy);
        return None;
    };
    let host = config.host.as_ref().map(|host| format!(" at {host}"));
    config.place = format!("lsl:{predicate}{}", host.unwrap_or_default()).into();
    Some(Equipment {
        protocol: Protocol::Lsl { rate_hz },
        source: super::Config::Lsl(config),
    })
}

impl Config {
    /// What is asked for; once a source has been heard, that one alone.
    fn predicate(&self, heard: Option<&str>) -> Option<String> {
        let source_id = self.source_id.as_deref().or(heard);
        let mut parts = vec![equals("type", &self.kind)?];
        if let Some(name) = &self.name {
            parts.push(equals("name", name)?);
        }
        if let Some(source_id) = source_id {
            parts.push(equals("source_id", source_id)?);
        }
        Some(parts.join(" and "))
    }

    /// Looks for the stream once and checks it; what it is, or why it cannot be used.
    pub(crate) fn look(&self, stop: &StopToken) -> Result<Found, String> {
        let found = self.find(None, stop)?;
        self.check(&found.info).map(|()| found)
    }

    fn find(&self, heard: Option<&str>, stop: &StopToken) -> Result<Found, String> {
        let predicate = self.predicate(heard).unwrap_or_default();
        let found = resolve(&self.network, &predicate, SEARCH, stop)
            .map_err(|error| format!("streams cannot be looked for ({error})"))?;
        self.choose(found)
    }

    /// The one stream of those found that is meant, or why there is none.
    fn choose(&self, mut found: Vec<Found>) -> Result<Found, String> {
        let is_at = |f: &Found, host: &str| f.info.host == host || f.address.to_string() == host;
        if let Some(host) = &self.host {
            found.retain(|f| is_at(f, host));
        }
        // EEG that a wokd shows is no headset, least of all our own, unless it is named.
        if self.name.is_none() && self.source_id.is_none() {
            found.retain(|f| !f.info.is_own());
        }
        let listed = |f: &Found| {
            let allows = |name: &String| f.info.source_id == *name || is_at(f, name);
            self.allow.is_empty() || self.allow.iter().any(allows)
        };
        let (mut found, others): (Vec<_>, Vec<_>) = found.into_iter().partition(listed);
        let place = self.place.display();
        match (found.len(), others.first()) {
            (1, _) => found.pop().ok_or_else(String::new),
            (0, Some(other)) => Err(format!(
                "{} fits, but `allow` does not list it",
                other.shown()
            )),
            (0, None) => Err(format!("nobody answers for {place}")),
            (n, _) => Err(format!(
                "{n} streams fit {place}: {} and {}; say which by `source_id` or `host`",
                found[0].shown(),
                found[1].shown()
            )),
        }
    }

    /// Whether a stream is what the configuration and the model can use.
    fn check(&self, info: &StreamInfo) -> Result<(), String> {
        let rate = f64::from(self.rate_hz);
        if info.format == Format::Text {
            return Err(format!("{:?} carries texts, not signals", info.name));
        }
        if (info.rate_hz - rate).abs() > 0.005 * rate {
            return Err(format!(
                "{:?} has {} Hz; write that as `rate`, which is {rate}",
                info.name, info.rate_hz
            ));
        }
        if info.channels < self.channels {
            return Err(format!(
                "{:?} has {} channels, and `sites` names one on channel {}",
                info.name, info.channels, self.channels
            ));
        }
        Ok(())
    }
}

/// Microvolts of a value of 1, by the units of the channels.
fn scale(info: &StreamInfo) -> Result<Option<f32>, String> {
    let mut scales = info.described.iter().filter_map(|c| c.microvolts());
    let first = scales.next();
    match scales.find(|scale| Some(*scale) != first) {
        Some(_) => Err(format!(
            "the channels of {:?} differ in their units",
            info.name
        )),
        None => Ok(first),
    }
}

/// How long a search lasts.
const SEARCH: Duration = Duration::from_secs(2);
/// A regular stream that says nothing for so long is lost: its machine may have lost its power.
const SILENT: i64 = 5 * SECOND;
/// How often the header is said again, for an epoch that opens within a connection.
const AGAIN: i64 = SECOND;
/// Bytes of one read, beside an unfinished sample.
const READ: usize = 64 * 1024;

pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    let mut heard = None;
    while !outlet.stop.is_stopped() {
        let reads = outlet.health.state().reads;
        if let Err(why) = follow(config, outlet, &mut heard) {
            outlet.down(&why);
        }
        if outlet.health.state().reads > reads {
            backoff.reset();
        }
        outlet.stop.wait(backoff.next());
    }
    outlet.down("stopped");
}

/// Finds the stream and reads it to its end.
fn follow(config: &Config, outlet: &Outlet, heard: &mut Option<String>) -> Result<(), String> {
    let found = config.find(heard.as_deref(), &outlet.stop)?;
    config.check(&found.info)?;
    let told = |error| format!("{}: {error}", found.shown());
    let full = full_info(&found).map_err(|error| told(error.to_string()))?;
    let scale = scale(&full)?;
    let feed = Feed::connect(&found).map_err(|error| told(error.to_string()))?;
    outlet.health.opened();
    let unit = if scale.is_some() {
        ""
    } else {
        ", unit not told: taken as microvolts"
    };
    let Found { info, address } = &found;
    outlet.health.detail(format!(
        "{} of {address}, {} channels of {} at {} Hz{unit}",
        info.name,
        info.channels,
        info.format.as_str(),
        info.rate_hz
    ));
    let header = Header {
        shape: feed.shape(),
        rate_hz: info.rate_hz,
        scale: scale.unwrap_or(1.0),
        begins: true,
    };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let over = &over;
        let until = || over.load(Ordering::Relaxed) || outlet.stop.is_stopped();
        let on = |sent, received, tick| outlet.feed.probe(sent, received, tick);
        let probes = std::thread::Builder::new().name("lsl probes".into());
        let found = &found;
        let probes = probes.spawn_scoped(scope, move || {
            if let Err(error) = probe(found, outlet.clock.as_ref(), until, on) {
                tracing::warn!(source = outlet.health.name(), %error, "the sender's clock cannot be asked");
            }
        });
        let ended = match probes {
            Ok(_) => drain(feed, header, outlet, || {
                if !found.info.source_id.is_empty() {
                    *heard = Some(found.info.source_id.clone());
                }
            }),
            Err(error) => Err(error.to_string()),
        };
        over.store(true, Ordering::Relaxed);
        ended.map_err(told)
    })
}

/// Hands on whole samples as they come; why they ended.
fn drain(
    mut feed: Feed,
    mut header: Header,
    outlet: &Outlet,
    mut on_first: impl FnMut(),
) -> Result<(), String> {
    let mut decoder = Decoder::feed(header.shape);
    let sample = 9 + header.shape.format.size() * header.shape.channels as usize;
    let mut buffer = vec![0; 3 * sample + READ];
    let mut held = 0;
    let mut told: Option<HostTime> = None;
    let mut last = outlet.clock.now();
    while !outlet.stop.is_stopped() {
        let n = feed.read(&mut buffer[held..]).map_err(|e| e.to_string())?;
        let at = outlet.clock.now();
        if n == 0 {
            if at - last > SILENT {
                return Err(format!("silent for {} s", SILENT / SECOND));
            }
            continue;
        }
        last = at;
        let mut fault = None;
        decoder.push(&buffer[held..held + n], |item| {
            if let Item::Fault(what) = item {
                fault = fault.or(Some(what));
            }
        });
        if let Some(fault) = fault {
            return Err(explain(fault));
        }
        held += n;
        // The device is there with its first sample, not with its test patterns.
        if decoder.stats().frames == 0 {
            continue;
        }
        if told.is_none_or(|told| at - told >= AGAIN) {
            if told.replace(at).is_none() {
                on_first();
            }
            let mut bytes = [0; HEADER_LEN];
            header.encode(&mut bytes).map_err(|e| e.to_string())?;
            outlet.push(at, &bytes);
            header.begins = false;
        }
        let whole = held - usize::try_from(decoder.unfinished()).unwrap_or(0).min(held);
        if whole > 0 {
            outlet.push(at, &buffer[..whole]);
            buffer.copy_within(whole..held, 0);
            held -= whole;
        }
    }
    Ok(())
}
