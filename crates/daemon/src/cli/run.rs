//! `wokd run`: the daemon.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::app::{App, Error, Options};
use crate::clock::Monotonic;
use crate::config::Config;
use crate::logging;
use crate::notify::Notifier;
use crate::record::{LogFile, Recorder};

/// Options of `wokd run`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration
    file: PathBuf,
    /// How log lines look
    #[arg(long, value_enum, default_value_t)]
    log: logging::Format,
    /// Record everything the sensors say into this file (raw EEG and audio among it); it must not exist
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

/// Runs the daemon until it is told to stop.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    logging::init(args.log);
    let config = match super::check::load(&args.file) {
        Ok(config) => config,
        Err(code) => return code,
    };
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    match serve(&config, args.record.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn serve(config: &Config, record: Option<&Path>) -> Result<(), Error> {
    let stopped = stop_signal()?;
    let options = Options {
        clock: Arc::new(Monotonic),
        recorder: recorder(record)?,
        extra: Vec::new(),
        simulated: false,
    };
    let app = App::start(config, options)?;
    let notifier = Notifier::from_env();
    let ran = app.run(&notifier, || stopped.load(Ordering::Relaxed));
    notifier.stopping();
    let summary = app.stop();
    ran?;
    tracing::info!("stopped: {}", summary?);
    Ok(())
}

/// The recorder that was asked for.
pub(super) fn recorder(path: Option<&Path>) -> Result<Option<Box<dyn Recorder>>, Error> {
    let Some(path) = path else { return Ok(None) };
    let file = LogFile::create(path).map_err(|error| {
        Error::Config(format!(
            "cannot record into {}: {error}; name a new file in a writable folder",
            path.display()
        ))
    })?;
    Ok(Some(Box::new(file)))
}

/// Becomes true with the first SIGTERM, SIGINT or SIGHUP (the terminal is gone); a second one ends the process at once.
pub(super) fn stop_signal() -> Result<Arc<AtomicBool>, Error> {
    let stopped = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP] {
        // The order matters: the shutdown must see the flag of an earlier signal.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopped))?;
        signal_hook::flag::register(signal, Arc::clone(&stopped))?;
    }
    Ok(stopped)
}
