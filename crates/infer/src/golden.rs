//! Golden vectors: what the model gave when it was exported, held to at every load.
//!
//! A safetensors file with one tensor for each input and output of the contract, under its ONNX
//! name, of shape `[steps, …]` without a batch: consecutive steps of one station from a fresh
//! state. The state after the last step may be there too, under its `n_*` names.

use std::path::Path;

use safetensors::{Dtype as FileDtype, SafeTensors};
use wok_core::step::{StepInput, StepOutput};

use crate::contract::{Dim, Dtype, INPUTS, OUTPUTS, STATE, Tensor, zero_output};
use crate::error::{LoadError, Miss};
use crate::state::State;

/// Allowed error on a CPU, as a share of the largest number of the tensor (at least 1). Kernels of
/// other CPUs and versions add in another order; a spoiled model is off by far more.
const TOLERANCE_CPU: f64 = 1e-3;
/// The same on a GPU, whose sums are ordered more freely.
const TOLERANCE_GPU: f64 = 5e-3;

/// The vectors, read.
#[derive(Debug)]
pub(crate) struct Golden {
    inputs: Vec<StepInput>,
    outputs: Vec<StepOutput>,
    /// Final state by index into [`STATE`], where the file has it.
    state: Vec<(usize, Vec<f64>)>,
}

impl Golden {
    pub(crate) fn read(path: &Path) -> Result<Self, LoadError> {
        let bytes = std::fs::read(path).map_err(|source| LoadError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&bytes).map_err(|why| LoadError::GoldenFile {
            path: path.to_owned(),
            why,
        })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
        let score = file
            .tensor(OUTPUTS[0].tensor.name)
            .map_err(|error| error.to_string())?;
        let steps = score.shape().first().copied().unwrap_or(0);
        if steps == 0 {
            return Err("it has no step".to_owned());
        }
        let mut inputs = vec![StepInput::masked(); steps];
        for input in &INPUTS {
            let numbers = numbers(&file, &input.tensor, input.tensor.name, Some(steps))?;
            for (step, row) in inputs.iter_mut().zip(numbers.chunks(numbers.len() / steps)) {
                copy((input.of_mut)(step), row);
            }
        }
        let mut outputs = vec![zero_output(); steps];
        for output in &OUTPUTS {
            let numbers = numbers(&file, &output.tensor, output.tensor.name, Some(steps))?;
            for (step, row) in outputs
                .iter_mut()
                .zip(numbers.chunks(numbers.len() / steps))
            {
                copy((output.of_mut)(step), row);
            }
        }
        let mut state = Vec::new();
        for (i, part) in STATE.iter().enumerate() {
            if file.names().contains(&part.next) {
                state.push((i, numbers(&file, &part.tensor, part.next, None)?));
            }
        }
        Ok(Self {
            inputs,
            outputs,
            state,
        })
    }

    /// Runs the vectors through `step` and compares.
    ///
    /// Returns the largest error as a share of what is allowed.
    pub(crate) fn compare<E>(
        &self,
        state: &mut State,
        gpu: bool,
        mut step: impl FnMut(&StepInput, &mut State, &mut StepOutput) -> Result<(), E>,
    ) -> Result<Result<f64, Vec<Miss>>, E> {
        let share = if gpu { TOLERANCE_GPU } else { TOLERANCE_CPU };
        let mut found = zero_output();
        let mut worst: Vec<Worst> = Vec::new();
        worst.resize_with(OUTPUTS.len(), Worst::default);
        for (n, (input, expected)) in self.inputs.iter().zip(&self.outputs).enumerate() {
            step(input, state, &mut found)?;
            for (output, worst) in OUTPUTS.iter().zip(&mut worst) {
                let pairs = (output.of)(&found).iter().zip((output.of)(expected));
                worst.take(n, pairs.map(|(a, b)| (f64::from(*a), f64::from(*b))));
            }
        }
        let mut named: Vec<(&'static str, Worst)> = OUTPUTS
            .iter()
            .map(|output| output.tensor.name)
            .zip(worst)
            .collect();
        for (i, expected) in &self.state {
            let found = state.part(STATE[*i].tensor.name).unwrap_or_default();
            let mut worst = Worst::default();
            worst.take(
                self.inputs.len() - 1,
                found.into_iter().zip(expected.iter().copied()),
            );
            if state.layout.slots[*i].len != expected.len() {
                worst.error = f64::INFINITY;
            }
            named.push((STATE[*i].next, worst));
        }
        let largest = named
            .iter()
            .map(|(_, w)| w.error / w.allowed(share))
            .fold(0.0, f64::max);
        let off = named
            .into_iter()
            .filter(|(_, w)| w.error.is_nan() || w.error > w.allowed(share));
        let misses: Vec<Miss> = off
            .map(|(name, w)| Miss {
                name,
                step: w.step,
                error: w.error,
                tolerance: w.allowed(share),
            })
            .collect();
        Ok(if misses.is_empty() {
            Ok(largest)
        } else {
            Err(misses)
        })
    }
}

/// The largest error of one tensor.
#[derive(Debug, Default)]
struct Worst {
    error: f64,
    step: usize,
    largest: f64,
}

impl Worst {
    fn take(&mut self, step: usize, pairs: impl Iterator<Item = (f64, f64)>) {
        for (found, expected) in pairs {
            let error = (found - expected).abs();
            if error > self.error || error.is_nan() {
                (self.error, self.step) = (error, step);
            }
            self.largest = self.largest.max(expected.abs());
        }
    }

    fn allowed(&self, share: f64) -> f64 {
        share * self.largest.max(1.0)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the numbers were read from f32"
)]
fn copy(to: &mut [f32], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from as f32;
    }
}

/// The numbers of a tensor, its type and shape checked; `steps` where it has one row for each.
fn numbers(
    file: &SafeTensors<'_>,
    tensor: &Tensor,
    name: &str,
    steps: Option<usize>,
) -> Result<Vec<f64>, String> {
    let found = file.tensor(name).map_err(|error| error.to_string())?;
    let mut inner = found.shape();
    if let Some(steps) = steps {
        match inner.split_first() {
            Some((first, rest)) if *first == steps => inner = rest,
            _ => {
                return Err(format!(
                    "{name} has shape {inner:?}, expected {steps} steps first"
                ));
            }
        }
    }
    let fits = inner.len() == tensor.dims.len()
        && inner.iter().zip(tensor.dims).all(|(found, dim)| match dim {
            Dim::Of(n) => found == n,
            Dim::Own(_) => *found > 0,
        });
    if !fits {
        return Err(format!(
            "{name} has shape {:?}, expected {tensor}",
            found.shape()
        ));
    }
    match (found.dtype(), tensor.dtype) {
        (FileDtype::F32, Dtype::F32) => {
            let (words, _) = found.data().as_chunks::<4>();
            Ok(words
                .iter()
                .map(|word| f64::from(f32::from_le_bytes(*word)))
                .collect())
        }
        (FileDtype::F64, Dtype::F64) => {
            let (words, _) = found.data().as_chunks::<8>();
            Ok(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
        }
        (found, expected) => Err(format!("{name} is {found:?}, expected {expected}")),
    }
}
