use super::scan::Role;
use super::*;
use crate::sources::usb::fake;

/// A machine with a Cyton dongle, two equal CH340 adapters and a microphone.
fn machine(folder: &Path) -> Roots {
    let roots = Roots {
        dev: folder.join("dev"),
        sys: folder.join("sys"),
        proc: folder.join("proc"),
    };
    let link = |kind: &str, name: &str, tty: &str| {
        let links = roots.dev.join("serial").join(kind);
        std::fs::create_dir_all(&links).unwrap();
        let _ = std::fs::remove_file(links.join(name));
        std::os::unix::fs::symlink(roots.dev.join(tty), links.join(name)).unwrap();
    };
    std::fs::create_dir_all(&roots.dev).unwrap();
    for (i, (place, ids, by_id)) in [
        (
            "1-1",
            ("0403", "6015", Some("DM03")),
            "usb-FTDI_DM03-if00-port0",
        ),
        (
            "1-2",
            ("1a86", "7523", None),
            "usb-1a86_USB_Serial-if00-port0",
        ),
        (
            "1-3",
            ("1a86", "7523", None),
            "usb-1a86_USB_Serial-if00-port0",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let tty = format!("ttyUSB{i}");
        std::fs::write(roots.dev.join(&tty), "").unwrap();
        fake::adapter(&roots.sys, &tty, place, ids);
        link("by-id", by_id, &tty);
        link("by-path", &format!("pci-usb-{place}"), &tty);
    }
    std::fs::write(roots.dev.join("ttyS0"), "").unwrap();
    std::fs::create_dir_all(roots.proc.join("asound/card1")).unwrap();
    std::fs::write(roots.proc.join("asound/card1/id"), "Mic\n").unwrap();
    let pcm = "00-03: HDMI 0 : HDMI 0 : playback 1\n01-00: USB Audio : USB Audio : capture 1\n";
    std::fs::write(roots.proc.join("asound/pcm"), pcm).unwrap();
    roots
}

#[test]
fn devices_are_listed_by_the_name_that_stays() {
    let folder = tempfile::tempdir().unwrap();
    let roots = machine(folder.path());
    let found = scan::scan(&roots);
    let serial = roots.dev.join("serial").display().to_string();
    let expect = [
        (
            format!("{serial}/by-id/usb-FTDI_DM03-if00-port0"),
            Role::Serial("cyton"),
        ),
        (format!("{serial}/by-path/pci-usb-1-2"), Role::Adapter),
        (format!("{serial}/by-path/pci-usb-1-3"), Role::Adapter),
        ("plughw:CARD=Mic,DEV=0".to_owned(), Role::Microphone),
    ];
    let got: Vec<(String, Role)> = found
        .iter()
        .map(|device| (device.name.clone(), device.role))
        .collect();
    assert_eq!(got, expect);
    let text = list(&found);
    for words in [
        "OpenBCI Cyton",
        "0403:6015",
        "because ttyUSB2 looks the same",
        "USB Audio",
        "(now ",
    ] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
}

#[test]
fn what_is_written_is_a_sound_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let found = scan::scan(&machine(folder.path()));
    let file = folder.path().join("wokd.toml");
    write(&file, &found).unwrap();
    let config = Config::load(&file).unwrap_or_else(|problems| panic!("{problems}"));
    let sensors: Vec<&str> = config.devices().map(|(_, device)| device.sensor).collect();
    assert_eq!(sensors, ["eeg", "thermal", "microphone"]);
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .contains("# Not used: ")
    );
    assert!(write(&file, &found).unwrap_err().contains("already"));
    assert!(
        write(&folder.path().join("other.toml"), &[])
            .unwrap_err()
            .contains("plug a sensor in")
    );
}

#[test]
fn thermal_cameras_are_known_by_their_numbers_and_twins_by_their_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let roots = Roots {
        dev: folder.path().join("dev"),
        sys: folder.path().join("sys"),
        proc: folder.path().join("proc"),
    };
    let link = |kind: &str, name: &str, video: &str| {
        let links = roots.dev.join("v4l").join(kind);
        std::fs::create_dir_all(&links).unwrap();
        let _ = std::fs::remove_file(links.join(name));
        std::os::unix::fs::symlink(roots.dev.join(video), links.join(name)).unwrap();
    };
    for (number, place, ids) in [
        (0, "1-1", ("046d", "0825", Some("A"))),
        (2, "1-2", ("0bda", "5830", None)),
    ] {
        let video = format!("video{number}");
        fake::camera(&roots.sys, number, place, ids);
        std::fs::create_dir_all(&roots.dev).unwrap();
        std::fs::write(roots.dev.join(&video), "").unwrap();
        link("by-id", &format!("usb-{}-video-index0", ids.1), &video);
        link("by-path", &format!("pci-usb-{place}-video-index0"), &video);
    }
    let seen = |roots: &Roots| -> Vec<(String, Role)> {
        let name = |device: &Found| device.name.rsplit('/').next().unwrap().to_owned();
        let found = scan::scan(roots);
        found.iter().map(|d| (name(d), d.role)).collect()
    };
    let webcam = ("usb-0825-video-index0".to_owned(), Role::Other);
    let thermal = |name: &str| (name.to_owned(), Role::Camera("infiray"));
    assert_eq!(
        seen(&roots),
        [webcam.clone(), thermal("usb-5830-video-index0")]
    );
    // A second one that looks the same: both are named by where they are plugged in.
    fake::camera(&roots.sys, 4, "1-3", ("0bda", "5830", None));
    std::fs::write(roots.dev.join("video4"), "").unwrap();
    link("by-path", "pci-usb-1-3-video-index0", "video4");
    assert_eq!(
        seen(&roots),
        [
            webcam,
            thermal("pci-usb-1-2-video-index0"),
            thermal("pci-usb-1-3-video-index0")
        ]
    );
    let text = draft::draft(&scan::scan(&roots));
    if cfg!(feature = "v4l2") {
        let text = text.unwrap();
        assert!(
            text.contains("kind = \"infiray\"\ndevice = ") && text.contains("1-2-video"),
            "{text}"
        );
        Config::parse(Path::new("draft.toml"), &text).unwrap_or_else(|p| panic!("{p}"));
    } else {
        assert_eq!(text, None);
    }
}
