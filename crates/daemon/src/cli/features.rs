//! `wokd features`: simulated cooks → the model's inputs and their labels, for training.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use half::f16;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;
use wok_core::event::InferError;
use wok_core::features;
use wok_core::grid::{EEG_PER_HOP, MEL_PER_HOP};
use wok_core::pipeline::Step;
use wok_core::step::{EEG_CHANNELS, MELS, StepOutput, THERMAL_COLS, THERMAL_ROWS};
use wok_simulator::{Config, CookTruth, DISHES, Dish, Headset, Rig};

use crate::cli::say::{complain, say};
use crate::rehearsal::{self, Listener};

/// Options of `wokd features`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the shards and their index.json
    #[arg(long)]
    out: PathBuf,
    /// Cooks of each dish
    #[arg(long, default_value_t = 4)]
    cooks: u64,
    /// Seed of the first cook; the others follow it
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this dish
    #[arg(long, value_parser = super::dish)]
    dish: Option<Dish>,
    /// Stop each cook after this many seconds; labels stay those of the whole cook
    #[arg(long)]
    seconds: Option<u32>,
    /// Cooks worked on at a time
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

/// Runs `wokd features`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match write_all(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd features: {}: {error}", args.out.display());
            ExitCode::FAILURE
        }
    }
}

fn write_all(args: &Args) -> io::Result<()> {
    fs::create_dir_all(&args.out)?;
    let dishes: Vec<Dish> = args.dish.map_or_else(|| DISHES.to_vec(), |dish| vec![dish]);
    // Dish by dish within a seed, so that any prefix holds all dishes.
    let cooks: Vec<(Dish, u64)> = (args.seed..args.seed + args.cooks)
        .flat_map(|seed| dishes.iter().map(move |dish| (*dish, seed)))
        .collect();
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..args.threads.max(1))
            .map(|_| {
                scope.spawn(|| -> io::Result<()> {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some((dish, seed)) = cooks.get(index) else {
                            return Ok(());
                        };
                        let row = write_cook(&args.out, index, *dish, *seed, args.seconds)?;
                        say!("{row}");
                        rows.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push((index, row));
                    }
                })
            })
            .collect();
        workers.into_iter().try_for_each(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a worker panicked")))
        })
    })?;
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    rows.sort_by_key(|(index, _)| *index);
    let cooks: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    let index = json!({ "feature_id": features::id_text(), "cooks": cooks });
    fs::write(
        args.out.join("index.json"),
        serde_json::to_vec_pretty(&index)?,
    )
}

/// Which part of the data a seed belongs to: 8 of 10 train, one validates, one tests.
fn split(seed: u64) -> &'static str {
    match seed % 10 {
        8 => "val",
        9 => "test",
        _ => "train",
    }
}

fn write_cook(
    out: &Path,
    index: usize,
    dish: Dish,
    seed: u64,
    seconds: Option<u32>,
) -> io::Result<serde_json::Value> {
    let mut config = Config::new(dish, seed);
    // Some kitchens have a one-channel headset, some have none.
    config.headset = match seed % 7 {
        5 => Headset::ThinkGear,
        6 => Headset::None,
        _ => Headset::Cyton,
    };
    let pipeline = rehearsal::pipeline(&config);
    let recipe = pipeline.stations[0].recipe.vector();
    let mut rig = Rig::new(config);
    let mut shard = Shard::default();
    let limit = seconds.map(|s| i64::from(s) * wok_core::time::SECOND);
    rehearsal::run(&mut rig, pipeline, limit, &mut shard);
    let truth = rig.finish();
    let file = format!("{index:05}.safetensors");
    shard.write(&out.join(&file), &recipe, &truth)?;
    Ok(json!({
        "file": file, "dish": dish.id(), "seed": seed, "hops": shard.hops.len(),
        "score": truth.reference, "split": split(seed),
    }))
}

/// The inputs of one cook, row by row.
#[derive(Default)]
struct Shard {
    hops: Vec<u32>,
    eeg: Vec<u8>,
    eeg_mask: Vec<u8>,
    mel: Vec<u8>,
    thermal: Vec<u8>,
    quality: Vec<u8>,
    heat: Vec<u8>,
    dose: Vec<u8>,
    aux: Vec<u8>,
    aux_mask: Vec<u8>,
}

fn halves<'a>(values: impl IntoIterator<Item = &'a f32>, out: &mut Vec<u8>) {
    out.extend(
        values
            .into_iter()
            .flat_map(|v| f16::from_f32(*v).to_le_bytes()),
    );
}

fn floats<'a>(values: impl IntoIterator<Item = &'a f32>, out: &mut Vec<u8>) {
    out.extend(values.into_iter().flat_map(|v| v.to_le_bytes()));
}

impl Listener for Shard {
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        let input = &step.input;
        self.hops.push(u32::try_from(step.hop).unwrap_or(u32::MAX));
        halves(input.eeg.as_flattened(), &mut self.eeg);
        self.eeg_mask
            .extend(input.eeg_mask.map(|m| u8::from(m > 0.0)));
        halves(input.mel.as_flattened(), &mut self.mel);
        halves(input.thermal.as_flattened(), &mut self.thermal);
        floats(&input.quality, &mut self.quality);
        floats(&input.heat, &mut self.heat);
        floats(&input.dose, &mut self.dose);
        floats(&input.aux, &mut self.aux);
        self.aux_mask
            .extend(input.aux_mask.map(|m| u8::from(m > 0.0)));
        Ok(wok_infer::contract::zero_output())
    }
}

impl Shard {
    fn write(&self, path: &Path, recipe: &[f32], truth: &CookTruth) -> io::Result<()> {
        let n = self.hops.len();
        let labels: Vec<_> = self
            .hops
            .iter()
            .filter_map(|hop| truth.hops.get(*hop as usize).or(truth.hops.last()))
            .collect();
        let mut bytes: [Vec<u8>; 6] = Default::default();
        let [recipe_bytes, score, families, aspects, cues, hops] = &mut bytes;
        floats(recipe, recipe_bytes);
        floats(&[truth.reference], score);
        floats(&truth.families.each_ref().map(|f| f.score), families);
        labels.iter().for_each(|hop| floats(&hop.aspects, aspects));
        floats(&truth.cues.map(|t| t.map_or(f32::NAN, |t| t as f32)), cues);
        hops.extend(self.hops.iter().flat_map(|h| h.to_le_bytes()));
        let phase: Vec<u8> = labels.iter().map(|hop| hop.phase.index() as u8).collect();
        let tensors: [(&str, Dtype, Vec<usize>, &[u8]); 16] = [
            (
                "eeg",
                Dtype::F16,
                vec![n, EEG_CHANNELS, EEG_PER_HOP],
                &self.eeg,
            ),
            ("eeg_mask", Dtype::U8, vec![n, EEG_CHANNELS], &self.eeg_mask),
            ("mel", Dtype::F16, vec![n, MELS, MEL_PER_HOP], &self.mel),
            (
                "thermal",
                Dtype::F16,
                vec![n, 3, THERMAL_ROWS, THERMAL_COLS],
                &self.thermal,
            ),
            ("quality", Dtype::F32, vec![n, 4], &self.quality),
            ("heat", Dtype::F32, vec![n, 2], &self.heat),
            ("dose", Dtype::F32, vec![n, 1], &self.dose),
            ("aux", Dtype::F32, vec![n, 8], &self.aux),
            ("aux_mask", Dtype::U8, vec![n, 8], &self.aux_mask),
            ("hop", Dtype::U32, vec![n], &bytes[5]),
            ("recipe", Dtype::F32, vec![recipe.len()], &bytes[0]),
            ("score", Dtype::F32, vec![1], &bytes[1]),
            (
                "families",
                Dtype::F32,
                vec![truth.families.len()],
                &bytes[2],
            ),
            ("aspects", Dtype::F32, vec![n, 6], &bytes[3]),
            ("phase", Dtype::U8, vec![n], &phase),
            ("cues", Dtype::F32, vec![truth.cues.len()], &bytes[4]),
        ];
        let views = tensors
            .into_iter()
            .map(|(name, dtype, shape, data)| {
                Ok((
                    name,
                    TensorView::new(dtype, shape, data).map_err(io::Error::other)?,
                ))
            })
            .collect::<io::Result<Vec<_>>>()?;
        safetensors::serialize_to_file(views, None, path).map_err(io::Error::other)
    }
}
