//! `wokd features`: simulated cooks → the model's inputs and their labels, for training.

use std::process::ExitCode;

use serde_json::json;
use wok_core::event::InferError;
use wok_core::features;
use wok_core::grid::{EEG_PER_HOP, MEL_PER_HOP};
use wok_core::pipeline::Step;
use wok_core::step::{
    AUX, EEG_CHANNELS, MELS, MODALITIES, StepInput, StepOutput, THERMAL_COLS, THERMAL_ROWS,
};
use wok_simulator::{Camera, Config, Headset, Microphone, Rig};

use super::cooks;
use super::shard::Shard;
use super::truths;
use crate::cli::say::complain;
use crate::rehearsal::{self, Listener};

/// Samples of EEG and frames of log-mel before the hop that a row holds: at least what the model's
/// encoders look back (`training/flavorformer/layers`).
const EEG_BEFORE: usize = 14;
pub(super) const MEL_BEFORE: usize = 4;

/// Options of `wokd features`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    cooks: cooks::Args,
    /// Write one hop out of so many, at random
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    every: u32,
    /// Only what is true, by nobody's sensors: many times as fast, for `train --blind`
    #[arg(long)]
    blind: bool,
}

/// Runs `wokd features`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let mut head = json!({
        "feature_id": features::id_text(),
        "simulator": truths::simulator(),
        "every": args.every,
        "latents": truths::LATENTS,
        "variant": args.cooks.variant(),
    });
    if args.blind {
        head["blind"] = json!(true);
    }
    let written = args.cooks.each(&head, args.cooks.threads, |config, file| {
        let pipeline = rehearsal::pipeline(config);
        let recipe = pipeline.stations[0].recipe.vector();
        let mut table = Table::new(config, args.every);
        let truth = if args.blind {
            let truth = wok_simulator::cook(&Config {
                headset: Headset::None,
                camera: Camera::None,
                microphone: Microphone::None,
                ..config.clone()
            });
            for hop in 0..truth.hops.len() as u64 {
                if table.is_drawn(hop) {
                    table.number(hop);
                }
            }
            truth
        } else {
            let mut rig = Rig::new(config.clone());
            rehearsal::run(&mut rig, pipeline, None, &mut table);
            rig.finish()
        };
        truths::add(&mut table.shard, &truth, &table.hops);
        table.shard.floats("recipe", &[], &recipe);
        table.shard.write(file)?;
        Ok(json!({
            "rows": table.hops.len(),
            "score": truth.reference,
            "seconds": truth.duration_s,
        }))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd features: {}: {error}", args.cooks.out.display());
            ExitCode::FAILURE
        }
    }
}

/// Adds a hop's log-mel with the last frames of the step before it.
pub(super) fn mel(shard: &mut Shard, before: &StepInput, input: &StepInput) {
    for (tail, new) in before.mel.iter().zip(&input.mel) {
        let tail = &tail[MEL_PER_HOP - MEL_BEFORE..];
        let shape = [MELS, MEL_BEFORE + MEL_PER_HOP];
        shard.halves("mel", &shape, tail.iter().chain(new));
    }
}

/// The rows of one cook.
struct Table {
    shard: Shard,
    hops: Vec<u32>,
    every: u32,
    seed: u64,
    before: StepInput,
}

impl Table {
    fn new(config: &Config, every: u32) -> Self {
        Self {
            shard: Shard::default(),
            hops: Vec::new(),
            every,
            seed: config.seed,
            before: StepInput::masked(),
        }
    }

    /// Whether this hop is the one of its group, drawn by a hash of cook and group (SplitMix64).
    fn is_drawn(&self, hop: u64) -> bool {
        let every = u64::from(self.every);
        let mut x = (self.seed << 32) ^ (hop / every);
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % every == hop % every
    }

    /// The number of a row.
    fn number(&mut self, hop: u64) {
        let hop = u32::try_from(hop).unwrap_or(u32::MAX);
        self.hops.push(hop);
        self.shard.wholes("hop", &[], [hop]);
    }

    fn row(&mut self, hop: u64, input: &StepInput) {
        self.number(hop);
        let Self { shard, before, .. } = self;
        for (tail, new) in before.eeg.iter().zip(&input.eeg) {
            let tail = &tail[EEG_PER_HOP - EEG_BEFORE..];
            let shape = [EEG_CHANNELS, EEG_BEFORE + EEG_PER_HOP];
            shard.halves("eeg", &shape, tail.iter().chain(new));
        }
        mel(shard, before, input);
        let shape = [3, THERMAL_ROWS, THERMAL_COLS];
        shard.halves("thermal", &shape, input.thermal.as_flattened());
        let on = |m: f32| u8::from(m > 0.0);
        shard.bytes("eeg_mask", &[EEG_CHANNELS], input.eeg_mask.map(on));
        shard.bytes("aux_mask", &[AUX], input.aux_mask.map(on));
        shard.floats("aux", &[AUX], &input.aux);
        shard.floats("quality", &[MODALITIES], &input.quality);
        shard.floats("heat", &[2], &input.heat);
        shard.floats("dose", &[1], &input.dose);
    }
}

impl Listener for Table {
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        if self.is_drawn(step.hop) {
            self.row(step.hop, &step.input);
        }
        self.before.clone_from(&step.input);
        Ok(wok_infer::contract::zero_output())
    }
}
