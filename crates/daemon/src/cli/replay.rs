//! `wokd replay`: a recorded event log through the pipeline and the model again.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::check::EX_CONFIG;
use crate::cli::say::{complain, say};
use crate::model;
use crate::record;
use crate::replay::replay;
use crate::stepper::Flavorformer;

/// Options of `wokd replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The event log
    log: PathBuf,
    #[command(flatten)]
    model: model::Args,
}

/// Runs `wokd replay`: a line for each hop, then whether the model answered as it did then.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let (events, broken) = match record::read(&args.log) {
        Ok(read) => read,
        Err(error) => {
            complain!("wokd replay: {}: {error}", args.log.display());
            return ExitCode::from(EX_CONFIG);
        }
    };
    let stations = events
        .iter()
        .filter_map(|event| match &event.body {
            wok_core::event::Body::Epoch(config) => Some(config.stations.len()),
            _ => None,
        })
        .max()
        .unwrap_or(0);
    let model = match model::load(&args.model.settings()) {
        Ok(model) => model,
        Err(error) => {
            complain!("wokd replay: {error}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    let mut stepper = Flavorformer::new(model, stations);
    let count = events.len();
    let differing = replay(events, &mut stepper, |verdict| {
        let score = match &verdict.outcome {
            Ok(output) => format!("{:5.1}", output.score[2]),
            Err(why) => why.as_str().to_owned(),
        };
        say!("station {} hop {} {score}", verdict.station, verdict.hop);
    });
    if let Some(broken) = broken {
        complain!("wokd replay: after {count} events: {broken}");
    }
    complain!(
        "wokd replay: {count} events; the model answered otherwise than recorded {differing} times"
    );
    if differing == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
