//! A microphone by ALSA. The kernel stamps when it last moved samples, on the monotonic clock, so a
//! read is dated by its newest sample and not by when this thread was scheduled.

use std::io;
use std::time::Duration;

use alsa::pcm::{Access, Format, HwParams, PCM, TstampType};
use alsa::{Direction, ValueOr};
use wok_core::config::Protocol;
use wok_core::time::{HostTime, SECOND};

use super::{Backoff, Equipment, Outlet, pcm};
use crate::config::reader::Table;

/// An ALSA capture device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// By the card's id, which stays when numbers do not: `plughw:CARD=Mic,DEV=0`.
    pub device: String,
    /// Frames a second.
    pub rate_hz: u32,
    /// Interleaved channels.
    pub channels: u8,
}

pub(crate) fn read(table: &Table<'_>) -> Option<Equipment> {
    let remedy = "name the card, such as \"plughw:CARD=Mic,DEV=0\"; `wokd devices` lists them";
    let device = table.need("device", remedy, table.text("device"));
    let protocol = pcm::read_format(table);
    let Protocol::Pcm { rate_hz, channels } = protocol else {
        return None;
    };
    let device = device?.value;
    Some(Equipment {
        protocol,
        source: super::Config::Alsa(Config {
            device,
            rate_hz,
            channels,
        }),
    })
}

/// Microseconds of a period and of the buffer: 10 ms, so that a hop never waits for sound; 400 ms, so
/// that a stalled thread loses none (design choice).
const PERIOD_US: u32 = 10_000;
const BUFFER_US: u32 = 400_000;

pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    while !outlet.stop.is_stopped() {
        let reads = outlet.health.state().reads;
        if let Err(error) = capture(config, outlet) {
            outlet.down(&error.to_string());
        }
        if outlet.health.state().reads > reads {
            backoff.reset();
        }
        outlet.stop.wait(backoff.next());
    }
    outlet.down("stopped");
}

/// The error with what to do about it.
fn explain(config: &Config, error: &alsa::Error) -> io::Error {
    let system = io::Error::from_raw_os_error(error.errno());
    let remedy = match rustix::io::Errno::from_raw_os_error(error.errno()) {
        rustix::io::Errno::BUSY => "stop the program that records from it",
        rustix::io::Errno::NOENT | rustix::io::Errno::NODEV | rustix::io::Errno::NXIO => {
            "plug it in; `wokd devices` lists what is there"
        }
        rustix::io::Errno::ACCESS | rustix::io::Errno::PERM => {
            "add the user to the group `audio` and log in again"
        }
        rustix::io::Errno::INVAL => {
            "it may not do that rate or number of channels; use its plughw: name"
        }
        _ => "plug it out and in again",
    };
    io::Error::new(
        system.kind(),
        format!("{}: {system}; {remedy}", config.device),
    )
}

fn open(config: &Config) -> alsa::Result<PCM> {
    let device = PCM::new(&config.device, Direction::Capture, true)?;
    {
        let hardware = HwParams::any(&device)?;
        hardware.set_access(Access::RWInterleaved)?;
        hardware.set_format(Format::S16LE)?;
        hardware.set_channels(u32::from(config.channels))?;
        hardware.set_rate(config.rate_hz, ValueOr::Nearest)?;
        hardware.set_period_time_near(PERIOD_US, ValueOr::Nearest)?;
        hardware.set_buffer_time_near(BUFFER_US, ValueOr::Nearest)?;
        device.hw_params(&hardware)?;
        let software = device.sw_params_current()?;
        software.set_tstamp_mode(true)?;
        software.set_tstamp_type(TstampType::Monotonic)?;
        device.sw_params(&software)?;
    }
    device.start()?;
    Ok(device)
}

fn capture(config: &Config, outlet: &Outlet) -> io::Result<()> {
    let wrong = |error: alsa::Error| explain(config, &error);
    let device = open(config).map_err(wrong)?;
    outlet.health.opened();
    let rate = device
        .hw_params_current()
        .and_then(|hardware| hardware.get_rate())
        .map_err(wrong)?;
    if rate != config.rate_hz {
        let what = format!(
            "{} gives {rate} Hz; use its plughw: name, or write `rate = {rate}`",
            config.device
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    let channels = usize::from(config.channels);
    let mut samples = vec![0_i16; rate as usize / 10 * channels];
    let mut bytes = Vec::with_capacity(2 * samples.len());
    let mut silent = Duration::ZERO;
    while !outlet.stop.is_stopped() {
        let wait = Duration::from_millis(100);
        let got = device.wait(Some(100)).and_then(|ready| {
            if !ready {
                return Ok((0, None));
            }
            let status = device.status()?;
            let stamp = status.get_htstamp();
            let waiting = status.get_avail();
            let n = device.io_i16()?.readi(&mut samples)?;
            // Stamped is the newest of the samples that were waiting; those left behind are newer.
            let left = waiting - i64::try_from(n).unwrap_or(0);
            let newest = stamp.tv_sec * SECOND + stamp.tv_nsec - left * SECOND / i64::from(rate);
            Ok((n, (stamp.tv_sec != 0).then(|| HostTime::from_nanos(newest))))
        });
        match got {
            Ok((0, _)) => {
                silent += wait;
                if silent > Duration::from_secs(5) {
                    let what = format!(
                        "{}: silent for 5 s; plug it out and in again",
                        config.device
                    );
                    return Err(io::Error::new(io::ErrorKind::TimedOut, what));
                }
            }
            Ok((n, stamp)) => {
                silent = Duration::ZERO;
                bytes.clear();
                bytes.extend(
                    samples[..n * channels]
                        .iter()
                        .flat_map(|sample| sample.to_le_bytes()),
                );
                outlet.push(outlet.dated(stamp), &bytes);
            }
            Err(error) if error.errno() == rustix::io::Errno::AGAIN.raw_os_error() => {}
            // An overrun: how much was lost is not known, so the stream is begun anew.
            Err(error) if error.errno() == rustix::io::Errno::PIPE.raw_os_error() => {
                outlet.down(&format!(
                    "{}: an overrun, samples were lost; capture goes on",
                    config.device
                ));
                device
                    .prepare()
                    .and_then(|()| device.start())
                    .map_err(wrong)?;
            }
            Err(error) => return Err(wrong(error)),
        }
    }
    Ok(())
}
