//! `wokd doctor`: what keeps the daemon from scoring on this machine, and what to do about each.

use std::fs;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use wok_infer::{Provider, Runtime};

use super::check;
use crate::cli::say::{complain, say};
use crate::config::{Config, Mqtt};
use crate::model;

/// Arguments of `wokd doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration to look after; without it only the machine is looked at
    file: Option<PathBuf>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    Mind,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    verdict: Verdict,
    text: String,
}

fn good(text: impl Into<String>) -> Finding {
    Finding {
        verdict: Verdict::Good,
        text: text.into(),
    }
}

fn mind(text: impl Into<String>) -> Finding {
    Finding {
        verdict: Verdict::Mind,
        text: text.into(),
    }
}

fn bad(text: impl Into<String>) -> Finding {
    Finding {
        verdict: Verdict::Bad,
        text: text.into(),
    }
}

/// Looks at everything and says what to do: 0, 1 when something would keep the daemon from scoring,
/// 78 when the configuration is wrong.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let config = match args.file.as_deref().map(Config::load).transpose() {
        Ok(config) => config,
        Err(problems) => {
            complain!("{problems}");
            return ExitCode::from(check::EX_CONFIG);
        }
    };
    let mut findings = vec![groups(
        &fs::read_to_string("/etc/group").unwrap_or_default(),
        &own_groups(),
    )];
    findings.push(timekeeper(Path::new("/proc")));
    findings.extend(latency_timers(Path::new("/sys")));
    findings.extend(mind_model(config.as_ref()));
    if let Some(config) = &config {
        findings.extend(config.devices().map(|(station, device)| {
            let name = format!("{}/{}", station.id, device.sensor);
            reachable(&name, &device.source)
        }));
        findings.extend(config.mqtt.as_ref().into_iter().flat_map(broker));
    }
    for Finding { verdict, text } in &findings {
        let mark = match verdict {
            Verdict::Good => "ok  ",
            Verdict::Mind => "mind",
            Verdict::Bad => "BAD ",
        };
        say!("{mark}  {text}");
    }
    if findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Bad)
    {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn own_groups() -> Option<Vec<u32>> {
    if rustix::process::geteuid().is_root() {
        return None;
    }
    let mut groups: Vec<u32> = rustix::process::getgroups()
        .ok()?
        .into_iter()
        .map(|gid| gid.as_raw())
        .collect();
    groups.push(rustix::process::getegid().as_raw());
    Some(groups)
}

/// Whether this user is in the groups that own the devices; `own` is `None` for root.
fn groups(table: &str, own: &Option<Vec<u32>>) -> Finding {
    let Some(own) = own else {
        return good("root may open every device (the packaged service runs as its own user)");
    };
    let id = |name: &str| {
        table.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse::<u32>().ok())?
        })
    };
    let outside: Vec<&str> = ["dialout", "audio", "video"]
        .into_iter()
        .filter(|name| id(name).is_some_and(|id| !own.contains(&id)))
        .collect();
    if outside.is_empty() {
        good("this user is in the groups that own serial ports, sound cards and cameras")
    } else {
        mind(format!(
            "this user is not in {}; `sudo usermod -aG {} $USER`, then log in again",
            outside.join(", "),
            outside.join(","),
        ))
    }
}

/// Whether something keeps the machine's clock right. Only the labels of verdicts need it.
fn timekeeper(proc: &Path) -> Finding {
    let known = ["chronyd", "systemd-timesyn", "ntpd", "openntpd"];
    let running = proc
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .find_map(|process| {
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            known.into_iter().find(|known| *known == name.trim())
        });
    match running {
        Some(name) => good(format!("{name} keeps the clock")),
        None => mind(
            "nothing seems to keep the clock; times in messages may be wrong, scores are not: \
             `sudo apt install chrony`, or `sudo timedatectl set-ntp true`",
        ),
    }
}

/// FTDI adapters that hold bytes back.
fn latency_timers(sys: &Path) -> Vec<Finding> {
    let adapters = sys.join("bus/usb-serial/devices").read_dir();
    adapters
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|adapter| {
            let file = adapter.path().join("latency_timer");
            let timer: u32 = fs::read_to_string(&file).ok()?.trim().parse().ok()?;
            (timer > 1).then(|| {
                mind(format!(
                    "the adapter of {} holds bytes back for {timer} ms; `echo 1 | sudo tee {}`, or install the udev rules",
                    adapter.file_name().display(),
                    file.display(),
                ))
            })
        })
        .collect()
}

/// ONNX Runtime, and the model on it.
fn mind_model(config: Option<&Config>) -> Vec<Finding> {
    let settings = config.map_or_else(
        || model::Settings {
            provider: Provider::Auto,
            ..model::Settings::default()
        },
        |config| model::Settings {
            path: config.model.path.clone(),
            provider: config.model.provider,
            library: config.model.library.clone(),
        },
    );
    let runtime = match Runtime::load(settings.library.as_deref()) {
        Ok(runtime) => good(format!(
            "ONNX Runtime {} at {}",
            runtime.version(),
            runtime.path().display()
        )),
        Err(error) => return vec![bad(error.to_string())],
    };
    let model = match model::load(&settings) {
        Ok(model) => good(format!(
            "model {} on {}",
            model.info().edition,
            model.info().provider
        )),
        Err(error) => bad(error.to_string()),
    };
    vec![runtime, model]
}

/// Whether a device is there, free, and may be opened.
fn reachable(name: &str, source: &crate::sources::Config) -> Finding {
    use crate::sources::Config as Source;
    if let Some(fault) = check::fault(source) {
        return bad(format!("{name}: {fault}"));
    }
    let place = source.place();
    let (path, remedy) = match source {
        Source::Serial(_) => (place.to_owned(), "add the user to the group `dialout`"),
        Source::Pcm(pcm) if pcm.way == crate::sources::pcm::Way::Socket => {
            let folder = place.parent().unwrap_or(Path::new("/")).to_owned();
            (
                folder,
                "make that folder, writable for the daemon; the packaged service has /run/wokd",
            )
        }
        Source::Pcm(_) => (
            place.to_owned(),
            "make it with `mkfifo`, readable for the daemon",
        ),
        Source::Lsl(lsl) => {
            return match lsl.look(&crate::sources::StopToken::default()) {
                Ok(found) => good(format!("{name}: {} answers", found.shown())),
                Err(why) => bad(format!(
                    "{name}: {why}; look at the sender, and at multicast or `known_peers`"
                )),
            };
        }
        Source::Wav(_) => (place.to_owned(), "name a readable file"),
        #[cfg(feature = "v4l2")]
        Source::Video(_) => (place.to_owned(), "add the user to the group `video`"),
        #[cfg(feature = "alsa")]
        Source::Alsa(_) => {
            return good(format!(
                "{name}: {} is opened when the daemon starts",
                place.display()
            ));
        }
    };
    let wanted = match source {
        Source::Wav(_) => rustix::fs::Access::READ_OK,
        Source::Pcm(pcm) if pcm.way == crate::sources::pcm::Way::Fifo => {
            rustix::fs::Access::READ_OK
        }
        _ => rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK,
    };
    match rustix::fs::access(&path, wanted) {
        Ok(()) => good(format!("{name}: {} may be opened", place.display())),
        Err(error) => bad(format!(
            "{name}: {} may not be used ({}); {remedy}",
            path.display(),
            std::io::Error::from(error)
        )),
    }
}

/// Whether the broker answers, and whether its password can be read.
fn broker(mqtt: &Mqtt) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(file) = &mqtt.password_file {
        findings.push(match fs::read_to_string(file) {
            Ok(text) if text.trim().is_empty() => bad(format!(
                "{} is empty; put the broker's password into it",
                file.display()
            )),
            Ok(_) => good(format!("the broker's password is in {}", file.display())),
            Err(error) => bad(format!(
                "{} cannot be read ({error}); make it readable for the daemon's user",
                file.display()
            )),
        });
    }
    let address = format!("{}:{}", mqtt.host, mqtt.port);
    let resolved = (mqtt.host.as_str(), mqtt.port)
        .to_socket_addrs()
        .map(|mut found| found.next());
    findings.push(match resolved {
        Ok(Some(to)) => match TcpStream::connect_timeout(&to, Duration::from_secs(3)) {
            Ok(_) => good(format!("something answers at {address}")),
            Err(error) => bad(format!(
                "no broker answers at {address} ({error}); `sudo apt install mosquitto`, start it, or name another one in [mqtt]",
            )),
        },
        Ok(None) => bad(format!("{} has no address; look at the name in [mqtt]", mqtt.host)),
        Err(error) => bad(format!("{} is not known ({error}); look at the name in [mqtt]", mqtt.host)),
    });
    findings
}

#[cfg(test)]
mod tests;
