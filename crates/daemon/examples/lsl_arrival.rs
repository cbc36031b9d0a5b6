//! How late a sample of a Lab Streaming Layer outlet (8 channels, 250 Hz, in a process of its own) is in hand: from
//! the push to the stamp of the daemon's read. The outlet is the real liblsl's, from pylsl.
//!
//! `cargo run --release -p wokd --example lsl_arrival` prints JSON lines.

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firmware_interfaces::lsl::{Decoder, Item, Stamp};
use serde_json::json;
use wok_core::config::DeviceId;
use wok_core::event::Body;
use wokd::clock::Monotonic;
use wokd::inbox::{Inbox, Taken};
use wokd::lsl::Network;
use wokd::sources::{self, StopToken, lsl};

const SAMPLES: usize = 2000;
/// Left out: while it starts.
const FIRST: usize = 250;
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn main() -> Result<(), Box<dyn Error>> {
    let python = std::env::var("WOKD_TEST_PYTHON")
        .unwrap_or_else(|_| format!("{ROOT}/.cache/venv/bin/python"));
    let says = json!({"name": "timed", "source_id": "timed"});
    let mut outlet = Command::new(python)
        .arg(format!("{ROOT}/crates/daemon/tests/lsl/outlet.py"))
        .arg(says.to_string())
        .stdout(Stdio::piped())
        .spawn()?;
    let measured = outlet
        .stdout
        .take()
        .ok_or_else(|| "the outlet has no output".into())
        .and_then(|said| {
            BufReader::new(said).read_line(&mut String::new())?;
            measure()
        });
    outlet.kill()?;
    outlet.wait()?;
    let mut late = measured?;
    late.sort_unstable_by(f64::total_cmp);
    for (name, share) in [("lsl_arrival_p50", 50), ("lsl_arrival_p99", 99)] {
        let value = late[late.len() * share / 100] * 1e6;
        println!("{}", json!({"name": name, "value": value, "unit": "µs"}));
    }
    Ok(())
}

/// Seconds from each push to its read.
fn measure() -> Result<Vec<f64>, Box<dyn Error>> {
    let config = sources::Config::Lsl(lsl::Config {
        place: "lsl:timed".into(),
        name: Some("timed".into()),
        source_id: Some("timed".into()),
        kind: "EEG".into(),
        host: None,
        allow: Vec::new(),
        rate_hz: 250,
        channels: 8,
        network: Network {
            peers: vec![Ipv4Addr::LOCALHOST.to_string()],
            ..Network::default()
        },
    });
    let (inbox, stop) = (Inbox::default(), StopToken::default());
    let feed = inbox.feed(DeviceId(1), 1 << 20);
    let source = sources::start("timed", &config, feed, Arc::new(Monotonic), stop.clone())?;
    let mut decoder = Decoder::new();
    let mut late = Vec::new();
    let began = Instant::now();
    while late.len() < SAMPLES + FIRST {
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("{} samples: {:?}", late.len(), source.health.state()).into());
        }
        let Taken::Body(Body::Read { read_at, bytes, .. }) = inbox.take(Duration::from_millis(100))
        else {
            continue;
        };
        decoder.push(&bytes, |item| {
            // Both clocks are this machine's monotonic one.
            if let Item::Sample {
                stamp: Stamp::Seconds(stamp),
            } = item
            {
                late.push(read_at.as_secs_f64() - stamp);
            }
        });
    }
    stop.stop();
    source.join();
    Ok(late.split_off(FIRST))
}
