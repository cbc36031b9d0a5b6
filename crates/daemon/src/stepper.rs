//! Who answers the pipeline's steps.

use wok_core::event::InferError;
use wok_core::pipeline::Step;
use wok_core::step::StepOutput;
use wok_infer::{Model, State, StepError};

/// Answers steps in order; holds the state of every station.
pub trait Stepper: Send {
    /// Takes one step.
    ///
    /// # Errors
    /// When the model failed or gave a number that is not finite; the station's state is then void,
    /// and the pipeline asks for a reset with its next step.
    fn step(&mut self, step: &Step) -> Result<StepOutput, InferError>;
}

/// The shipped model on ONNX Runtime.
pub struct Flavorformer {
    model: Model,
    states: Vec<State>,
    /// By station: whether its last step failed.
    failing: Vec<bool>,
}

impl Flavorformer {
    /// Serves `stations` stations.
    #[must_use]
    pub fn new(model: Model, stations: usize) -> Self {
        Self {
            states: (0..stations).map(|_| model.station()).collect(),
            failing: vec![false; stations],
            model,
        }
    }
}

impl Stepper for Flavorformer {
    fn step(&mut self, step: &Step) -> Result<StepOutput, InferError> {
        let state = self
            .states
            .get_mut(usize::from(step.station))
            .ok_or(InferError::Failed)?;
        let failing = &mut self.failing[usize::from(step.station)];
        let mut output = wok_infer::contract::zero_output();
        let error = match self.model.step(&step.input, state, &mut output) {
            Ok(()) => {
                *failing = false;
                return Ok(output);
            }
            Err(error) => error,
        };
        metrics::counter!("wokd_errors_total", "stage" => "model", "error_type" => "step")
            .increment(1);
        // Once a failure, not five times a second.
        if !std::mem::replace(failing, true) {
            tracing::error!(%error, station = step.station, hop = step.hop, "the model failed; there is no score until it answers again");
        }
        Err(refusal(&error))
    }
}

/// What the pipeline is told of a failed step.
#[must_use]
pub fn refusal(error: &StepError) -> InferError {
    match error {
        StepError::NotFinite { .. } => InferError::NotFinite,
        _ => InferError::Failed,
    }
}
