//! `wokd listen`: recorded sounds through the daemon's own features and the model, each as the only sensor of
//! a cook that nothing else is known of.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};
use wok_core::config::{DeviceConfig, DeviceId, PipelineConfig, Protocol, StationConfig};
use wok_core::dsp::thermal::Mounting;
use wok_core::event::InferError;
use wok_core::grid::MEL_PER_HOP;
use wok_core::pipeline::Step;
use wok_core::recipe::Recipe;
use wok_core::step::{EEG_CHANNELS, StepInput, StepOutput};
use wok_core::verdict::Verdict;

use super::check::EX_CONFIG;
use super::features::{self, MEL_BEFORE};
use super::said;
use super::shard::Shard;
use crate::cli::say::complain;
use crate::model;
use crate::rehearsal::{self, Listener, Stage};
use crate::sources::wav::{self, Blocks};
use crate::stepper::{Flavorformer, Stepper};

const MICROPHONE: DeviceId = DeviceId(0);

/// Options of `wokd listen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// WAV files of one channel, at 16000, 44100 or 48000 Hz
    #[arg(required = true, value_name = "CLIP")]
    clips: Vec<PathBuf>,
    /// Folder for what was heard and said of each clip, and for their index.json
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    model: model::Args,
}

/// Runs `wokd listen`.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let clips = match Clip::open_all(&args.clips) {
        Ok(clips) => clips,
        Err(problems) => {
            for problem in problems {
                complain!("wokd listen: {problem}");
            }
            return ExitCode::FAILURE;
        }
    };
    let model = match model::load(&args.model.settings()) {
        Ok(model) => model,
        Err(error) => {
            complain!("wokd listen: {error}");
            return ExitCode::from(EX_CONFIG);
        }
    };
    let info = model.info();
    let mut index = json!({
        "edition": info.edition,
        "model_sha256": info.sha256.to_string(),
        "feature_id": info.feature_id,
    });
    let mut model = Flavorformer::new(model, 1);
    let written = fs::create_dir_all(&args.out).and_then(|()| {
        let rows = clips
            .into_iter()
            .map(|clip| clip.listen(&mut model, &args.out))
            .collect::<io::Result<Vec<_>>>()?;
        index["clips"] = json!(rows);
        fs::write(args.out.join("index.json"), serde_json::to_vec(&index)?)
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("wokd listen: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A recording that can be listened to.
struct Clip {
    path: PathBuf,
    /// Its folder's name, which in collections says what is heard, and its own without the ending.
    name: String,
    protocol: Protocol,
    blocks: Blocks,
}

impl Clip {
    fn open(path: &Path) -> io::Result<Self> {
        let blocks = Blocks::open(path)?;
        let spec = blocks.spec();
        let protocol = wav::protocol(spec).filter(|_| spec.channels == 1);
        let Some(protocol) = protocol else {
            return Err(io::Error::other(format!(
                "{} has {} Hz and {} channels; convert it to 16000, 44100 or 48000 Hz and one channel",
                path.display(),
                spec.sample_rate,
                spec.channels
            )));
        };
        let folder = path.parent().and_then(Path::file_name);
        let parts = folder.into_iter().chain(path.file_stem());
        let name: Vec<_> = parts.map(|part| part.to_string_lossy()).collect();
        Ok(Self {
            path: path.to_owned(),
            name: name.join("/"),
            protocol,
            blocks,
        })
    }

    /// All clips, or everything that is wrong with them.
    fn open_all(paths: &[PathBuf]) -> Result<Vec<Self>, Vec<io::Error>> {
        let (mut clips, mut problems, mut names) = (Vec::new(), Vec::new(), HashSet::new());
        for path in paths {
            match Self::open(path) {
                Ok(clip) if !names.insert(clip.name.clone()) => problems.push(io::Error::other(
                    format!("{} is the second {}", path.display(), clip.name),
                )),
                Ok(clip) => clips.push(clip),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(clips)
        } else {
            Err(problems)
        }
    }

    /// A station with no other sensor and no recipe.
    fn station(&self) -> PipelineConfig {
        rehearsal::alone(StationConfig {
            id: "stove".to_owned(),
            devices: vec![DeviceConfig {
                id: MICROPHONE,
                protocol: self.protocol,
                latency: 0,
            }],
            montage: [None; EEG_CHANNELS],
            mounting: Mounting::default(),
            recipe: Recipe::unknown(),
        })
    }

    /// Writes what was heard and said into `folder` and gives the clip's row of the index.
    fn listen(mut self, model: &mut Flavorformer, folder: &Path) -> io::Result<Value> {
        let mut heard = Heard {
            model,
            shard: said::shard(),
            hops: 0,
            before: StepInput::masked(),
            now: StepInput::masked(),
        };
        let mut stage = Stage::open(self.station(), &mut heard);
        let (mut bytes, mut nanos) = (Vec::new(), 0);
        let of_clip =
            |error| io::Error::other(format!("{} cannot be read: {error}", self.path.display()));
        while let Some(end) = self.blocks.next(&mut bytes).map_err(of_clip)? {
            nanos = end;
            stage.read(MICROPHONE, nanos, &bytes);
        }
        let _ = stage.close();
        if heard.hops == 0 {
            return Err(io::Error::other(format!(
                "{} gives nothing to hear: it is shorter than a second, silent, or clipped throughout",
                self.path.display()
            )));
        }
        let file = format!("{}.safetensors", self.name.replace('/', "-"));
        heard.shard.write(&folder.join(&file))?;
        Ok(json!({
            "name": self.name,
            "file": file,
            "seconds": nanos as f64 * 1e-9,
            "hops": heard.hops,
        }))
    }
}

/// Asks the model and writes down the hops whose sound is whole, and every cue.
struct Heard<'a> {
    model: &'a mut Flavorformer,
    shard: Shard,
    hops: u32,
    before: StepInput,
    now: StepInput,
}

impl Heard<'_> {
    /// Whether every frame of the hop and its context was heard; one that was not is zero in all bands.
    fn is_whole(&self) -> bool {
        let heard = |input: &StepInput, frame: usize| input.mel.iter().any(|b| b[frame] != 0.0);
        (MEL_PER_HOP - MEL_BEFORE..MEL_PER_HOP).all(|frame| heard(&self.before, frame))
            && (0..MEL_PER_HOP).all(|frame| heard(&self.now, frame))
    }
}

impl Listener for Heard<'_> {
    fn answer(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        std::mem::swap(&mut self.before, &mut self.now);
        self.now.clone_from(&step.input);
        self.model.step(step)
    }

    fn verdict(&mut self, verdict: &Verdict) {
        said::cues(&mut self.shard, verdict);
        if let Ok(output) = &verdict.outcome
            && self.is_whole()
        {
            said::hop(&mut self.shard, verdict, output);
            features::mel(&mut self.shard, &self.before, &self.now);
            self.hops += 1;
        }
    }
}
