//! The add-on's `config.yaml` against what the Supervisor reads.
//!
//! The lists are of home-assistant/supervisor's `supervisor/addons/validate.py` (commit 00788af8) and `options.py`
//! (commit 03069159). The Supervisor drops keys that it does not know without a word: here they are mistakes.

use yaml_rust2::Yaml;

use crate::{keys, yaml};

const NEEDED: &[&str] = &["name", "version", "slug", "description", "arch"];
/// Those of the Supervisor's optional keys that an add-on for devices may want.
const OPTIONAL: &[&str] = &[
    "machine",
    "url",
    "startup",
    "boot",
    "init",
    "stage",
    "ports",
    "ports_description",
    "watchdog",
    "host_network",
    "devices",
    "udev",
    "tmpfs",
    "map",
    "environment",
    "privileged",
    "apparmor",
    "audio",
    "video",
    "usb",
    "uart",
    "realtime",
    "hassio_api",
    "services",
    "backup",
    "backup_exclude",
    "options",
    "schema",
    "image",
    "ulimits",
    "timeout",
    "journald",
    "breaking_versions",
];
const SWITCHES: &[&str] = &[
    "init",
    "host_network",
    "udev",
    "tmpfs",
    "audio",
    "video",
    "usb",
    "uart",
    "realtime",
];
const STARTUP: &[&str] = &["initialize", "system", "services", "application", "once"];
const BOOT: &[&str] = &["auto", "manual", "manual_only"];
const SERVICES: &[&str] = &[
    "mqtt:need",
    "mqtt:want",
    "mqtt:provide",
    "mysql:need",
    "mysql:want",
    "mysql:provide",
];
const MAP: &[&str] = &[
    "data",
    "ssl",
    "addons",
    "backup",
    "share",
    "media",
    "homeassistant_config",
    "all_addon_configs",
    "addon_config",
];

fn texts(list: &Yaml) -> Vec<&str> {
    list.as_vec()
        .unwrap()
        .iter()
        .map(|text| text.as_str().unwrap())
        .collect()
}

/// Kind of an element of the schema, what stands in its brackets, and whether it may be absent.
fn element(text: &str) -> (&str, Option<&str>, bool) {
    let (text, optional) = match text.strip_suffix('?') {
        Some(text) => (text, true),
        None => (text, false),
    };
    match text.split_once('(') {
        Some((kind, rest)) => (kind, Some(rest.strip_suffix(')').unwrap()), optional),
        None => (text, None, optional),
    }
}

#[test]
fn every_key_is_one_that_the_supervisor_reads() {
    let config = yaml("homeassistant-addon/config.yaml");
    let keys = keys(&config);
    for key in NEEDED {
        assert!(keys.contains(key), "{key} is missing");
    }
    for key in &keys {
        assert!(NEEDED.contains(key) || OPTIONAL.contains(key), "{key}");
        if SWITCHES.contains(key) {
            assert!(config[*key].as_bool().is_some(), "{key}");
        }
    }
    assert_eq!(config["version"].as_str(), Some(env!("CARGO_PKG_VERSION")));
    let slug = config["slug"].as_str().unwrap();
    assert!(
        slug.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    );
    assert_eq!(texts(&config["arch"]), ["amd64", "aarch64"]);
    assert!(STARTUP.contains(&config["startup"].as_str().unwrap()));
    assert!(BOOT.contains(&config["boot"].as_str().unwrap()));
    assert!(
        texts(&config["services"])
            .iter()
            .all(|service| SERVICES.contains(service))
    );
    for entry in texts(&config["map"]) {
        let (folder, mode) = entry.split_once(':').unwrap_or((entry, "ro"));
        assert!(
            MAP.contains(&folder) && ["ro", "rw"].contains(&mode),
            "{entry}"
        );
    }
}

#[test]
fn every_option_has_a_schema_and_every_default_fits_it() {
    let config = yaml("homeassistant-addon/config.yaml");
    let schema = &config["schema"];
    let options = &config["options"];
    for key in keys(schema) {
        let (kind, brackets, optional) = element(schema[key].as_str().unwrap());
        let value = &options[key];
        assert!(optional || !value.is_badvalue(), "{key} has no default");
        match (kind, brackets) {
            ("bool", None) => assert!(optional || value.as_bool().is_some(), "{key}"),
            ("str" | "port" | "device", None) => {}
            ("device", Some(filter)) => {
                // The Supervisor's pattern has letters only.
                let subsystem = filter.strip_prefix("subsystem=").unwrap();
                assert!(subsystem.chars().all(|c| c.is_ascii_lowercase()), "{key}");
            }
            ("match", Some("^[a-z0-9_-]+$")) => {
                let text = value.as_str().unwrap();
                let is_id =
                    |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
                assert!(!text.is_empty() && text.chars().all(is_id), "{key}");
            }
            ("list", Some(words)) => {
                assert!(
                    words.split('|').any(|word| value.as_str() == Some(word)),
                    "{key}"
                );
            }
            _ => panic!("{key}: the Supervisor knows no such element"),
        }
    }
    for key in keys(options) {
        assert!(!schema[key].is_badvalue(), "{key} has no schema");
    }
}

#[test]
fn every_option_is_explained_in_both_languages() {
    let config = yaml("homeassistant-addon/config.yaml");
    for language in ["en", "zh-Hans"] {
        let page = yaml(&format!("homeassistant-addon/translations/{language}.yaml"));
        let told = &page["configuration"];
        assert_eq!(keys(told), keys(&config["schema"]), "{language}");
        for key in keys(told) {
            assert_eq!(
                keys(&told[key]),
                ["name", "description"],
                "{language}: {key}"
            );
        }
    }
}
