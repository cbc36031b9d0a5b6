//! The Flavorformer step on ONNX Runtime; the only crate that names `ort`.
//!
//! ```no_run
//! use wok_infer::{Model, Options, contract::zero_output};
//! # use wok_core::step::StepInput;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut model = Model::load(&Options::new("deploy/models/base.onnx", "feature-id"))?;
//! let mut state = model.station();
//! let mut output = zero_output();
//! model.step(&StepInput::masked(), &mut state, &mut output)?;
//! println!("{:?} on {}", output.score, model.info().provider);
//! # Ok(())
//! # }
//! ```

mod card;
mod check;
pub mod contract;
mod error;
mod golden;
mod lane;
pub mod library;
mod model;
mod provider;
mod session;
mod state;

pub use card::{ModelHash, card_path, golden_path};
pub use check::Difference;
pub use error::{LoadError, Miss, StepError};
pub use lane::Job;
pub use library::{LibraryError, Runtime};
pub use model::{Info, MAX_BATCH, Model, Options};
pub use provider::{Chosen, Provider, ProviderParseError};
pub use state::State;
