//! The section `[mqtt]`: where the broker is and how it is spoken to.

use std::path::PathBuf;

use super::reader::Table;

/// The broker. Never holds the password, only the file that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mqtt {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The user, if the broker asks for one.
    pub user: Option<String>,
    /// The file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// How the connection is encrypted; in the clear without.
    pub tls: Option<Tls>,
    /// Where what no broker has acknowledged is kept; nowhere without.
    pub spool: Option<PathBuf>,
    /// The prefix under which Home Assistant looks for devices; nowhere without.
    pub discovery: Option<String>,
    /// What every topic begins with.
    pub base: String,
}

/// Whom to trust, and who we are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// The certificates (PEM) of who signs the broker's; the system's without.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate chain and its key (PEM), if the broker asks for one.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// Where Home Assistant looks for devices unless its user chose otherwise.
pub const DISCOVERY_PREFIX: &str = "homeassistant";
/// The port that is meant where none is named.
const PORT: u16 = 1883;
/// The same, encrypted.
const TLS_PORT: u16 = 8883;

pub(super) fn read(section: &Table<'_>) -> Option<Mqtt> {
    let url = section.text("url");
    let host = section.text("host");
    let port = section
        .integer("port", 1..=65_535)
        .and_then(|port| u16::try_from(port.value).ok());
    let user = section.text("user").map(|spot| spot.value);
    let password_file = section.path("password_file").map(|spot| spot.value);
    let base = section.text("base");
    let discovery = section.flag("discovery").unwrap_or(true);
    let prefix = section.text("discovery_prefix");
    let prefix = prefix.map_or_else(|| DISCOVERY_PREFIX.to_owned(), |spot| spot.value);
    let spool = section.path("spool").map(|spot| spot.value);
    let tls = Tls {
        ca_file: section.path("ca_file").map(|spot| spot.value),
        identity: identity(section),
    };
    if section.has("password") {
        section.ask("password");
        let remedy = "put it into a file of its own, readable by the daemon alone, and name that as `password_file`";
        section.problem(
            section.at(),
            "[mqtt] has a `password`, which a configuration must not hold",
            remedy,
        );
    }
    section.finish();

    let base = base.map_or_else(
        || Some("wok".to_owned()),
        |base| {
            let sound = !base.value.contains(['#', '+'])
                && !base.value.starts_with('/')
                && !base.value.ends_with('/');
            if !sound {
                let what = format!("`base` is {:?}", base.value);
                section.problem(
                    &base.at,
                    what,
                    "a base topic has no #, no + and no slash at its ends",
                );
            }
            sound.then_some(base.value)
        },
    );
    if let (Some(url), Some(_)) = (&url, &host) {
        section.problem(
            &url.at,
            "[mqtt] has both `url` and `host`",
            "keep one of them",
        );
        return None;
    }
    let (host, default_port, encrypted) = match (url, host) {
        (Some(url), _) => match parse_url(&url.value) {
            Ok(parts) => parts,
            Err((what, remedy)) => {
                section.problem(&url.at, format!("`url` {what}"), remedy);
                return None;
            }
        },
        (None, Some(host)) => (host.value, None, tls != Tls::default()),
        (None, None) => {
            if section.trusts_absence() && !section.has("url") && !section.has("host") {
                let remedy = "write `url = \"mqtt://localhost:1883\"`, or take the section out";
                section.problem(section.at(), "[mqtt] has no `url`", remedy);
            }
            return None;
        }
    };
    if !encrypted && tls != Tls::default() {
        let remedy = "write `url = \"mqtts://…\"`, or take the files out";
        let what = "[mqtt] names certificates, but its `url` is in the clear";
        section.problem(section.at(), what, remedy);
        return None;
    }
    let usual = if encrypted { TLS_PORT } else { PORT };
    Some(Mqtt {
        host,
        port: port.or(default_port).unwrap_or(usual),
        user,
        password_file,
        tls: encrypted.then_some(tls),
        spool: spool.or_else(usual_spool),
        discovery: discovery.then_some(prefix),
        base: base?,
    })
}

/// Under systemd, the service's own folder.
fn usual_spool() -> Option<PathBuf> {
    let folder = std::env::var_os("STATE_DIRECTORY")?;
    Some(PathBuf::from(folder).join("mqtt.spool"))
}

/// Our certificate and its key, which come together or not at all.
fn identity(section: &Table<'_>) -> Option<(PathBuf, PathBuf)> {
    let certificate = section.path("certificate");
    let key = section.path("key");
    match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate.value, key.value)),
        (Some(alone), None) | (None, Some(alone)) => {
            let remedy = "name both `certificate` and `key`, each a PEM file, or neither";
            section.problem(
                &alone.at,
                "[mqtt] has one of `certificate` and `key`",
                remedy,
            );
            None
        }
        (None, None) => None,
    }
}

/// What an MQTT URL looks like.
const URL: &str = "write \"mqtt://host:1883\", or \"mqtts://host:8883\" for an encrypted one";

/// Host, port and whether it is encrypted of an MQTT URL, or what is wrong and what to do. A password in it is not repeated.
fn parse_url(url: &str) -> Result<(String, Option<u16>, bool), (String, &'static str)> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| ("has no scheme".to_owned(), URL))?;
    let encrypted = match scheme {
        "mqtt" | "tcp" => false,
        "mqtts" | "ssl" => true,
        other => return Err((format!("has the scheme {other:?}"), URL)),
    };
    if rest.contains('@') {
        return Err((
            "holds a user or a password".into(),
            "they go into `user` and `password_file`",
        ));
    }
    let rest = rest.trim_end_matches('/');
    if rest.is_empty() || rest.contains('/') {
        return Err(("has no host, or a path behind it".into(), URL));
    }
    // [::1]:1883, host:1883, host
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let port = port.parse().ok().filter(|port| *port > 0);
            (
                host,
                Some(port.ok_or_else(|| ("has a port that is none".to_owned(), URL))?),
            )
        }
        _ => (rest, None),
    };
    Ok((host.trim_matches(['[', ']']).to_owned(), port, encrypted))
}
