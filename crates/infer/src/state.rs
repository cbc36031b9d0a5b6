//! The state that one station carries from step to step.

use std::sync::Arc;

use crate::card::ModelHash;
use crate::check::PartShape;
use crate::contract::{Dtype, STATE};

/// Where each part of the state stands in a station's buffers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) model: ModelHash,
    /// In the order of [`STATE`].
    pub(crate) slots: Vec<Slot>,
}

/// One part: its shape and its place in the buffer of its type.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) shape: PartShape,
    pub(crate) len: usize,
    pub(crate) at: usize,
}

impl Layout {
    pub(crate) fn new(model: ModelHash, parts: Vec<PartShape>) -> Self {
        let (mut f32s, mut f64s) = (0, 0);
        let slots = parts.into_iter().map(|shape| {
            let end = match shape.dtype {
                Dtype::F32 => &mut f32s,
                Dtype::F64 => &mut f64s,
            };
            let (len, at) = (shape.numbers(), *end);
            *end += len;
            Slot { shape, len, at }
        });
        Self {
            model,
            slots: slots.collect(),
        }
    }

    fn numbers(&self, dtype: Dtype) -> usize {
        self.slots
            .iter()
            .filter(|s| s.shape.dtype == dtype)
            .map(|s| s.len)
            .sum()
    }

    /// Numbers of a station's state.
    pub(crate) fn total(&self) -> usize {
        self.slots.iter().map(|s| s.len).sum()
    }
}

impl Slot {
    pub(crate) fn of<'a, T>(&self, buffer: &'a [T]) -> &'a [T] {
        &buffer[self.at..self.at + self.len]
    }

    pub(crate) fn of_mut<'a, T>(&self, buffer: &'a mut [T]) -> &'a mut [T] {
        &mut buffer[self.at..self.at + self.len]
    }
}

/// The state of one station under one model, at most [`crate::contract::MAX_STATE`] numbers.
///
/// Plain memory of the host: it can be cloned, compared and sent, and a step copies it in and out
/// (some microseconds) so that any stations can share a batch. It never crosses editions.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) layout: Arc<Layout>,
    pub(crate) f32s: Box<[f32]>,
    pub(crate) f64s: Box<[f64]>,
    /// The next step is told to forget what it finds.
    pub(crate) fresh: bool,
}

impl State {
    pub(crate) fn new(layout: &Arc<Layout>) -> Self {
        Self {
            layout: Arc::clone(layout),
            f32s: vec![0.0; layout.numbers(Dtype::F32)].into(),
            f64s: vec![0.0; layout.numbers(Dtype::F64)].into(),
            fresh: true,
        }
    }

    /// Forgets everything; the next step starts a cook. Equal to a new state.
    pub fn reset(&mut self) {
        self.f32s.fill(0.0);
        self.f64s.fill(0.0);
        self.fresh = true;
    }

    /// Whether no step has been taken since it was made or reset.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The numbers of the part that goes in as `name` (such as `s_h`), as f64, row-major;
    /// `None` where the contract has no such part.
    #[must_use]
    pub fn part(&self, name: &str) -> Option<Vec<f64>> {
        let index = STATE.iter().position(|part| part.tensor.name == name)?;
        let slot = &self.layout.slots[index];
        Some(match slot.shape.dtype {
            Dtype::F32 => slot.of(&self.f32s).iter().copied().map(f64::from).collect(),
            Dtype::F64 => slot.of(&self.f64s).to_vec(),
        })
    }
}

/// Equal when the next step would be: same model, same bits.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let bits32 = |s: &Self| s.f32s.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        let bits64 = |s: &Self| s.f64s.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        self.layout == other.layout
            && self.fresh == other.fresh
            && bits32(self) == bits32(other)
            && bits64(self) == bits64(other)
    }
}
