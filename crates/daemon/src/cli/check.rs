//! `wokd check`: every mistake of a configuration at once, or what is in force.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::say::{complain, say};
use crate::config::Config;

/// The exit code of a bad configuration (`EX_CONFIG` of sysexits.h), on which systemd does not restart.
pub const EX_CONFIG: u8 = 78;

/// Arguments of `wokd check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration
    file: PathBuf,
    /// Also look whether the devices are there and free
    #[arg(long)]
    devices: bool,
    /// Say only what is wrong
    #[arg(long, short)]
    quiet: bool,
}

/// A configuration; or the exit code, with each mistake on a line of standard error.
pub(super) fn load(file: &Path) -> Result<Config, ExitCode> {
    Config::load(file).map_err(|problems| {
        complain!("{problems}");
        ExitCode::from(EX_CONFIG)
    })
}

/// Checks a configuration: 0, or 78 with each mistake on a line of standard error.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let config = match load(&args.file) {
        Ok(config) => config,
        Err(code) => return code,
    };
    for warning in &config.warnings {
        complain!("{}: warning: {warning}", args.file.display());
    }
    if !args.quiet {
        say!("{}", config.to_string().trim_end());
        let devices = config.devices().count();
        let stations = config.stations.len();
        say!(
            "ok: {stations} {}, {devices} {}",
            plural(stations, "station"),
            plural(devices, "device")
        );
    }
    let mut missing = false;
    if args.devices {
        for (station, device) in config.devices() {
            if let Some(fault) = fault(&device.source) {
                complain!("{}/{}: {fault}", station.id, device.sensor);
                missing = true;
            }
        }
    }
    if missing {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Why a device cannot be opened now, as far as that can be seen without opening it.
pub(super) fn fault(source: &crate::sources::Config) -> Option<String> {
    if let Some(fault) = source.name_fault() {
        return Some(fault);
    }
    source.held_by().map(|holder| {
        format!(
            "{} is in use by {holder}; stop that program",
            source.place().display()
        )
    })
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 {
        noun.to_owned()
    } else {
        format!("{noun}s")
    }
}
