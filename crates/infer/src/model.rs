//! A model, loaded and checked, and its step.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ort::session::Session;
use wok_core::step::{StepInput, StepOutput};

use crate::card::{self, ModelHash};
use crate::check::{self, Declaration};
use crate::contract::zero_output;
use crate::error::{LoadError, StepError};
use crate::golden::Golden;
use crate::lane::{Job, Lane};
use crate::library::Runtime;
use crate::provider::{Chosen, Provider};
use crate::session;
use crate::state::{Layout, State};

/// Largest batch of one run; more stations than this are run in several.
pub const MAX_BATCH: usize = 4096;
/// The same on TensorRT, whose engines are built for a range of batches (design choice).
pub(crate) const MAX_BATCH_TENSORRT: usize = 64;

/// What to load and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The ONNX file.
    pub path: PathBuf,
    /// Where it is to run.
    pub provider: Provider,
    /// Id of the features that this binary makes; the model's metadata has to say the same.
    pub feature_id: String,
    /// Golden vectors to hold the model to; `None` checks only that one step runs.
    pub golden: Option<PathBuf>,
    /// Threads of one step. One beside a busy daemon; they never spin.
    pub intra_threads: usize,
    /// The file of ONNX Runtime; `None` looks in the usual places.
    pub library: Option<PathBuf>,
    /// Most stations to step together; `None` leaves it to the provider ([`Model::batch`]).
    pub max_batch: Option<usize>,
    /// Folder in which TensorRT keeps the engines it built; without it, it builds at every load.
    pub engine_cache: Option<PathBuf>,
}

impl Options {
    /// One thread, provider `auto`, and the golden vectors beside the model where there are any.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, feature_id: impl Into<String>) -> Self {
        let path = path.into();
        let golden = Some(card::golden_path(&path)).filter(|golden| golden.exists());
        Self {
            path,
            provider: Provider::Auto,
            feature_id: feature_id.into(),
            golden,
            intra_threads: 1,
            library: None,
            max_batch: None,
            engine_cache: None,
        }
    }
}

/// What was loaded, for people, MQTT and metrics.
#[derive(Debug, Clone, PartialEq)]
pub struct Info {
    /// The ONNX file.
    pub path: PathBuf,
    /// Edition named in the model's metadata, empty where it names none.
    pub edition: String,
    /// Hash of the file.
    pub sha256: ModelHash,
    /// Id of the features it takes.
    pub feature_id: String,
    /// Where it runs, and why not elsewhere.
    pub provider: Chosen,
    /// Version of ONNX Runtime, such as `1.27.0`.
    pub runtime_version: String,
    /// File of ONNX Runtime.
    pub runtime_path: PathBuf,
    /// Numbers of one station's state.
    pub state_numbers: usize,
    /// Largest error of the golden vectors as a share of what is allowed, 0–1; `None` where none
    /// were given.
    pub golden_error: Option<f64>,
}

/// A model that has passed every check. It is stepped by one thread at a time.
#[derive(Debug)]
pub struct Model {
    session: Session,
    layout: Arc<Layout>,
    /// Buffers by the binary logarithm of their batch, made when first needed.
    lanes: Vec<Option<Lane>>,
    batch: usize,
    info: Info,
}

impl Model {
    /// Loads a model: its hash against its card, its metadata and every tensor against the
    /// contract, a first step, and its golden vectors.
    ///
    /// # Errors
    /// [`LoadError`], with all that differs.
    pub fn load(options: &Options) -> Result<Self, LoadError> {
        let runtime = Runtime::load(options.library.as_deref())?;
        let path = &options.path;
        let bytes = std::fs::read(path).map_err(|source| LoadError::Read {
            path: path.clone(),
            source,
        })?;
        let hash = ModelHash::of(&bytes);
        card::check(path, hash)?;
        let golden = options.golden.as_deref().map(Golden::read).transpose()?;

        let mut tried = Vec::new();
        let candidates = options.provider.candidates();
        let last = candidates.len() - 1;
        for (i, provider) in candidates.into_iter().enumerate() {
            match Self::on(runtime, provider, options, &bytes, hash, golden.as_ref()) {
                Ok(mut model) => {
                    model.info.provider.tried = tried;
                    tracing::info!(
                        edition = model.info.edition,
                        sha256 = %hash,
                        provider = %model.info.provider,
                        "model loaded"
                    );
                    return Ok(model);
                }
                // A model that does not fit fits nowhere.
                Err(error @ (LoadError::Contract { .. } | LoadError::NotAModel { .. })) => {
                    return Err(error);
                }
                Err(error) if i == last => return Err(error),
                Err(LoadError::Provider { why, .. }) => tried.push((provider, why)),
                Err(error) => tried.push((provider, error.to_string())),
            }
        }
        // `candidates` is never empty, so its last has returned above.
        Err(LoadError::Provider {
            provider: options.provider,
            why: "none was tried".to_owned(),
        })
    }

    fn on(
        runtime: &Runtime,
        provider: Provider,
        options: &Options,
        bytes: &[u8],
        hash: ModelHash,
        golden: Option<&Golden>,
    ) -> Result<Self, LoadError> {
        let path = &options.path;
        let fit = |declaration: &Declaration| {
            check::check(declaration, &options.feature_id).map_err(|differences| {
                LoadError::Contract {
                    path: path.clone(),
                    differences,
                }
            })
        };
        let mut parts = vec![];
        if let Provider::TensorRt(_) = provider {
            let on_cpu = session::open(runtime, Provider::Cpu, options, bytes, &[])?;
            parts = fit(&session::declaration(&on_cpu))?;
        }
        let session = session::open(runtime, provider, options, bytes, &parts)?;
        let declaration = session::declaration(&session);
        let parts = fit(&declaration)?;
        let layout = Arc::new(Layout::new(hash, parts));
        let info = Info {
            path: path.clone(),
            edition: declaration.edition.unwrap_or_default(),
            sha256: hash,
            feature_id: options.feature_id.clone(),
            provider: Chosen {
                provider,
                tried: vec![],
            },
            runtime_version: runtime.version().to_owned(),
            runtime_path: runtime.path().to_owned(),
            state_numbers: layout.total(),
            golden_error: None,
        };
        let limit = match provider {
            Provider::Cuda(_) | Provider::Cpu | Provider::Auto => MAX_BATCH,
            Provider::TensorRt(_) => MAX_BATCH_TENSORRT,
        };
        let usual = if provider.is_gpu() { limit } else { 1 };
        let batch = options.max_batch.unwrap_or(usual).clamp(1, limit);
        let mut model = Self {
            session,
            layout,
            lanes: vec![],
            batch,
            info,
        };
        model.warm_up().map_err(|source| LoadError::WarmUp {
            path: path.clone(),
            provider,
            source,
        })?;
        if let Some(golden) = golden {
            model.info.golden_error = Some(model.hold_to(golden, path)?);
        }
        Ok(model)
    }

    /// One step of nothing, whose output is not looked at beyond its sizes.
    fn warm_up(&mut self) -> Result<(), StepError> {
        let mut state = self.station();
        match self.step(&StepInput::masked(), &mut state, &mut zero_output()) {
            // A model may be unable to answer to nothing at all; it ran.
            Ok(()) | Err(StepError::NotFinite { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn hold_to(&mut self, golden: &Golden, path: &Path) -> Result<f64, LoadError> {
        let (path, provider) = (path.to_owned(), self.info.provider.provider);
        let mut state = self.station();
        let step = |input: &_, state: &mut _, output: &mut _| self.step(input, state, output);
        match golden.compare(&mut state, provider.is_gpu(), step) {
            Ok(Ok(largest)) => Ok(largest),
            Ok(Err(misses)) => Err(LoadError::Golden {
                path,
                provider,
                misses,
            }),
            Err(source) => Err(LoadError::WarmUp {
                path,
                provider,
                source,
            }),
        }
    }

    /// A fresh state for one station.
    #[must_use]
    pub fn station(&self) -> State {
        State::new(&self.layout)
    }

    /// What was loaded.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// Most stations that one run steps together: unless the options say otherwise, all that are
    /// ready on a GPU, and one on a CPU, where a batch would only make the first one wait.
    #[must_use]
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// One step of one station. The same model, input and state give the same bits.
    ///
    /// # Errors
    /// [`StepError`]; `output` is then as it was, and so is `state` except after
    /// [`StepError::NotFinite`], which resets it.
    pub fn step(
        &mut self,
        input: &StepInput,
        state: &mut State,
        output: &mut StepOutput,
    ) -> Result<(), StepError> {
        let mut result = self.step_all(&mut [Job {
            input,
            state,
            output,
        }]);
        result.pop().unwrap_or(Ok(()))
    }

    /// One step of several stations: on a GPU together, the batch padded to 1, 2, 4, 8, … with
    /// masked rows; on a CPU one after the other, unless `Options::max_batch` asks for more. The results are in the order of `jobs`; what
    /// spoils one station does not touch another. A foreign state among them refuses them all.
    pub fn step_all(&mut self, jobs: &mut [Job<'_>]) -> Vec<Result<(), StepError>> {
        let mut results = Vec::with_capacity(jobs.len());
        if jobs.iter().any(|job| *job.state.layout != *self.layout) {
            results.resize(jobs.len(), Err(StepError::ForeignState));
            return results;
        }
        for jobs in jobs.chunks_mut(self.batch) {
            match self.run(jobs) {
                Ok(each) => results.extend(each),
                Err(error) => results.extend(jobs.iter().map(|_| Err(error.clone()))),
            }
        }
        results
    }

    fn run(&mut self, jobs: &mut [Job<'_>]) -> Result<Vec<Result<(), StepError>>, StepError> {
        let batch = jobs.len().next_power_of_two();
        let index = batch.trailing_zeros() as usize;
        if self.lanes.len() <= index {
            self.lanes.resize_with(index + 1, || None);
        }
        let lane = match &mut self.lanes[index] {
            Some(lane) => lane,
            empty => empty.insert(Lane::new(&self.session, &self.layout, batch)?),
        };
        lane.run(&mut self.session, jobs)
    }
}
