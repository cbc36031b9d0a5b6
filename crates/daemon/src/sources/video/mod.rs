//! Thermal cameras that are video devices (UVC), by Video4Linux.
//!
//! Each frame is handed on whole, dated by the kernel's stamp; what it means is decoded in the core.

mod camera;
mod kernel;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use wok_core::config::Protocol;
use wok_core::time::SECOND;

pub use camera::Module;
use camera::{Camera, negotiate};
use kernel::Kernel;

use super::{Backoff, Equipment, Outlet, name};
use crate::config::reader::Table;

/// A thermal camera as a video device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Its name, best one under `/dev/v4l/by-id`.
    pub device: PathBuf,
    /// Which camera it is.
    pub module: Module,
}

pub(crate) fn read_lepton(table: &Table<'_>) -> Option<Equipment> {
    read(table, Module::Lepton, Protocol::Lepton)
}

pub(crate) fn read_infiray(table: &Table<'_>) -> Option<Equipment> {
    read(table, Module::InfiRay, Protocol::InfiRay)
}

fn read(table: &Table<'_>, module: Module, protocol: Protocol) -> Option<Equipment> {
    let remedy =
        "name it, such as \"/dev/v4l/by-id/usb-…-video-index0\"; `wokd devices` lists them";
    let device = table.need("device", remedy, table.path("device"))?.value;
    Some(Equipment {
        protocol,
        source: super::Config::Video(Config { device, module }),
    })
}

/// A camera that gives no whole frame for so long (ns) is opened again; its shutter takes half a second.
const SILENCE: i64 = 3 * SECOND;
/// How long a stop may wait.
const WAIT: Duration = Duration::from_millis(100);

pub(super) fn run(config: &Config, outlet: &Outlet) {
    let mut backoff = Backoff::new();
    while !outlet.stop.is_stopped() {
        let reads = outlet.health.state().reads;
        if let Err(error) = visit(config, outlet) {
            outlet.down(&explain(config, &error));
        }
        if outlet.health.state().reads > reads {
            backoff.reset();
        }
        outlet.stop.wait(backoff.next());
    }
    outlet.down("stopped");
}

/// The error with what to do about it.
fn explain(config: &Config, error: &io::Error) -> String {
    use rustix::io::Errno;
    let Some(number) = error.raw_os_error() else {
        return format!("{}: {error}", config.device.display());
    };
    let remedy = match Errno::from_raw_os_error(number) {
        Errno::NODEV | Errno::NXIO | Errno::IO => "the camera is gone; plug it in again",
        Errno::BUSY => "stop the program that shows its picture",
        Errno::ACCESS | Errno::PERM => "add the user to the group `video` and log in again",
        Errno::NOTTY | Errno::INVAL => "it is no camera; `wokd devices` lists them",
        Errno::NOSPC => "its USB bus is full; plug it in elsewhere",
        _ => "plug it out and in again",
    };
    format!("{}: {error}; {remedy}", config.device.display())
}

fn visit(config: &Config, outlet: &Outlet) -> io::Result<()> {
    let real = name::resolve(&config.device, "video4linux")?;
    let mut camera = Kernel::open(&real)?;
    stream(&mut camera, config.module, outlet)
}

fn stream(camera: &mut dyn Camera, module: Module, outlet: &Outlet) -> io::Result<()> {
    let shape = negotiate(camera, module)?;
    camera.start()?;
    outlet.health.opened();
    outlet.health.detail(shape.to_string());
    let mut seen = outlet.clock.now();
    while !outlet.stop.is_stopped() {
        match camera.frame(WAIT)? {
            Some(frame) if !frame.spoiled && !frame.bytes.is_empty() => {
                seen = outlet.clock.now();
                outlet.push(outlet.dated(frame.stamp), frame.bytes);
            }
            // Handed on as no frame, so that it is recorded and counted as an invalid one.
            Some(frame) => outlet.push(outlet.dated(frame.stamp), &[0]),
            None => {}
        }
        if outlet.clock.now() - seen >= SILENCE {
            let what = "no whole frame for 3 s; plug it out and in again, and look at its cable";
            return Err(io::Error::new(io::ErrorKind::TimedOut, what));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
