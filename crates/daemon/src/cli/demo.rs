//! `wokd demo`: the whole daemon against simulated devices, with a broker of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use wok_core::time::HostTime;
use wok_simulator::{Config as Cook, Dish, Rig};

use super::run::{recorder, stop_signal};
use crate::app::{App, Error, Options};
use crate::cli::say::{complain, say};
use crate::clock::{Clock, Monotonic};
use crate::config::Config;
use crate::logging;
use crate::notify::Notifier;
use crate::puppet::{Lines, Puppet};
use crate::sinks::terminal::Terminal;

/// Options of `wokd demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is cooked
    #[arg(long, value_parser = super::dish, default_value = "gong-bao")]
    dish: Dish,
    /// Seed of the cook
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A broker of one's own, such as mqtt://localhost:1883, instead of the embedded one
    #[arg(long, value_name = "URL")]
    mqtt: Option<String>,
    /// Stop in order after this long, such as 20s or 5m; without it, with Ctrl-C
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    time: Option<Duration>,
    /// Where metrics are served; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    metrics: SocketAddr,
    /// The model's ONNX file; the shipped edition without it
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Where the model runs: auto, cpu, cuda:N, tensorrt:N
    #[arg(long, default_value = "auto")]
    provider: String,
    /// Record everything the simulated sensors say into this file; it must not exist
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// How log lines look
    #[arg(long, value_enum, default_value_t)]
    log: logging::Format,
}

/// Runs the demo.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    logging::init(args.log);
    match perform(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd demo: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

/// A folder for the microphone's socket that goes with the demo.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn perform(args: &Args) -> Result<(), Error> {
    let stopped = stop_signal()?;
    let folder = Folder(std::env::temp_dir().join(format!("wokd-demo-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)?;
    let lines = Lines::open(&folder.0)?;
    let (url, subscribers) = broker(args)?;
    let text = configuration(args, &url, &lines);
    let config = Config::parse(Path::new("demo.toml"), &text)
        .map_err(|problems| Error::Config(problems.to_string()))?;

    let clock: Arc<dyn Clock> = Arc::new(Monotonic);
    let options = Options {
        clock: Arc::clone(&clock),
        recorder: recorder(args.record.as_deref())?,
        extra: vec![Box::new(Terminal::stdout())],
        simulated: true,
    };
    let app = App::start(&config, options)?;
    say!(
        "subscribe with:  mosquitto_sub {} -v -t 'wok/#'",
        address(&subscribers)
    );
    let (dish, mut seed) = (args.dish, args.seed);
    let puppet = Puppet::start(
        Rig::new(Cook::new(dish, seed)),
        lines,
        Arc::clone(&clock),
        move || {
            seed += 1;
            Some(Rig::new(Cook::new(dish, seed)))
        },
    )?;

    let start = clock.now();
    let ran = app.run(&Notifier::from_env(), || {
        stopped.load(Ordering::Relaxed)
            || args
                .time
                .is_some_and(|time| elapsed(start, clock.now()) >= time)
    });
    let summary = app.stop();
    puppet.stop();
    ran?;
    say!("{}", summary?);
    Ok(())
}

fn elapsed(start: HostTime, now: HostTime) -> Duration {
    Duration::from_nanos((now - start).max(0).unsigned_abs())
}

/// The broker's URL, for the daemon and for who subscribes: the one that was named, or the embedded one's.
fn broker(args: &Args) -> Result<(String, String), Error> {
    if let Some(url) = &args.mqtt {
        return Ok((url.clone(), url.clone()));
    }
    #[cfg(feature = "demo")]
    {
        let listens = crate::broker::start()?;
        let url = |address| format!("mqtt://{address}");
        Ok((url(listens.v5), url(listens.v4)))
    }
    #[cfg(not(feature = "demo"))]
    Err(Error::Config("this build has no embedded broker; name one with --mqtt URL, or build with --features demo".into()))
}

/// The demo's configuration, read like any other.
fn configuration(args: &Args, url: &str, lines: &Lines) -> String {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let model = args
        .model
        .as_deref()
        .map_or_else(String::new, |path| format!("path = {}\n", quoted(path)));
    format!(
        r#"version = 1
[site]
id = "home"
name = "家"
[mqtt]
url = "{url}"
[metrics]
listen = "{metrics}"
[model]
provider = {provider:?}
{model}
[[station]]
id = "stove"
name = "灶台"
recipe = "{dish}"
[station.eeg]
kind = "cyton"
port = {headset}
[station.thermal]
kind = "gy-mcu90640"
port = {camera}
[station.microphone]
kind = "pcm-socket"
path = {microphone}
rate = 16000
"#,
        metrics = args.metrics,
        provider = args.provider,
        dish = args.dish.id(),
        headset = quoted(lines.headset.path()),
        camera = quoted(lines.camera.path()),
        microphone = quoted(&lines.microphone),
    )
}

/// `-h HOST -p PORT` of a URL, for `mosquitto_sub`.
fn address(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    match rest.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => format!("-h {host} -p {port}"),
        None => format!("-h {rest}"),
    }
}

/// A time such as `20s`, `5m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()]
        .parse()
        .map_err(|_| "write a time such as 20s, 5m or 1h".to_owned())?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(format!("`{unit}` is no unit of time; write 20s, 5m or 1h")),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_their_unit() {
        for (text, seconds) in [
            ("20s", Some(20)),
            ("5m", Some(300)),
            ("1h", Some(3600)),
            ("7", Some(7)),
            ("s", None),
            ("3d", None),
            ("", None),
        ] {
            assert_eq!(
                duration(text).ok(),
                seconds.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn a_url_becomes_the_subscribers_arguments() {
        assert_eq!(address("mqtt://127.0.0.1:4711"), "-h 127.0.0.1 -p 4711");
        assert_eq!(address("mqtt://kitchen"), "-h kitchen");
    }
}
