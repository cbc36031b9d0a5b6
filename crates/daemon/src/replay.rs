//! A recorded log through the pipeline again, at any speed. Inference is computed anew; the log only
//! says at which event its answer came.

use std::collections::HashMap;

use wok_core::event::{Body, Event, InferError};
use wok_core::pipeline::{Output, Pipeline};
use wok_core::step::StepOutput;
use wok_core::verdict::Verdict;

use crate::stepper::Stepper;

/// Feeds `events` in order and hands on every verdict. Returns how many answers of the model differ
/// from the recorded ones: 0 on the same binary, library, model, provider and processor.
pub fn replay(
    events: impl IntoIterator<Item = Event>,
    stepper: &mut dyn Stepper,
    mut on: impl FnMut(&Verdict),
) -> usize {
    let mut pipeline = Pipeline::new();
    let mut answers: HashMap<(u16, u64), Result<Box<StepOutput>, InferError>> = HashMap::new();
    let mut differing = 0;
    for mut event in events {
        if let Body::InferDone {
            station,
            hop,
            result,
        } = &mut event.body
            && let Some(anew) = answers.remove(&(*station, *hop))
        {
            differing += usize::from(anew != *result);
            *result = anew;
        }
        if let Body::Epoch(_) = event.body {
            answers.clear();
        }
        pipeline.handle(&event);
        while let Some(output) = pipeline.poll() {
            match output {
                Output::Infer(step) => {
                    answers.insert((step.station, step.hop), stepper.step(&step).map(Box::new));
                    pipeline.recycle(step);
                }
                Output::Verdict(verdict) => on(&verdict),
                Output::Hop(..) | Output::Dropped { .. } => {}
            }
        }
    }
    differing
}
