//! `wokd simulate`: one simulated cook as an event log and its truth as JSON.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use wok_core::event::{Event, InferError};
use wok_core::pipeline::Step;
use wok_core::step::StepOutput;
use wok_simulator::{ASPECTS, Config, CookTruth, Cue, Dish, Rig};

use crate::cli::say::{complain, say};
use crate::record::LogFile;
use crate::record::Recorder;
use crate::rehearsal::{self, Listener};

/// Options of `wokd simulate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dish
    #[arg(long, value_parser = super::dish, default_value = "gong-bao")]
    dish: Dish,
    /// Seed of the cook
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Event log to write (it must not exist): station "stove" with kinds cyton, gy-mcu90640 and pcm-socket, each with
    /// `latency_ms = 0`; it holds no answers of a model, so a replay differs from it at every hop
    #[arg(long)]
    log: Option<PathBuf>,
    /// Strike the wok's rim with the ladle at these seconds, such as 25,26.1,27 (for `wokd align --clap --from`)
    #[arg(long, value_delimiter = ',', value_name = "SECONDS", value_parser = second)]
    knocks: Vec<f64>,
    /// Truth to write, as JSON; standard output without it
    #[arg(long)]
    truth: Option<PathBuf>,
}

/// A time of a cook.
fn second(word: &str) -> Result<f64, String> {
    let second = word.parse().map_err(|_| "write seconds, such as 25.5")?;
    if (1.0..3600.0).contains(&second) {
        Ok(second)
    } else {
        Err("write seconds of the cook, from 1 on".to_owned())
    }
}

struct Writer(LogFile);

impl Listener for Writer {
    fn answer(&mut self, _: &Step) -> Result<StepOutput, InferError> {
        Ok(wok_infer::contract::zero_output())
    }

    fn event(&mut self, event: &Event) {
        // The answers are not a model's: a replay computes its own.
        self.0.record(event);
    }
}

/// Runs `wokd simulate`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match simulate(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd simulate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn simulate(args: &Args) -> std::io::Result<()> {
    let mut config = if args.log.is_some() {
        Config::new(args.dish, args.seed)
    } else {
        Config::physics(args.dish, args.seed)
    };
    config.knocks.clone_from(&args.knocks);
    config.knocks.sort_unstable_by(f64::total_cmp);
    let pipeline = rehearsal::pipeline(&config);
    let mut rig = Rig::new(config);
    if let Some(path) = &args.log {
        let file = LogFile::create(path).map_err(|error| {
            let what = format!(
                "{}: {error}; name a new file in a writable folder",
                path.display()
            );
            std::io::Error::new(error.kind(), what)
        })?;
        let mut writer = Writer(file);
        rehearsal::run(&mut rig, pipeline, None, &mut writer);
        writer.0.flush();
    }
    let text = serde_json::to_string_pretty(&truth(&rig.finish()))?;
    match &args.truth {
        Some(path) => std::fs::write(path, text),
        None => {
            say!("{text}");
            Ok(())
        }
    }
}

/// The truth of a cook for people and scripts; times in seconds, scores 0–100.
fn truth(cook: &CookTruth) -> serde_json::Value {
    let aspects: serde_json::Map<_, _> = ASPECTS
        .iter()
        .zip(cook.aspects)
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    let cues: serde_json::Map<_, _> = Cue::ALL
        .iter()
        .map(|cue| (cue.name().to_owned(), json!(cook.cues[cue.index()])))
        .collect();
    json!({
        "dish": cook.dish.id(),
        "seed": cook.seed,
        "simulated": true,
        "duration_seconds": cook.duration_s,
        "technique_score": cook.reference,
        "families": cook.families.each_ref().map(|f| f.score),
        "aspects": aspects,
        "phases": cook.phases.iter().map(|(phase, at)| json!({ "phase": phase.name(), "seconds": at })).collect::<Vec<_>>(),
        "cues": cues,
        "faults": cook.faults.iter().map(|f| f.name()).collect::<Vec<_>>(),
    })
}
