use super::*;
use wok_core::dsp::thermal::Rotation;

const MINIMAL: &str = r#"version = 1

[site]
id = "home"

[[station]]
id = "stove"

[station.thermal]
kind = "gy-mcu90640"
port = "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"
"#;

fn parse(text: &str) -> Result<Config, Problems> {
    Config::parse(Path::new("wokd.toml"), text)
}

fn station(lines: &str) -> String {
    format!("version = 1\n[site]\nid = \"home\"\n[[station]]\nid = \"stove\"\n{lines}")
}

/// Each expectation: line, column, and words that the message holds.
#[track_caller]
fn check(text: &str, expect: &[(usize, usize, &[&str])]) {
    let problems = parse(text).expect_err("there are mistakes in it");
    let shown = problems.to_string();
    assert_eq!(problems.list.len(), expect.len(), "{shown}");
    assert_eq!(
        shown.lines().count(),
        expect.len(),
        "one line each: {shown}"
    );
    for (problem, (line, column, words)) in problems.list.iter().zip(expect) {
        assert_eq!((problem.line, problem.column), (*line, *column), "{shown}");
        let text = format!("{}; {}", problem.what, problem.remedy);
        for word in *words {
            assert!(text.contains(word), "{word:?} is not in {text:?}");
        }
        assert!(shown.contains(&format!("wokd.toml:{line}:{column}: {text}")));
    }
}

#[test]
fn a_dozen_lines_are_enough_and_defaults_are_seen() {
    let config = parse(MINIMAL).unwrap();
    let pipeline = config.pipeline();
    assert_eq!((pipeline.lateness, pipeline.mains_hz), (150 * MS, 50));
    assert_eq!(pipeline.stations.len(), 1);
    assert_eq!(pipeline.stations[0].devices.len(), 1);
    assert_eq!(
        pipeline.stations[0].devices[0].protocol,
        Protocol::GyMcu90640
    );
    assert_eq!(pipeline.stations[0].montage, [None; 8]);
    assert_eq!(
        (config.mqtt.as_ref(), config.metrics.as_ref()),
        (None, None)
    );
    let shown = config.to_string();
    for words in [
        "lateness    150 ms, mains 50 Hz",
        "provider auto",
        "emissivity of the wok 0.9",
        "ceiling 295 °C",
    ] {
        assert!(shown.contains(words), "{words:?} is not in {shown}");
    }
}

#[test]
fn three_mistakes_are_three_messages_on_their_lines() {
    let text = MINIMAL
        .replace("id = \"home\"", "id = \"Home\"")
        .replace(
            "\n[[station]]",
            "\n[model]\nprovider = \"gpu\"\n\n[[station]]",
        )
        .replace("port =", "prot =");
    check(
        &text,
        &[
            (4, 6, &["`id` is \"Home\"", "a-z"]),
            (7, 12, &["`provider` is \"gpu\"", "cuda:0"]),
            (14, 1, &["has no key `prot`", "`port`"]),
        ],
    );
}

#[test]
fn keys_beside_a_missing_one_are_read_too() {
    check(
        &station(
            "[station.thermal]\nkind = \"gy-mcu90640\"\nprt = \"/dev/x\"\nemisivity = 0.9\nmirrr = true\nrotation = 45\n",
        ),
        &[
            (8, 1, &["`prt`", "`port`"]),
            (9, 1, &["`emisivity`", "`emissivity`"]),
            (10, 1, &["`mirrr`", "`mirror`"]),
            (11, 12, &["`rotation` is 45"]),
        ],
    );
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    check(
        &station("[station.thermal]\nkind = \"gy-mcu90640\"\nport = \"/dev/x\"\nemisivity = 0.9\n"),
        &[(
            9,
            1,
            &[
                "[station.thermal] has no key `emisivity`",
                "did you mean `emissivity`?",
            ],
        )],
    );
    check(
        &MINIMAL.replace("version = 1", "version = 1\nlateness = 100"),
        &[(2, 1, &["no key `lateness`", "did you mean `lateness_ms`?"])],
    );
    check(
        &MINIMAL.replace("[site]\n", "[site]\nzzz = 1\n"),
        &[(4, 1, &["[site] has no key `zzz`", "known here: id, name"])],
    );
}

#[test]
fn words_are_suggested() {
    check(
        &station("recipe = \"gongbao\"\n[station.eeg]\nkind = \"cytn\"\nport = \"/dev/x\"\n"),
        &[
            (6, 10, &["\"gongbao\"", "did you mean \"gong-bao\"?"]),
            (8, 8, &["\"cytn\"", "did you mean \"cyton\"?"]),
        ],
    );
    check(
        &station(
            "[station.eeg]\nkind = \"cyton\"\nport = \"/dev/x\"\nsites = [\"Fp1\", \"fp2\", \"C3\", \"C3\"]\n",
        ),
        &[
            (9, 17, &["\"fp2\"", "did you mean \"Fp2\"?"]),
            (9, 30, &["\"C3\"", "twice"]),
        ],
    );
}

#[test]
fn values_out_of_their_range_say_what_may_be_written() {
    check(
        &MINIMAL.replace(
            "version = 1",
            "version = 1\nmains_hz = 55\nlateness_ms = \"150\"",
        ),
        &[
            (2, 12, &["`mains_hz` is 55", "50 or 60"]),
            (3, 15, &["`lateness_ms` is a string", "20 to 2000"]),
        ],
    );
    check(
        &station(
            "[station.thermal]\nkind = \"gy-mcu90640\"\nport = \"/dev/x\"\nrate = 3\nrotation = 45\ncircle = [1, 2]\n",
        ),
        &[
            (9, 8, &["`rate` is 3", "0.5, 1, 2, 4 or 8"]),
            (10, 12, &["`rotation` is 45", "90"]),
            (11, 10, &["`circle`", "[x, y, radius]"]),
        ],
    );
    check(
        &station(
            "[station.eeg]\nkind = \"cyton\"\nport = \"/dev/x\"\ngain = 10\nreference = \"ear\"\n",
        ),
        &[
            (9, 8, &["`gain` is 10", "24"]),
            (10, 13, &["`reference` is \"ear\"", "srb2"]),
        ],
    );
}

#[test]
fn broken_syntax_is_told_with_its_line_and_the_rest_is_checked_too() {
    let text = MINIMAL
        .replace("id = \"home\"", "id = home")
        .replace("id = \"stove\"", "id = \"Stove\"\nname = ");
    check(
        &text,
        &[
            (4, 6, &["TOML"]),
            (7, 6, &["`id` is \"Stove\""]),
            (8, 8, &["TOML"]),
        ],
    );
    check(&MINIMAL.replace("[site]", "[site"), &[(3, 6, &["`]`"])]);
}

#[test]
fn another_version_is_refused_and_nothing_else_is_said() {
    check(
        "version = 2\nwhatever = true\n",
        &[(1, 11, &["`version` is 2", "version 1"])],
    );
    check(
        &MINIMAL.replace("version = 1", ""),
        &[(1, 1, &["has no `version`", "version = 1"])],
    );
}

#[test]
fn what_is_missing_is_named() {
    check(
        "version = 1\n",
        &[(1, 1, &["no `site`"]), (1, 1, &["no `station`"])],
    );
    check(&station(""), &[(4, 1, &["no sensor", "[station.thermal]"])]);
    check(
        &station("[station.microphone]\nkind = \"wav\"\npath = \"/nowhere/a.wav\"\n"),
        &[(8, 8, &["/nowhere/a.wav is not there"])],
    );
    let video = station("[station.thermal]\nkind = \"lepton\"\ndevice = \"/dev/video0\"\n");
    if cfg!(feature = "v4l2") {
        assert!(parse(&video).is_ok());
    } else {
        check(&video, &[(7, 8, &["\"lepton\"", "v4l2", "woklink"])]);
    }
}

#[test]
fn one_device_serves_one_sensor() {
    let text = station(
        "[station.eeg]\nkind = \"thinkgear\"\nport = \"/dev/x\"\n[station.thermal]\nkind = \"woklink\"\nport = \"/dev/x\"\n",
    );
    check(&text, &[(9, 1, &["/dev/x is used twice"])]);
    let twice = format!(
        "{MINIMAL}\n[[station]]\nid = \"stove\"\n[station.thermal]\nkind = \"woklink\"\nport = \"/dev/y\"\n"
    );
    check(&twice, &[(14, 6, &["two stations", "\"stove\""])]);
    let bridge = twice.replace(
        "id = \"stove\"\n[station.thermal]\nkind = \"woklink\"\nport = \"/dev/y\"",
        "id = \"bridge\"\n[station.thermal]\nkind = \"woklink\"\nport = \"/dev/y\"",
    );
    check(&bridge, &[(14, 6, &["the id \"bridge\"", "itself"])]);
}

#[test]
fn names_that_change_are_warned_of_and_sounds_that_clash_are_refused() {
    let lines = |sound: &str| {
        station(&format!(
            "[station.thermal]\nkind = \"woklink\"\nport = \"/dev/ttyACM0\"\n{sound}[station.microphone]\nkind = \"pcm-fifo\"\npath = \"/x\"\n"
        ))
    };
    let warnings = parse(&lines("")).unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("/dev/ttyACM0") && warnings[0].contains("by-id"));
    check(
        &lines("sound = true\n"),
        &[(4, 1, &["a microphone and a woklink with sound"])],
    );
}

#[test]
fn brokers_are_read_and_passwords_never_shown() {
    let with = |lines: &str| {
        parse(&MINIMAL.replace("[[station]]", &format!("[mqtt]\n{lines}\n[[station]]")))
    };
    for (lines, host, port) in [
        ("url = \"mqtt://localhost\"", "localhost", 1883),
        ("url = \"mqtt://b.example:8884/\"", "b.example", 8884),
        ("url = \"mqtt://[::1]:1999\"", "::1", 1999),
        ("host = \"10.0.0.2\"\nport = 1884", "10.0.0.2", 1884),
        ("url = \"mqtts://b.example\"", "b.example", 8883),
    ] {
        let mqtt = with(lines).unwrap().mqtt.unwrap();
        assert_eq!(
            (mqtt.host.as_str(), mqtt.port, mqtt.base.as_str()),
            (host, port, "wok"),
            "{lines}"
        );
    }
    for (lines, words) in [
        ("url = \"mqtt://me:secret@host\"", "password_file"),
        (
            "url = \"mqtt://host\"\npassword = \"secret\"",
            "password_file",
        ),
        ("url = \"http://host\"", "mqtt://host:1883"),
        (
            "url = \"mqtt://host\"\nca_file = \"/ca.pem\"",
            "in the clear",
        ),
        (
            "url = \"mqtts://host\"\ncertificate = \"/c.pem\"",
            "both `certificate` and `key`",
        ),
        ("url = \"mqtt://host:99999\"", "port"),
        ("base = \"wok\"", "no `url`"),
    ] {
        let shown = with(lines).unwrap_err().to_string();
        assert!(
            shown.contains(words) && !shown.contains("secret"),
            "{lines}: {shown}"
        );
    }
}

#[test]
fn a_montage_puts_channels_on_slots() {
    let lines = "[station.eeg]\nkind = \"cyton\"\nport = \"/dev/x\"\nsites = [\"O1\", \"-\", \"Fp1\", \"Cz\"]\n";
    let config = parse(&station(lines)).unwrap();
    assert_eq!(
        config.pipeline().stations[0].montage,
        [Some(2), None, None, None, None, None, Some(0), None]
    );
    assert!(
        config.warnings.iter().any(|warning| warning.contains("Cz")),
        "{:?}",
        config.warnings
    );
}

#[test]
fn the_wok_is_where_the_lens_sees_it() {
    let circle = |lines: &str| {
        let lines =
            format!("[station.thermal]\nkind = \"gy-mcu90640\"\nport = \"/dev/x\"\n{lines}");
        parse(&station(&lines)).unwrap().stations[0].mounting.circle
    };
    // 0.39 m seen by 55° from 0.5 m: 0.195 / (2 · 0.5 · tan 27.5°) of the width.
    assert!((circle("").r - 0.3746).abs() < 1e-3);
    assert!(
        (circle("field_of_view = 90\nheight_m = 1\nwok_diameter_m = 0.5").r - 0.125).abs() < 1e-6
    );
    let by_hand = circle("circle = [15.5, 11.5, 12]");
    assert!(
        (by_hand.x - 0.5).abs() < 1e-6
            && (by_hand.y - 0.5).abs() < 1e-6
            && (by_hand.r - 0.375).abs() < 1e-6
    );
}

#[test]
fn the_examples_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/examples");
    let home =
        Config::load(&folder.join("home.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(home.devices().count(), 3);
    assert_eq!(
        home.stations[0].recipe,
        wok_core::recipe::dish("gong-bao").unwrap().recipe
    );
    let four = Config::load(&folder.join("kitchen-of-four.toml"))
        .unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(four.stations.len(), 4);
    assert_eq!(four.stations[0].mounting.rotation, Rotation::Quarter);
    let ids: Vec<u16> = four.devices().map(|(_, device)| device.id.0).collect();
    assert_eq!(ids, (0..9).collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let problems = Config::load(Path::new("/nowhere/wokd.toml")).unwrap_err();
    assert!(
        problems
            .to_string()
            .contains("/nowhere/wokd.toml:1:1: cannot be read"),
        "{problems}"
    );
}

#[test]
fn a_headset_by_lsl_is_named_and_its_sites_may_be_many() {
    let sites: Vec<String> = (0..64)
        .map(|i| format!("{:?}", if i == 40 { "O1" } else { "-" }))
        .collect();
    let text = station(&format!(
        "[station.eeg]\nkind = \"lsl\"\nsource_id = \"cap\"\nrate = 1000\nknown_peers = [\"10.0.0.7\"]\nsites = [{}]\n",
        sites.join(", ")
    ));
    let config = parse(&text).unwrap();
    let device = &config.stations[0].devices[0];
    assert_eq!(device.protocol, Protocol::Lsl { rate_hz: 1000 });
    assert_eq!(config.stations[0].montage[6], Some(40));
    let sources::Config::Lsl(lsl) = &device.source else {
        panic!("{device:?}")
    };
    assert_eq!((lsl.channels, &lsl.network.peers[0][..]), (41, "10.0.0.7"));
    let shown = config.to_string();
    assert!(
        shown.contains("lsl, 1000 Hz at lsl:type='EEG' and source_id='cap'"),
        "{shown}"
    );
    check(
        &station("[station.eeg]\nkind = \"lsl\"\nrate = 0\nalow = [\"x\"]\n"),
        &[(8, 8, &["`rate` is 0"]), (9, 1, &["`alow`", "`allow`"])],
    );
}

#[test]
fn scores_by_lsl_are_off_until_asked_for_and_signals_never_leave() {
    let with =
        |lines: &str| MINIMAL.replace("\n[[station]]", &format!("\n[lsl]\n{lines}\n[[station]]"));
    assert_eq!(parse(&with("")).unwrap().lsl, None);
    let lsl = parse(&with("outlet = true\n")).unwrap().lsl.unwrap();
    assert_eq!(
        (lsl.address.to_string(), &lsl.session[..]),
        ("0.0.0.0".into(), "default")
    );
    check(
        &with("outlet = true\nsignals = true"),
        &[(6, 1, &["leave this machine", "loopback"])],
    );
    for elsewhere in ["0.0.0.0", "192.168.1.2"] {
        check(
            &with(&format!(
                "outlet = true\nsignals = true\naddress = {elsewhere:?}"
            )),
            &[(6, 1, &["leave this machine", "loopback"])],
        );
    }
    check(
        &with("signals = true\naddress = \"127.0.0.1\""),
        &[(6, 1, &["an outlet that is off", "`outlet = true`"])],
    );
    let asked = with("outlet = true\nsignals = true\naddress = \"127.0.0.1\"");
    let config = parse(&asked).unwrap();
    assert!(config.lsl.as_ref().unwrap().signals && !lsl.signals);
    assert!(
        config
            .to_string()
            .contains("scores, cues and signals at 127.0.0.1")
    );
    check(&with("address = \"home\""), &[(7, 11, &["IPv4"])]);
}
