//! `wokd rehearse`: simulated cooks through the pipeline and the model; what it said beside what was true.

use std::io;
use std::path::Path;
use std::process::ExitCode;

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
use super::table::{Place, SEATS, Table};
use super::truths;
use crate::cli::say::complain;
use crate::model;
use crate::rehearsal::{self, Listener};

/// Shares of a cook at which the oracle looks ahead.
const ORACLE_AT: [f64; 3] = [0.25, 0.5, 0.75];
/// Where the onlooker does.
const ONLOOKER_AT: f64 = 0.5;
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
    /// Also fork the true state so many times at a quarter, half and three quarters of each cook, and at half of it also
    /// as an onlooker would, who cannot see into the chef's head
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
    // A table for each core.
    let laid = (0..args.cooks.threads.max(1)).map(|_| Table::lay(&args.model.settings()));
    let tables: Vec<Table> = match laid.collect() {
        Ok(tables) => tables,
        Err(error) => {
            complain!("wokd rehearse: {error}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    let info = tables[0].info();
    let head = json!({
        "edition": info.edition,
        "model_sha256": info.sha256.to_string(),
        "feature_id": info.feature_id,
        "simulator": truths::simulator(),
        "latents": truths::LATENTS,
        "oracle": args.oracle,
        "variant": { "name": args.variant() },
    });
    let abreast = tables.len() * SEATS;
    let written = args.cooks.each(&head, abreast, |config, file| {
        rehearse(args, config, &tables, file)
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd rehearse: {}: {error}", args.cooks.out.display());
            ExitCode::FAILURE
        }
    }
}

fn rehearse(args: &Args, config: &Config, tables: &[Table], file: &Path) -> io::Result<Value> {
    let mut config = config.clone();
    for sensor in &args.without {
        match sensor {
            Sensor::Eeg => config.headset = Headset::None,
            Sensor::Audio => config.microphone = Microphone::None,
            Sensor::Thermal => config.camera = Camera::None,
        }
    }
    let donor = if args.swap_eeg {
        eeg_of(&config)
    } else {
        Vec::new()
    };
    // There are as many seats as cooks at a time; the emptiest table is tried first.
    let mut by_guests: Vec<&Table> = tables.iter().collect();
    by_guests.sort_by_key(|table| table.taken());
    let place = by_guests.into_iter().find_map(Table::sit);
    let mut said = Said {
        place: place.ok_or(io::ErrorKind::ResourceBusy)?,
        shard: said::shard(),
        hops: Vec::new(),
        donor,
        last: None,
    };
    let pipeline = rehearsal::pipeline(&config);
    let mut rig = Rig::new(config.clone());
    rehearsal::run(&mut rig, pipeline, None, &mut said);
    let truth = rig.finish();
    let Said {
        place,
        mut shard,
        hops,
        last,
        ..
    } = said;
    // The others go on while the oracle looks ahead.
    drop(place);
    truths::add(&mut shard, &truth, &hops);
    if let Some(last) = &last {
        shard.floats("embedding", &[], &last.embedding);
    }
    if args.oracle > 0 {
        let count = args.oracle as usize;
        for scores in forks(&config, &ORACLE_AT, args.oracle, Sight::State) {
            shard.floats("oracle", &[count], &scores);
        }
        for scores in forks(&config, &[ONLOOKER_AT], args.oracle, Sight::Onlooker) {
            shard.floats("onlooker", &[count], &scores);
        }
    }
    shard.write(file)?;
    Ok(json!({
        "hops": hops.len(),
        "score": truth.reference,
        "seconds": truth.duration_s,
    }))
}

/// Asks the model and writes down what it says.
struct Said<'a> {
    place: Place<'a>,
    shard: Shard,
    hops: Vec<u32>,
    /// The EEG of another cook, hop by hop.
    donor: Vec<Eeg>,
    last: Option<StepOutput>,
}

impl Listener for Said<'_> {
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        if self.donor.is_empty() {
            return self.place.step(&step.input);
        }
        let donor = &self.donor[step.hop as usize % self.donor.len()];
        let mut input = step.input.clone();
        (input.eeg, input.eeg_mask, input.quality[0]) = *donor;
        self.place.step(&input)
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
