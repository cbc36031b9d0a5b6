//! The sections that are not stations: site, broker, metrics, model.

use std::net::SocketAddr;
use std::path::PathBuf;

use wok_infer::Provider;

use super::reader::Table;

/// The kitchen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id in topics and labels, `[a-z0-9_-]`.
    pub id: String,
    /// Its name for people, in any script.
    pub name: String,
}

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
    /// What every topic begins with.
    pub base: String,
}

/// Where metrics are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Address and port of `/metrics`.
    pub listen: SocketAddr,
}

/// The model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// The ONNX file; the shipped edition without.
    pub path: Option<PathBuf>,
    /// The execution provider.
    pub provider: Provider,
    /// The ONNX Runtime library; looked for without.
    pub library: Option<PathBuf>,
}

pub(super) fn site(root: &Table<'_>) -> Option<Site> {
    let section = root.table("site");
    let section = root.need("site", "add a section [site] with `id = \"home\"`", section)?;
    let id = section.need("id", "write `id = \"home\"`", section.id("id"));
    let name = section.text("name");
    section.finish();
    let id = id?.value;
    Some(Site {
        name: name.map_or_else(|| id.clone(), |name| name.value),
        id,
    })
}

pub(super) fn mqtt(section: &Table<'_>) -> Option<Mqtt> {
    let url = section.text("url");
    let host = section.text("host");
    let port = section
        .integer("port", 1..=65_535)
        .and_then(|port| u16::try_from(port.value).ok());
    let user = section.text("user").map(|spot| spot.value);
    let password_file = section.path("password_file").map(|spot| spot.value);
    let base = section.text("base");
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
    let (host, default_port) = match (url, host) {
        (Some(url), _) => match parse_url(&url.value) {
            Ok(parts) => parts,
            Err((what, remedy)) => {
                section.problem(&url.at, format!("`url` {what}"), remedy);
                return None;
            }
        },
        (None, Some(host)) => (host.value, None),
        (None, None) => {
            if section.trusts_absence() && !section.has("url") && !section.has("host") {
                let remedy = "write `url = \"mqtt://localhost:1883\"`, or take the section out";
                section.problem(section.at(), "[mqtt] has no `url`", remedy);
            }
            return None;
        }
    };
    let port = port.or(default_port).unwrap_or(1883);
    Some(Mqtt {
        host,
        port,
        user,
        password_file,
        base: base?,
    })
}

/// What an MQTT URL looks like.
const URL: &str = "write \"mqtt://host:1883\"";
/// The publisher has no TLS, and an encrypted connection that was asked for must not become a plain one.
const NO_TLS: &str = "this build speaks to the broker in the clear: write mqtt:// to a Mosquitto on this machine or \
    its own network, and let that one bridge to the other by TLS (`bridge_cafile` in mosquitto.conf)";

/// Host and port of an MQTT URL, or what is wrong and what to do. A password in it is not repeated.
fn parse_url(url: &str) -> Result<(String, Option<u16>), (String, &'static str)> {
    let (scheme, rest) = url
        .split_once("://")
        .ok_or_else(|| ("has no scheme".to_owned(), URL))?;
    match scheme {
        "mqtt" | "tcp" => {}
        "mqtts" | "ssl" => return Err(("asks for TLS".into(), NO_TLS)),
        other => return Err((format!("has the scheme {other:?}"), URL)),
    }
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
    Ok((host.trim_matches(['[', ']']).to_owned(), port))
}

pub(super) fn metrics(section: &Table<'_>) -> Option<Metrics> {
    let listen = section.text("listen");
    section.finish();
    let Some(listen) = listen else {
        return (!section.has("listen")).then(|| Metrics {
            listen: ([127, 0, 0, 1], 9464).into(),
        });
    };
    match listen.value.parse() {
        Ok(listen) => Some(Metrics { listen }),
        Err(_) => {
            let what = format!("`listen` is {:?}", listen.value);
            section.problem(
                &listen.at,
                what,
                "write an address and a port, such as \"127.0.0.1:9464\"",
            );
            None
        }
    }
}

pub(super) fn model(root: &Table<'_>) -> Option<Model> {
    let Some(section) = root.table("model") else {
        return (!root.has("model")).then_some(Model {
            path: None,
            provider: Provider::Auto,
            library: None,
        });
    };
    let path = section.path("path").map(|spot| spot.value);
    let library = section.path("library").map(|spot| spot.value);
    let provider = section.text("provider");
    section.finish();
    let provider = match provider {
        None => Some(Provider::Auto),
        Some(text) => match text.value.parse() {
            Ok(provider) => Some(provider),
            Err(_) => {
                let what = format!("`provider` is {:?}", text.value);
                section.problem(
                    &text.at,
                    what,
                    "write \"auto\", \"cpu\", \"cuda:0\" or \"tensorrt:0\"",
                );
                None
            }
        },
    };
    Some(Model {
        path,
        provider: provider?,
        library,
    })
}
