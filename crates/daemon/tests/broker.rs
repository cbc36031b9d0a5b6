//! The MQTT outlet at a Mosquitto that is set up as `deploy/mosquitto` says: encrypted, with passwords and rights.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot have, it fails by"
)]

mod house;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use house::outlets::bridge;
use house::stove::until;
use house::{Guard, Subscriber, free_port, mosquitto, mosquitto_with, tool};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use wok_core::verdict::StreamKind;
use wokd::config::Tls;
use wokd::sinks::Sink;
use wokd::sinks::mqtt::{Config, Mqtt, Publisher};

const USERS: [&str; 5] = ["wokd", "homeassistant", "kitchen", "family", "observer"];

fn shipped(file: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/mosquitto");
    Path::new(folder).join(file)
}

/// A certificate authority and what it signs, as PEM files in a folder.
struct Authority {
    folder: PathBuf,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        fs::write(folder.join(format!("{name}.pem")), issuer.pem()).unwrap();
        let folder = folder.to_owned();
        Self { folder, issuer }
    }

    /// Signs a certificate for a host, good until a year.
    fn sign(&self, name: &str, host: &str, until: i32) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let file = |kind| self.folder.join(format!("{name}.{kind}"));
        fs::write(file("pem"), certificate.pem()).unwrap();
        fs::write(file("key"), key.serialize_pem()).unwrap();
        (file("pem"), file("key"))
    }
}

/// The shipped configuration with this test's ports and files.
struct Broker {
    _mosquitto: Guard,
    plain: u16,
    encrypted: u16,
}

impl Broker {
    fn start(folder: &Path, certificate: &str, more: &str) -> Self {
        let passwords = folder.join("passwords");
        for (i, user) in USERS.iter().enumerate() {
            let create: &[&str] = if i == 0 { &["-c", "-b"] } else { &["-b"] };
            let made = Command::new(tool("mosquitto_passwd"))
                .args(create)
                .arg(&passwords)
                .args([*user, &format!("{user}'s")])
                .status();
            assert!(made.unwrap().success());
        }
        let mut rights = fs::read_to_string(shipped("acl")).unwrap();
        rights.push_str("\nuser observer\ntopic readwrite #\n");
        fs::write(folder.join("acl"), rights).unwrap();
        let (plain, encrypted) = (free_port(), free_port());
        let here = |file: &str| folder.join(file).display().to_string();
        let settings = fs::read_to_string(shipped("wokd.conf"))
            .unwrap()
            .replace("listener 1883 127.0.0.1", "")
            .replace("listener 8883", &format!("listener {encrypted} 127.0.0.1"))
            .replace("/etc/mosquitto/certs/ca.pem", &here("ours.pem"))
            .replace(
                "/etc/mosquitto/certs/broker.pem",
                &here(&format!("{certificate}.pem")),
            )
            .replace(
                "/etc/mosquitto/certs/broker.key",
                &here(&format!("{certificate}.key")),
            )
            .replace("/etc/mosquitto/passwords", &here("passwords"))
            .replace("/etc/mosquitto/acl", &here("acl"))
            .replace("persistence true", "persistence false\nuser root")
            + more;
        let comment = |line: &&str| line.starts_with('#');
        let mut ours = settings.lines().filter(|line| !comment(line));
        assert!(!ours.any(|line| line.contains("/etc/")), "{settings}");
        Self {
            _mosquitto: mosquitto_with(folder, plain, &settings),
            plain,
            encrypted,
        }
    }
}

fn config(folder: &Path, port: u16) -> Config {
    let password_file = folder.join("wokd.password");
    fs::write(&password_file, "wokd's\n").unwrap();
    Config {
        host: "localhost".into(),
        port,
        user: Some("wokd".into()),
        password_file: Some(password_file),
        tls: Some(Tls {
            ca_file: Some(folder.join("ours.pem")),
            identity: None,
        }),
        spool: None,
        discovery: None,
        base: "wok".into(),
    }
}

/// How a connection with this configuration fares: `None` once something was acknowledged, what to look at
/// once two connections were refused.
fn trouble(config: &Config) -> Option<&'static str> {
    let will = "wok/home/bridge/state".to_owned();
    let mut publisher = Publisher::start(config, will, "through").unwrap();
    until("an answer of either kind", || {
        let counters = publisher.counters();
        counters.acknowledged > 0 || counters.lost >= 2
    });
    let counters = publisher.counters();
    publisher.stop(Duration::from_secs(2));
    (counters.acknowledged == 0).then_some(counters.trouble?)
}

#[test]
fn only_who_trusts_and_is_trusted_comes_through() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (ours, theirs) = (
        Authority::new(folder, "ours"),
        Authority::new(folder, "theirs"),
    );
    ours.sign("good", "localhost", 2040);
    ours.sign("expired", "localhost", 2021);
    ours.sign("elsewhere", "pan.example", 2040);
    let known = ours.sign("known", "wokd", 2040);
    let unknown = theirs.sign("unknown", "wokd", 2040);

    let broker = Broker::start(folder, "good", "");
    let right = config(folder, broker.encrypted);
    assert_eq!(trouble(&right), None);
    let with = |change: &dyn Fn(&mut Config)| {
        let mut config = right.clone();
        change(&mut config);
        config
    };
    let trusting = |ca: &str| {
        Some(Tls {
            ca_file: Some(folder.join(ca)),
            identity: None,
        })
    };
    fs::write(folder.join("wrong.password"), "secret\n").unwrap();
    for (what, wrong) in [
        (
            "does not hold who signed",
            with(&|c| c.tls = trusting("theirs.pem")),
        ),
        ("mqtts://", with(&|c| c.tls = None)),
        ("does not speak TLS", with(&|c| c.port = broker.plain)),
        (
            "the password file",
            with(&|c| c.password_file = Some(folder.join("wrong.password"))),
        ),
        ("the password file", with(&|c| c.user = None)),
    ] {
        let trouble = trouble(&wrong);
        assert!(
            trouble.is_some_and(|said| said.contains(what)),
            "{what}: {trouble:?}"
        );
    }
    drop(broker);

    for (certificate, what) in [("expired", "has expired"), ("elsewhere", "another name")] {
        let broker = Broker::start(folder, certificate, "");
        let trouble = trouble(&config(folder, broker.encrypted));
        assert!(
            trouble.is_some_and(|said| said.contains(what)),
            "{what}: {trouble:?}"
        );
    }

    let broker = Broker::start(folder, "good", "\nrequire_certificate true\n");
    let identified = |identity| {
        let mut config = config(folder, broker.encrypted);
        config.tls = Some(Tls {
            ca_file: Some(folder.join("ours.pem")),
            identity,
        });
        config
    };
    assert_eq!(trouble(&identified(Some(known))), None);
    for wrong in [Some(unknown), None] {
        let trouble = trouble(&identified(wrong));
        assert!(
            trouble.is_some_and(|said| said.contains("our `certificate`")),
            "{trouble:?}"
        );
    }
}

#[test]
fn certificates_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("ours.pem"), "no certificate").unwrap();
    let spoiled = Mqtt::start(&config(folder, 1), &bridge("s")).unwrap_err();
    assert!(spoiled.to_string().contains("ours.pem"), "{spoiled}");
    let mut missing = config(folder, 1);
    let nowhere = PathBuf::from("/nowhere/wokd.pem");
    missing.tls.as_mut().unwrap().identity = Some((nowhere.clone(), nowhere));
    let missing = Mqtt::start(&missing, &bridge("s")).unwrap_err();
    assert!(
        missing.to_string().contains("/nowhere/wokd.pem"),
        "{missing}"
    );
}

/// What each user may hear and say, of these topics.
const TOPICS: [&str; 10] = [
    "wok/home/bridge/state",
    "wok/home/bridge/info",
    "wok/home/bridge/request/status",
    "wok/home/stove/score",
    "wok/home/stove/state",
    "wok/home/stove/cue",
    "wok/home/stove/thermal/availability",
    "wok/away/stove/score",
    "homeassistant/status",
    "homeassistant/device/wokd/config",
];

fn may(user: &str, write: bool) -> BTreeSet<&'static str> {
    let home = |t: &&&str| t.starts_with("wok/home/");
    let request = |t: &&&str| t.contains("/request/");
    let some = |f: &dyn Fn(&&&str) -> bool| TOPICS.iter().filter(f).copied().collect();
    match (user, write) {
        ("wokd", true) => some(&|t| home(t) || t.ends_with("/config")),
        ("wokd", false) => some(&|t| request(t) || **t == "homeassistant/status"),
        ("homeassistant", true) => some(&|t| request(t) || t.starts_with("homeassistant/")),
        ("homeassistant", false) => some(&|_| true),
        ("kitchen", true) => some(&request),
        ("kitchen", false) => some(&home),
        ("family", false) => some(&|t| {
            let ends = ["/score", "/state", "/cue"];
            home(t) && ends.iter().any(|end| t.ends_with(end))
        }),
        _ => BTreeSet::new(),
    }
}

/// Publishes to a topic as a user; the broker decides.
fn say(port: u16, user: &str, topic: &str, text: &str) {
    let said = Command::new(tool("mosquitto_pub"))
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-q",
            "1",
            "-V",
            "5",
        ])
        .args([
            "-u",
            user,
            "-P",
            &format!("{user}'s"),
            "-t",
            topic,
            "-m",
            text,
        ])
        .stderr(Stdio::null())
        .status();
    said.unwrap();
}

/// What a user hears of everything, into a file.
fn hear(port: u16, user: &str, file: &Path) -> Guard {
    let child = Command::new(tool("mosquitto_sub"))
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-q",
            "1",
            "-v",
            "-t",
            "#",
        ])
        .args(["-u", user, "-P", &format!("{user}'s")])
        .stdout(fs::File::create(file).unwrap())
        .spawn();
    Guard(child.unwrap())
}

#[test]
fn nobody_says_or_hears_what_is_not_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Authority::new(folder, "ours").sign("good", "localhost", 2040);
    let broker = Broker::start(folder, "good", "");
    let heard = |user: &str| folder.join(format!("{user}.heard"));
    let _ears: Vec<_> = USERS
        .iter()
        .map(|user| hear(broker.plain, user, &heard(user)))
        .collect();
    let lines = |user: &str| -> Vec<String> {
        let text = fs::read_to_string(heard(user)).unwrap();
        text.lines().map(str::to_owned).collect()
    };
    until("every ear", || {
        USERS
            .iter()
            .for_each(|user| say(broker.plain, "observer", "wok/home/stove/state", user));
        say(broker.plain, "observer", "homeassistant/status", "online");
        USERS.iter().all(|user| !lines(user).is_empty())
    });
    let before = lines("observer").len();
    for user in &USERS[..4] {
        for topic in TOPICS {
            say(broker.plain, user, topic, user);
        }
    }
    for topic in TOPICS {
        say(broker.plain, "observer", topic, "all");
    }
    say(broker.plain, "observer", "wok/home/stove/state", "end");
    say(broker.plain, "observer", "homeassistant/status", "end");
    until("the end of it", || {
        USERS
            .iter()
            .all(|user| lines(user).iter().any(|l| l.ends_with(" end")))
    });
    let (mut allowed, mut denied) = (0, 0);
    for user in &USERS[..4] {
        let said: BTreeSet<_> = lines("observer")[before..]
            .iter()
            .filter_map(|line| line.strip_suffix(&format!(" {user}")).map(str::to_owned))
            .collect();
        assert_eq!(
            said,
            may(user, true).iter().map(|t| (*t).to_owned()).collect(),
            "{user} says"
        );
        let hears: BTreeSet<_> = lines(user)
            .iter()
            .filter_map(|line| line.strip_suffix(" all").map(str::to_owned))
            .collect();
        assert_eq!(
            hears,
            may(user, false).iter().map(|t| (*t).to_owned()).collect(),
            "{user} hears"
        );
        allowed += said.len() + hears.len();
        denied += 2 * TOPICS.len() - said.len() - hears.len();
    }
    println!("{allowed} allowed, {denied} denied");
}

#[test]
fn a_message_without_the_right_to_it_is_told_and_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Authority::new(folder, "ours").sign("good", "localhost", 2040);
    let broker = Broker::start(folder, "good", "");
    let mut config = config(folder, broker.encrypted);
    // A site that the rights do not name.
    config.base = "pan".into();
    let bridge = bridge("right");
    let mut sink = Mqtt::start(&config, &bridge).unwrap();
    until("three refusals", || sink.counters().refused >= 3);
    sink.availability(&bridge, 0, StreamKind::Thermal, true);
    until("a fourth", || sink.counters().refused >= 4);
    assert_eq!((sink.counters().connected, sink.counters().lost), (1, 0));
    sink.stop(Duration::from_secs(2));
}

#[test]
fn what_a_dead_process_left_is_delivered_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = free_port();
    let mut config = config(folder, port);
    (config.user, config.tls) = (None, None);
    config.spool = Some(folder.join("mqtt.spool"));
    let will = || "wok/home/bridge/state".to_owned();
    // No broker; two messages are accepted, one of which is soon worth nothing; and the process is gone.
    let first = Publisher::start(&config, will(), "first").unwrap();
    first.pass("wok/home/stove/alarm", br#"{"id":1}"#.into(), None);
    first.pass(
        "wok/home/stove/cue",
        br#"{"id":2}"#.into(),
        Some(Duration::from_millis(600)),
    );
    first.retain("wok/home/stove/state".into(), br#"{"id":3}"#.into(), true);
    let spooled = || fs::read_to_string(folder.join("mqtt.spool")).unwrap();
    until("the spool", || spooled().contains(r#"\"id\":3"#));
    std::mem::forget(first);
    std::thread::sleep(Duration::from_millis(700));

    let _broker = mosquitto(folder, port);
    let subscriber = Subscriber::start(folder, port, "wok/home/stove/#");
    std::thread::sleep(Duration::from_millis(300));
    config.spool = Some(folder.join("copy.spool"));
    fs::copy(folder.join("mqtt.spool"), folder.join("copy.spool")).unwrap();
    let mut second = Publisher::start(&config, will(), "second").unwrap();
    until("the alarm and the state", || {
        !subscriber.of("wok/home/stove/alarm").is_empty()
            && !subscriber.of("wok/home/stove/state").is_empty()
    });
    assert_eq!(second.counters().expired, 1);
    second.stop(Duration::from_secs(2));
    assert_eq!(subscriber.of("wok/home/stove/cue").len(), 0);
    let left = fs::read_to_string(folder.join("copy.spool")).unwrap();
    assert!(left.contains(r#""messages":[]"#), "{left}");
}
