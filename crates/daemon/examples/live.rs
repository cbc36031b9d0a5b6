//! The whole daemon, one station, from device bytes over pseudo-terminals to what a broker reads.
//!
//! `cargo run --release -p wokd --features demo --example live [SECONDS]` prints JSON lines. Latencies are
//! taken inside one process, where hops can be followed; start and memory are those of `wokd run` as a
//! process of its own, which this program becomes when its first argument is `run`.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::json;
use wok_core::time::HostTime;
use wok_simulator::{Config as Cook, Dish, Rig};
use wokd::app::{App, Options};
use wokd::clock::{Clock, Monotonic};
use wokd::config::Config;
use wokd::notify::Notifier;
use wokd::puppet::{Lines, Puppet};
use wokd::sinks::{Report, Sink};

/// 2,000 hops and a little.
const SECONDS: u64 = 410;

/// When each report's hop ended and closed, by sequence number.
#[derive(Clone, Default)]
struct Hops(Arc<Mutex<HashMap<u64, (HostTime, HostTime)>>>);

impl Sink for Hops {
    fn report(&mut self, report: &Report<'_>) {
        let times = (report.verdict.end, report.verdict.closed);
        self.0.lock().expect("no panic").insert(report.seq, times);
    }
}

/// One MQTT 3.1.1 packet: first byte and body.
fn packet(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut byte = [0];
    stream.read_exact(&mut byte)?;
    let kind = byte[0];
    let (mut len, mut shift) = (0usize, 0);
    loop {
        stream.read_exact(&mut byte)?;
        len |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body)?;
    Ok((kind, body))
}

/// A broker that acknowledges everything and notes when it read each score: (sequence number, time).
fn broker(listener: &TcpListener) -> io::Result<Vec<(u64, HostTime)>> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut read = Vec::new();
    loop {
        let Ok((kind, body)) = packet(&mut stream) else {
            return Ok(read);
        };
        let now = Monotonic.now();
        match kind >> 4 {
            1 => stream.write_all(&[0x20, 2, 0, 0])?,
            3 => {
                let topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                if kind & 0x06 == 0 {
                    let message: serde_json::Value = serde_json::from_slice(&body[topic..])?;
                    read.extend(message["seq"].as_u64().map(|seq| (seq, now)));
                } else {
                    stream.write_all(&[0x40, 2, body[topic], body[topic + 1]])?;
                }
            }
            12 => stream.write_all(&[0xd0, 0])?,
            _ => {}
        }
    }
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * q).round() as usize]
}

fn row(name: &str, value: f64, unit: &str) {
    println!("{}", json!({ "name": name, "value": value, "unit": unit }));
}

/// Resident memory of a process in MB.
fn resident(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok())
        .unwrap_or(f64::NAN)
        / 1000.0
}

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<ExitCode, Failed> {
    let first = std::env::args().nth(1);
    if first.as_deref() == Some("run") {
        return Ok(wokd::cli::Cli::parse().run());
    }
    process()?;
    latency(first.map_or(Ok(SECONDS), |text| text.parse())?)?;
    Ok(ExitCode::SUCCESS)
}

/// One station with all three sensors.
fn configuration(port: u16, lines: &Lines) -> String {
    format!(
        "version = 1\n[site]\nid = \"home\"\n[mqtt]\nurl = \"mqtt://127.0.0.1:{port}\"\n[model]\nprovider = \"cpu\"\n\
         [[station]]\nid = \"stove\"\n[station.eeg]\nkind = \"cyton\"\nport = {:?}\n\
         [station.thermal]\nkind = \"gy-mcu90640\"\nport = {:?}\n\
         [station.microphone]\nkind = \"pcm-socket\"\npath = {:?}\nrate = 16000\n",
        lines.headset.path(),
        lines.camera.path(),
        lines.microphone,
    )
}

/// Cooks one dish after the other over `lines`.
fn cook(lines: Lines) -> Result<Puppet, Failed> {
    let dish = Dish::from_id("gong-bao").ok_or("no such dish")?;
    let mut seed = 1;
    let rig = Rig::new(Cook::new(dish, seed));
    Ok(Puppet::start(rig, lines, Arc::new(Monotonic), move || {
        seed += 1;
        Some(Rig::new(Cook::new(dish, seed)))
    })?)
}

/// From the start of a process to READY=1 (median of five), and its memory after half a minute of cooking.
fn process() -> Result<(), Failed> {
    let folder = std::env::temp_dir().join(format!("wokd-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let mut lines = Lines::open(&folder)?;
    lines.headset.let_go();
    lines.camera.let_go();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || while broker(&listener).is_ok() {});
    let file = folder.join("live.toml");
    std::fs::write(&file, configuration(port, &lines))?;
    let socket = UnixDatagram::bind(folder.join("notify"))?;
    let mut starts = Vec::new();
    let mut child = None;
    for _ in 0..5 {
        // The last one stays.
        if let Some(mut old) = child.take() {
            end(&mut old)?;
        }
        let began = Instant::now();
        let new = child.insert(
            Command::new(std::env::current_exe()?)
                .arg("run")
                .arg(&file)
                .env("NOTIFY_SOCKET", folder.join("notify"))
                .stderr(Stdio::null())
                .spawn()?,
        );
        let mut said = [0; 256];
        while let n = socket.recv(&mut said)?
            && !said[..n].starts_with(b"READY=1")
        {
            if new.try_wait()?.is_some() {
                return Err("the daemon ended instead of starting".into());
            }
        }
        starts.push(began.elapsed().as_secs_f64());
    }
    starts.sort_by(f64::total_cmp);
    row("start_to_ready", quantile(&starts, 0.5), "s");
    let puppet = cook(lines)?;
    std::thread::sleep(Duration::from_secs(30));
    if let Some(mut child) = child {
        row("rss", resident(child.id()), "MB");
        end(&mut child)?;
    }
    puppet.stop();
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn end(child: &mut std::process::Child) -> Result<(), Failed> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

/// From a hop's close and from its end to the stub broker's read.
fn latency(seconds: u64) -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    let broker = std::thread::spawn(move || broker(&listener));
    let folder = std::env::temp_dir().join(format!("wokd-live-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let lines = Lines::open(&folder)?;
    let text = configuration(port, &lines);
    let config = Config::parse(Path::new("live.toml"), &text)?;
    let clock: Arc<dyn Clock> = Arc::new(Monotonic);
    let hops = Hops::default();
    let options = Options {
        clock,
        recorder: None,
        extra: vec![Box::new(hops.clone())],
        simulated: true,
    };
    let app = App::start(&config, options)?;
    let puppet = cook(lines)?;
    let began = Instant::now();
    app.run(&Notifier::from_env(), || {
        began.elapsed() > Duration::from_secs(seconds)
    })?;
    puppet.stop();
    app.stop()?;
    std::fs::remove_dir_all(&folder)?;

    let read = broker.join().map_err(|_| "the stub broker panicked")??;
    let hops = hops.0.lock().expect("no panic");
    // The first second settles.
    let times = read.iter().skip(5).filter_map(|(seq, at)| {
        hops.get(seq)
            .map(|(end, closed)| (*at - *end, *at - *closed))
    });
    let (mut since_end, mut since_close): (Vec<f64>, Vec<f64>) = times
        .map(|(end, close)| (end as f64 / 1e6, close as f64 / 1e6))
        .unzip();
    since_end.sort_by(f64::total_cmp);
    since_close.sort_by(f64::total_cmp);
    row("hops_read", since_end.len() as f64, "hops");
    row("hop_close_to_read_p50", quantile(&since_close, 0.5), "ms");
    row("hop_close_to_read_p99", quantile(&since_close, 0.99), "ms");
    row("hop_end_to_read_p50", quantile(&since_end, 0.5), "ms");
    row("hop_end_to_read_p99", quantile(&since_end, 0.99), "ms");
    Ok(())
}
