//! The buffers of one batch size: filled from stations, run, and read back.

use std::sync::Arc;

use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::Tensor;
use wok_core::step::{StepInput, StepOutput};

use crate::contract::{self, Dim, Dtype, INPUTS, OUTPUTS, RESET, STATE};
use crate::error::StepError;
use crate::state::{Layout, State};

/// One station's step in a batch.
#[derive(Debug)]
pub struct Job<'a> {
    /// What the hop gives.
    pub input: &'a StepInput,
    /// The station's state, replaced by the step.
    pub state: &'a mut State,
    /// Where the step's output goes; left as it is where the step fails.
    pub output: &'a mut StepOutput,
}

/// An input tensor for a whole batch, kept from step to step.
#[derive(Debug)]
enum Buffer {
    F32(Tensor<f32>),
    F64(Tensor<f64>),
}

impl Buffer {
    fn new(dtype: Dtype, batch: usize, dims: &[usize]) -> ort::Result<Self> {
        let shape: Vec<usize> = std::iter::once(batch).chain(dims.iter().copied()).collect();
        let numbers = shape.iter().product();
        Ok(match dtype {
            Dtype::F32 => Self::F32(Tensor::from_array((shape, vec![0.0_f32; numbers]))?),
            Dtype::F64 => Self::F64(Tensor::from_array((shape, vec![0.0_f64; numbers]))?),
        })
    }

    fn view(&self) -> SessionInputValue<'_> {
        match self {
            Self::F32(tensor) => tensor.into(),
            Self::F64(tensor) => tensor.into(),
        }
    }
}

/// What an input of the model is filled with.
#[derive(Debug, Clone, Copy)]
enum Source {
    Input(usize),
    State(usize),
}

/// Where an output of the model goes.
#[derive(Debug, Clone, Copy)]
enum Sink {
    Output(usize),
    State(usize),
}

/// Buffers for batches of one size.
#[derive(Debug)]
pub(crate) struct Lane {
    batch: usize,
    layout: Arc<Layout>,
    /// In the model's order of inputs.
    inputs: Vec<(Source, Buffer)>,
    /// In the model's order of outputs.
    sinks: Vec<Sink>,
}

impl Lane {
    /// The model has passed the check, so each of its names is of the contract.
    pub(crate) fn new(session: &Session, layout: &Arc<Layout>, batch: usize) -> ort::Result<Self> {
        let mut inputs = Vec::with_capacity(INPUTS.len() + STATE.len());
        for outlet in session.inputs() {
            let name = outlet.name();
            if let Some(i) = INPUTS.iter().position(|input| input.tensor.name == name) {
                let dims = fixed(&INPUTS[i].tensor);
                inputs.push((Source::Input(i), Buffer::new(Dtype::F32, batch, &dims)?));
            } else if let Some(i) = STATE.iter().position(|part| part.tensor.name == name) {
                let shape = &layout.slots[i].shape;
                inputs.push((
                    Source::State(i),
                    Buffer::new(shape.dtype, batch, &shape.dims)?,
                ));
            }
        }
        let sinks = session.outputs().iter().filter_map(|outlet| {
            let name = outlet.name();
            let output = OUTPUTS.iter().position(|output| output.tensor.name == name);
            let state = STATE.iter().position(|part| part.next == name);
            output.map(Sink::Output).or(state.map(Sink::State))
        });
        Ok(Self {
            batch,
            layout: Arc::clone(layout),
            inputs,
            sinks: sinks.collect(),
        })
    }

    /// Runs `jobs`, at most as many as the lane's batch, and says for each how it went.
    ///
    /// # Errors
    /// Where the whole batch failed; then no state and no output has changed.
    pub(crate) fn run(
        &mut self,
        session: &mut Session,
        jobs: &mut [Job<'_>],
    ) -> Result<Vec<Result<(), StepError>>, StepError> {
        debug_assert!(jobs.len() <= self.batch);
        self.fill(jobs)?;
        let values: Vec<_> = self
            .inputs
            .iter()
            .map(|(_, buffer)| buffer.view())
            .collect();
        let outputs = session.run(values.as_slice())?;
        let views = self.views(&outputs)?;
        let each = jobs.iter_mut().enumerate();
        Ok(each
            .map(|(row, job)| Self::take(&self.layout, &views, row, job))
            .collect())
    }

    fn fill(&mut self, jobs: &[Job<'_>]) -> Result<(), StepError> {
        for (source, buffer) in &mut self.inputs {
            match (*source, buffer) {
                (Source::Input(i), Buffer::F32(tensor)) => {
                    let input = &INPUTS[i];
                    let is_reset = input.tensor.name == RESET;
                    rows(
                        tensor.try_extract_tensor_mut()?.1,
                        self.batch,
                        jobs,
                        |row, job| {
                            row.copy_from_slice((input.of)(job.input));
                            if is_reset && job.state.fresh {
                                row.fill(1.0);
                            }
                        },
                    );
                }
                (Source::State(i), Buffer::F32(tensor)) => {
                    let slot = &self.layout.slots[i];
                    rows(
                        tensor.try_extract_tensor_mut()?.1,
                        self.batch,
                        jobs,
                        |row, job| {
                            row.copy_from_slice(slot.of(&job.state.f32s));
                        },
                    );
                }
                (Source::State(i), Buffer::F64(tensor)) => {
                    let slot = &self.layout.slots[i];
                    rows(
                        tensor.try_extract_tensor_mut()?.1,
                        self.batch,
                        jobs,
                        |row, job| {
                            row.copy_from_slice(slot.of(&job.state.f64s));
                        },
                    );
                }
                // All inputs of a hop are f32 in the contract.
                (Source::Input(_), Buffer::F64(_)) => {}
            }
        }
        Ok(())
    }

    /// The outputs as plain slices, their sizes checked.
    fn views<'o>(&self, outputs: &'o SessionOutputs<'_>) -> Result<Vec<View<'o>>, StepError> {
        let check = |tensor: &'static str, found: usize, of_one: usize| {
            let expected = of_one * self.batch;
            if found == expected {
                Ok(())
            } else {
                Err(StepError::Size {
                    tensor,
                    expected,
                    found,
                })
            }
        };
        let mut views = Vec::with_capacity(self.sinks.len());
        for (n, sink) in self.sinks.iter().enumerate() {
            let value = &outputs[n];
            views.push(match *sink {
                Sink::Output(i) => {
                    let tensor = &OUTPUTS[i].tensor;
                    let data = value.try_extract_tensor::<f32>()?.1;
                    check(tensor.name, data.len(), fixed(tensor).iter().product())?;
                    View::Output(i, data)
                }
                Sink::State(i) => {
                    let slot = &self.layout.slots[i];
                    let (view, len) = match slot.shape.dtype {
                        Dtype::F32 => {
                            let data = value.try_extract_tensor::<f32>()?.1;
                            (View::F32(i, data), data.len())
                        }
                        Dtype::F64 => {
                            let data = value.try_extract_tensor::<f64>()?.1;
                            (View::F64(i, data), data.len())
                        }
                    };
                    check(STATE[i].next, len, slot.len)?;
                    view
                }
            });
        }
        Ok(views)
    }

    /// Gives one station its row, or resets it where a number is not finite.
    fn take(
        layout: &Layout,
        views: &[View<'_>],
        row: usize,
        job: &mut Job<'_>,
    ) -> Result<(), StepError> {
        let spoiled = views.iter().find_map(|view| match *view {
            View::Output(i, data) => {
                let len = (OUTPUTS[i].of)(job.output).len();
                let finite = data[row * len..][..len].iter().all(|x| x.is_finite());
                (!finite).then_some(OUTPUTS[i].tensor.name)
            }
            View::F32(i, data) => {
                let len = layout.slots[i].len;
                let finite = data[row * len..][..len].iter().all(|x| x.is_finite());
                (!finite).then_some(STATE[i].next)
            }
            View::F64(i, data) => {
                let len = layout.slots[i].len;
                let finite = data[row * len..][..len].iter().all(|x| x.is_finite());
                (!finite).then_some(STATE[i].next)
            }
        });
        if let Some(tensor) = spoiled {
            job.state.reset();
            return Err(StepError::NotFinite { tensor });
        }
        for view in views {
            match *view {
                View::Output(i, data) => {
                    let to = (OUTPUTS[i].of_mut)(job.output);
                    to.copy_from_slice(&data[row * to.len()..][..to.len()]);
                }
                View::F32(i, data) => {
                    let to = layout.slots[i].of_mut(&mut job.state.f32s);
                    to.copy_from_slice(&data[row * to.len()..][..to.len()]);
                }
                View::F64(i, data) => {
                    let to = layout.slots[i].of_mut(&mut job.state.f64s);
                    to.copy_from_slice(&data[row * to.len()..][..to.len()]);
                }
            }
        }
        job.state.fresh = false;
        Ok(())
    }
}

/// An output of the whole batch.
enum View<'o> {
    Output(usize, &'o [f32]),
    F32(usize, &'o [f32]),
    F64(usize, &'o [f64]),
}

/// Gives each job its row of a batch; rows beyond the jobs become zero, which is all masked.
fn rows<T: Clone + Default>(
    data: &mut [T],
    batch: usize,
    jobs: &[Job<'_>],
    fill: impl Fn(&mut [T], &Job<'_>),
) {
    let len = data.len() / batch;
    for (row, job) in data.chunks_exact_mut(len).zip(jobs) {
        fill(row, job);
    }
    data[len * jobs.len()..].fill(T::default());
}

/// The inner dimensions of a tensor whose sizes are all the contract's.
pub(crate) fn fixed(tensor: &contract::Tensor) -> Vec<usize> {
    let known = |dim: &Dim| match dim {
        Dim::Of(n) => Some(*n),
        Dim::Own(_) => None,
    };
    tensor.dims.iter().filter_map(known).collect()
}
