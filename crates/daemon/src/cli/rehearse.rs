//! `wokd rehearse`: simulated cooks through the pipeline and the model; what it said beside what was true.

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use wok_core::event::InferError;
use wok_core::grid::EEG_PER_HOP;
use wok_core::pipeline::Step;
use wok_core::step::{EEG_CHANNELS, StepOutput};
use wok_core::verdict::Verdict;
use wok_simulator::oracle::{Sight, forks};
use wok_simulator::{Camera, Config, Headset, Microphone, Rig};

use super::check::EX_CONFIG;
use super::cooks;
use super::said;
use super::shard::Shard;
use super::truths;
use crate::cli::say::complain;
use crate::model;
use crate::rehearsal::{self, Listener};
use crate::stepper::{Flavorformer, Stepper};

/// Shares of a cook at which the oracle looks ahead.
const ORACLE_AT: [f64; 3] = [0.25, 0.5, 0.75];
/// How far the number of a cook lies from that of the cook whose EEG is put in its place.
const DONOR: u64 = 500_000;

/// Options of `wokd rehearse`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    cooks: cooks::Args,
    #[command(flatten)]
    model: model::Args,
    /// Leave a sensor out; may be repeated
    #[arg(long, value_enum)]
    without: Vec<Sensor>,
    /// Put another cook's EEG in the place of the cook's own
    #[arg(long)]
    swap_eeg: bool,
    /// Also fork the true state so many times at a quarter, half and three quarters of each cook
    #[arg(long, default_value_t = 0)]
    oracle: u64,
}

/// A sensor that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Sensor {
    Eeg,
    Audio,
    Thermal,
}

impl Args {
    /// What is other than plain, in words.
    fn variant(&self) -> String {
        let mut parts = self.cooks.variant();
        parts.extend(
            self.without
                .iter()
                .map(|s| format!("without {s:?}").to_lowercase()),
        );
        parts.extend(self.swap_eeg.then(|| "another cook's eeg".to_owned()));
        if parts.is_empty() {
            "plain".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// Runs `wokd rehearse`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let first = match model::load(&args.model.settings()) {
        Ok(model) => model,
        Err(error) => {
            complain!("wokd rehearse: {error}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    let info = first.info();
    let head = json!({
        "edition": info.edition,
        "model_sha256": info.sha256.to_string(),
        "feature_id": info.feature_id,
        "latents": truths::LATENTS,
        "oracle": args.oracle,
        "variant": { "name": args.variant() },
    });
    // One model for each thread; a cook takes one and puts it back.
    let models = Mutex::new(vec![Flavorformer::new(first, 1)]);
    let written = args.cooks.each(&head, |config, file| {
        let idle = models.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut model = match idle {
            Some(model) => model,
            None => Flavorformer::new(
                model::load(&args.model.settings()).map_err(io::Error::other)?,
                1,
            ),
        };
        let row = rehearse(args, config, &mut model, file);
        models
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(model);
        row
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd rehearse: {}: {error}", args.cooks.out.display());
            ExitCode::FAILURE
        }
    }
}

fn rehearse(
    args: &Args,
    config: &Config,
    model: &mut Flavorformer,
    file: &Path,
) -> io::Result<Value> {
    let mut config = config.clone();
    for sensor in &args.without {
        match sensor {
            Sensor::Eeg => config.headset = Headset::None,
            Sensor::Audio => config.microphone = Microphone::None,
            Sensor::Thermal => config.camera = Camera::None,
        }
    }
    let mut said = Said {
        model,
        shard: said::shard(),
        hops: Vec::new(),
        donor: if args.swap_eeg {
            eeg_of(&config)
        } else {
            Vec::new()
        },
        last: None,
    };
    let pipeline = rehearsal::pipeline(&config);
    let mut rig = Rig::new(config.clone());
    rehearsal::run(&mut rig, pipeline, None, &mut said);
    let truth = rig.finish();
    truths::add(&mut said.shard, &truth, &said.hops);
    if let Some(last) = &said.last {
        said.shard.floats("embedding", &[], &last.embedding);
    }
    if args.oracle > 0 {
        let count = args.oracle as usize;
        for scores in forks(&config, &ORACLE_AT, args.oracle, Sight::State) {
            said.shard.floats("oracle", &[count], &scores);
        }
    }
    said.shard.write(file)?;
    Ok(json!({
        "hops": said.hops.len(),
        "score": truth.reference,
        "seconds": truth.duration_s,
    }))
}

/// Asks the model and writes down what it says.
struct Said<'a> {
    model: &'a mut Flavorformer,
    shard: Shard,
    hops: Vec<u32>,
    /// The EEG of another cook, hop by hop.
    donor: Vec<Eeg>,
    last: Option<StepOutput>,
}

impl Listener for Said<'_> {
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        if self.donor.is_empty() {
            return self.model.step(step);
        }
        let donor = &self.donor[step.hop as usize % self.donor.len()];
        let mut step = step.clone();
        (step.input.eeg, step.input.eeg_mask, step.input.quality[0]) = *donor;
        self.model.step(&step)
    }

    fn verdict(&mut self, verdict: &Verdict) {
        said::cues(&mut self.shard, verdict);
        if let Ok(output) = &verdict.outcome {
            self.hops.push(said::hop(&mut self.shard, verdict, output));
            self.last = Some(output.clone());
        }
    }
}

/// What the model is given of a hop's EEG: samples, mask, quality.
type Eeg = ([[f32; EEG_PER_HOP]; EEG_CHANNELS], [f32; EEG_CHANNELS], f32);

/// The EEG of another cook of the same dish.
fn eeg_of(config: &Config) -> Vec<Eeg> {
    struct Heard(Vec<Eeg>);
    impl Listener for Heard {
        fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
            let input = &step.input;
            self.0.push((input.eeg, input.eeg_mask, input.quality[0]));
            Ok(wok_infer::contract::zero_output())
        }
    }
    let donor = Config {
        seed: config.seed + DONOR,
        ..config.clone()
    };
    let mut heard = Heard(Vec::new());
    let pipeline = rehearsal::pipeline(&donor);
    rehearsal::run(&mut Rig::new(donor), pipeline, None, &mut heard);
    heard.0
}
