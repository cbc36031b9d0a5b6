//! What can go wrong, in words that say what to do.

use std::path::PathBuf;

use crate::check::Difference;
use crate::library::LibraryError;
use crate::provider::Provider;

/// Why a model was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no ONNX Runtime.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A file cannot be read.
    #[error("{path} cannot be read: {source}; check the path of the model in the configuration")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// The card beside the model is not one.
    #[error(
        "{path} is not a model card: {why}; restore it from where the model came, or remove it"
    )]
    Card {
        /// The card.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The model is not the one of its card.
    #[error(
        "{path} is not the model of its card: its sha256 is {found}, the card says {expected}; \
         copy both anew from where they came"
    )]
    Hash {
        /// The model.
        path: PathBuf,
        /// The card's hash, hexadecimal.
        expected: String,
        /// The file's hash, hexadecimal.
        found: String,
    },
    /// ONNX Runtime does not take the file.
    #[error(
        "{path} is not a model that ONNX Runtime can load: {why}; copy it anew or export it again"
    )]
    NotAModel {
        /// The model.
        path: PathBuf,
        /// ONNX Runtime's word.
        why: String,
    },
    /// The model does not fit the contract.
    #[error(
        "{path} does not fit this wokd:{}\nuse a model that was exported for it, or the wokd the \
         model was exported for", lines(.differences)
    )]
    Contract {
        /// The model.
        path: PathBuf,
        /// All that differs.
        differences: Vec<Difference>,
    },
    /// The provider that was asked for cannot be had.
    #[error("provider {provider} cannot be had: {why}; {}", advice(.provider))]
    Provider {
        /// The one that was asked for.
        provider: Provider,
        /// Why not.
        why: String,
    },
    /// The file of golden vectors is not one.
    #[error("{path} does not hold golden vectors: {why}; restore it from where the model came")]
    GoldenFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The model does not give what it gave when it was exported.
    #[error(
        "{path} does not give its golden vectors on {provider}:{}\nthe model, its vectors or this \
         machine's ONNX Runtime are not as they were; copy both files anew or use another provider",
        lines(.misses)
    )]
    Golden {
        /// The model.
        path: PathBuf,
        /// Where it ran.
        provider: Provider,
        /// Every tensor that is off.
        misses: Vec<Miss>,
    },
    /// The first step failed.
    #[error("the first step of {path} on {provider} failed: {source}")]
    WarmUp {
        /// The model.
        path: PathBuf,
        /// Where it ran.
        provider: Provider,
        /// Why.
        source: StepError,
    },
}

/// A tensor that is not what its golden vector says.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name}: off by {error:.3e} at step {step}, at most {tolerance:.3e} is allowed")]
pub struct Miss {
    /// Name of the output.
    pub name: &'static str,
    /// The step with the largest error, from 0.
    pub step: usize,
    /// Largest absolute error.
    pub error: f64,
    /// What is allowed.
    pub tolerance: f64,
}

fn lines<T: std::fmt::Display>(items: &[T]) -> String {
    items.iter().map(|item| format!("\n  {item}")).collect()
}

fn advice(provider: &Provider) -> &'static str {
    if provider.is_gpu() {
        "install the GPU build of ONNX Runtime with its CUDA and cuDNN, or set the provider to auto or cpu"
    } else {
        "set the provider to cpu"
    }
}

/// Why a step gave no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// A number of the output or of the new state is not finite; the state has been reset.
    #[error("{tensor} is not finite; the station's state was reset")]
    NotFinite {
        /// The first tensor with such a number.
        tensor: &'static str,
    },
    /// The state belongs to another model; it has not been touched.
    #[error("the state belongs to another edition; make a new one for this model")]
    ForeignState,
    /// An output does not have the size that the model declares.
    #[error(
        "{tensor} came with {found} numbers, expected {expected}; the model is not to be trusted"
    )]
    Size {
        /// The output.
        tensor: &'static str,
        /// Numbers expected.
        expected: usize,
        /// Numbers found.
        found: usize,
    },
    /// ONNX Runtime failed; the states have not been touched.
    #[error("ONNX Runtime: {0}")]
    Runtime(String),
}

impl From<ort::Error> for StepError {
    fn from(error: ort::Error) -> Self {
        Self::Runtime(error.to_string())
    }
}
