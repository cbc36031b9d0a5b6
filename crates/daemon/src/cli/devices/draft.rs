//! A configuration of what was found, to be looked over by a person.

use std::fmt::Write as _;

use super::scan::{Found, Role};

/// Text of a configuration; `None` when nothing that could be a sensor was found. What is only a guess
/// says so; what is left over is written as comments.
pub(super) fn draft(found: &[Found]) -> Option<String> {
    let serial = |wanted: &str| {
        found
            .iter()
            .find(|device| device.role == Role::Serial(kind_name(wanted)))
    };
    let adapter = found.iter().find(|device| device.role == Role::Adapter);
    // Of several the first would be anybody's: they are told as comments instead.
    let streams: Vec<_> = found
        .iter()
        .filter(|d| matches!(d.role, Role::Headset { .. }))
        .collect();
    let stream = streams.first().filter(|_| streams.len() == 1);
    let headset = serial("cyton")
        .map(|device| ("cyton", device))
        .or_else(|| serial("thinkgear").map(|device| ("thinkgear", device)))
        .or_else(|| stream.map(|device| ("lsl", *device)));
    let video = found.iter().find_map(|device| match device.role {
        Role::Camera(kind) if cfg!(feature = "v4l2") => Some((kind, device)),
        _ => None,
    });
    let camera = video
        .or_else(|| serial("woklink").map(|device| ("woklink", device)))
        .or_else(|| adapter.map(|device| ("gy-mcu90640", device)));
    let microphone = found.iter().find(|device| device.role == Role::Microphone);
    if headset.is_none() && camera.is_none() && microphone.is_none() {
        return None;
    }

    let mut text = String::from(
        "# Written by `wokd devices --write`. Look it over, then: wokd check FILE\n\n\
         version = 1\n\n[site]\nid = \"home\"\n\n[mqtt]\nurl = \"mqtt://localhost:1883\"\n\n\
         [[station]]\nid = \"stove\"\n# recipe = \"gong-bao\"\n",
    );
    // Writing to a String cannot fail.
    if let Some((kind, device)) = headset {
        let _ = write!(
            text,
            "\n# {}{}\n[station.eeg]\nkind = \"{kind}\"\n",
            device.what,
            if kind == "lsl" {
                "; a guess, as it may be another person's"
            } else {
                ""
            }
        );
        let _ = match device.role {
            Role::Headset { rate_hz } => {
                writeln!(text, "source_id = {:?}\nrate = {rate_hz}", device.name)
            }
            _ => writeln!(text, "port = {:?}", device.name),
        };
    }
    if let Some((kind, device)) = camera {
        let key = if matches!(device.role, Role::Camera(_)) {
            "device"
        } else {
            "port"
        };
        let guess = if device.role == Role::Adapter {
            "; a guess, as any serial device may be behind it"
        } else {
            ""
        };
        let _ = write!(
            text,
            "\n# {}{guess}\n[station.thermal]\nkind = \"{kind}\"\n{key} = {:?}\n",
            device.what, device.name
        );
    }
    if let Some(device) = microphone {
        let _ = write!(text, "\n# {}\n[station.microphone]\n", device.what);
        if cfg!(feature = "alsa") {
            let _ = write!(text, "kind = \"alsa\"\ndevice = {:?}\n", device.name);
        } else {
            let _ = write!(
                text,
                "# Fed by: arecord -D {} -f S16_LE -c 1 -r 16000 -t raw | socat -u - UNIX-CONNECT:/run/wokd/stove.pcm\n\
                 kind = \"pcm-socket\"\npath = \"/run/wokd/stove.pcm\"\n",
                device.name,
            );
        }
    }
    let used = [
        headset.map(|(_, device)| device),
        camera.map(|(_, device)| device),
        microphone,
    ];
    for device in found {
        if device.role != Role::Other && !used.contains(&Some(device)) {
            let _ = write!(text, "\n# Not used: {}: {}\n", device.name, device.what);
        }
    }
    Some(text)
}

/// The static name of a kind, as the scan tells it.
fn kind_name(kind: &str) -> &'static str {
    crate::sources::KINDS
        .iter()
        .find(|known| known.name == kind)
        .map_or("", |known| known.name)
}
