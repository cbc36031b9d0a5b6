//! How long a step of the model takes, as JSON lines.
//!
//! ```text
//! cargo run --release -p wok-infer --example step_speed -- \
//!     [--model FILE] [--feature-id ID] [--provider cpu] [--steps 2000] [--batch 1..4096]
//! ```
//!
//! Without `--batch`, one station a step: `model_step_p50` and `model_step_p99` in ms, with the time
//! to load. With it, one line for each batch size from the first to the last by doubling: the time
//! of a whole batch with its copies to and from the stations, and the steps a second.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde_json::json;
use wok_core::step::{StepInput, StepOutput};
use wok_infer::contract::{INPUTS, zero_output};
use wok_infer::{Job, Model, Options, Provider, State};

struct Args {
    model: PathBuf,
    feature_id: String,
    provider: Provider,
    steps: usize,
    batch: Option<(usize, usize)>,
}

impl Args {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut args = Self {
            model: "deploy/models/base.onnx".into(),
            feature_id: wok_core::features::id_text(),
            provider: Provider::Cpu,
            steps: 2_000,
            batch: None,
        };
        while let Some(word) = words.next() {
            let value = words
                .next()
                .ok_or_else(|| format!("{word} wants a value"))?;
            match word.as_str() {
                "--model" => args.model = value.into(),
                "--feature-id" => args.feature_id = value,
                "--provider" => args.provider = value.parse()?,
                "--steps" => args.steps = value.parse::<usize>()?.max(1),
                "--batch" => {
                    let (first, last) = value.split_once("..").unwrap_or((&value, &value));
                    args.batch = Some((first.parse::<usize>()?.max(1), last.parse()?));
                }
                other => return Err(format!("{other} is not known").into()),
            }
        }
        Ok(args)
    }
}

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure() -> Result<(), Box<dyn Error>> {
    let args = Args::parse(std::env::args().skip(1))?;
    let mut options = Options::new(&args.model, args.feature_id);
    options.provider = args.provider;
    options.max_batch = args.batch.map(|(_, last)| last);
    let start = Instant::now();
    let mut model = Model::load(&options)?;
    let info = model.info();
    let device = info.provider.provider.to_string();
    eprintln!(
        "{} {} on {}, ONNX Runtime {}",
        info.edition, info.sha256, info.provider, info.runtime_version
    );
    line(
        "model_load",
        milliseconds(start.elapsed()),
        "ms",
        &device,
        1,
    );
    match args.batch {
        None => single(&mut model, args.steps, &device)?,
        Some((first, last)) => {
            let mut batch = first;
            while batch <= last {
                batched(&mut model, batch, args.steps, &device)?;
                batch *= 2;
            }
        }
    }
    Ok(())
}

fn single(model: &mut Model, steps: usize, device: &str) -> Result<(), Box<dyn Error>> {
    let mut state = model.station();
    let mut output = zero_output();
    let inputs: Vec<StepInput> = (0..64).map(noise).collect();
    let mut times = Vec::with_capacity(steps);
    for n in 0..steps + 50 {
        let start = Instant::now();
        model.step(&inputs[n % inputs.len()], &mut state, &mut output)?;
        // The first ones fill caches.
        if n >= 50 {
            times.push(start.elapsed());
        }
    }
    times.sort_unstable();
    line(
        "model_step_p50",
        milliseconds(times[steps / 2]),
        "ms",
        device,
        1,
    );
    line(
        "model_step_p99",
        milliseconds(times[(steps * 99 / 100).min(steps - 1)]),
        "ms",
        device,
        1,
    );
    Ok(())
}

fn batched(
    model: &mut Model,
    batch: usize,
    steps: usize,
    device: &str,
) -> Result<(), Box<dyn Error>> {
    let inputs: Vec<StepInput> = (0..64).map(noise).collect();
    let mut states: Vec<State> = (0..batch).map(|_| model.station()).collect();
    let mut outputs: Vec<StepOutput> = vec![zero_output(); batch];
    // Large batches are slow enough that few of them are a fair sample.
    let runs = (steps / batch).clamp(20, 500);
    let mut times = Vec::with_capacity(runs);
    for n in 0..runs + 5 {
        let each = states.iter_mut().zip(&mut outputs).enumerate();
        let mut jobs: Vec<Job<'_>> = each
            .map(|(i, (state, output))| Job {
                input: &inputs[(n + i) % inputs.len()],
                state,
                output,
            })
            .collect();
        let start = Instant::now();
        let results = model.step_all(&mut jobs);
        let time = start.elapsed();
        results.into_iter().collect::<Result<(), _>>()?;
        if n >= 5 {
            times.push(time);
        }
    }
    times.sort_unstable();
    let median = times[runs / 2];
    line("model_batch_p50", milliseconds(median), "ms", device, batch);
    line(
        "model_steps",
        batch as f64 / median.as_secs_f64(),
        "1/s",
        device,
        batch,
    );
    Ok(())
}

/// Inputs in which every number differs from step to step and everything is present.
fn noise(step: u32) -> StepInput {
    let mut seed = step.wrapping_mul(2_654_435_761) | 1;
    let mut input = StepInput::masked();
    for field in INPUTS {
        (field.of_mut)(&mut input).fill_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            (seed >> 8) as f32 / 16_777_216.0
        });
    }
    input.eeg_mask.fill(1.0);
    input.aux_mask.fill(1.0);
    input.hops = [1.0];
    input.bypass = [0.0];
    input.reset = [0.0];
    input
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn line(name: &str, value: f64, unit: &str, provider: &str, batch: usize) {
    println!(
        "{}",
        json!({ "name": name, "value": value, "unit": unit, "provider": provider, "batch": batch })
    );
}
