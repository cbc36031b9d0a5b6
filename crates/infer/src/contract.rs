//! The contract of the ONNX step: every name, type and shape, in one place.
//!
//! `training/` exports a model that fits these tables and `check` holds it to them at load. The
//! batch is the first dimension of every tensor and is dynamic. State goes in as `s_*` and comes
//! out as `n_*` of the same type and shape; the inner sizes marked [`Dim::Own`] are the model's.

use std::fmt;

use wok_core::grid::{EEG_PER_HOP, MEL_PER_HOP};
use wok_core::step::{
    ASPECTS, ATTENTION, AUX, CUES, EEG_CHANNELS, EMBEDDING, MELS, MODALITIES, PHASES, QUANTILES,
    RECIPE, StepInput, StepOutput, THERMAL_COLS, THERMAL_ROWS,
};

/// The value of the metadata key [`CONTRACT_KEY`] of a model that fits these tables.
pub const CONTRACT: &str = "flavorformer-step/2";
/// Metadata key that names the contract.
pub const CONTRACT_KEY: &str = "contract";
/// Metadata key that names the features the model was trained on.
pub const FEATURE_KEY: &str = "feature_id";
/// Metadata key that names the edition, such as `base-1`.
pub const EDITION_KEY: &str = "edition";
/// Most numbers of state a station may carry (48 KiB of f32; design choice).
pub const MAX_STATE: usize = 12_288;
/// Width of the recurrent and memory state (design choice).
pub const WIDTH: usize = 96;
/// Slots of the memory that attention looks back on (design choice).
pub const MEMORY: usize = 64;

/// Type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F64 => "f64",
        })
    }
}

/// One dimension after the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dim {
    /// Exactly this many.
    Of(usize),
    /// The model's own choice, at least one; the word stands for it in messages.
    Own(&'static str),
}

/// A tensor of the contract; the batch comes before `dims`.
#[derive(Debug, Clone, Copy)]
pub struct Tensor {
    /// ONNX name.
    pub name: &'static str,
    /// Type of its numbers.
    pub dtype: Dtype,
    /// Dimensions after the batch.
    pub dims: &'static [Dim],
}

impl Tensor {
    const fn f32(name: &'static str, dims: &'static [Dim]) -> Self {
        Self {
            name,
            dtype: Dtype::F32,
            dims,
        }
    }
}

impl fmt::Display for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[B", self.dtype)?;
        for dim in self.dims {
            match dim {
                Dim::Of(n) => write!(f, ",{n}")?,
                Dim::Own(word) => write!(f, ",{word}")?,
            }
        }
        f.write_str("]")
    }
}

/// An input and the field of [`StepInput`] that fills it.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// Its tensor.
    pub tensor: Tensor,
    /// The numbers of one station, row-major.
    pub of: fn(&StepInput) -> &[f32],
    /// The same numbers, to be written.
    pub of_mut: fn(&mut StepInput) -> &mut [f32],
}

/// An output and the field of [`StepOutput`] that takes it.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Its tensor.
    pub tensor: Tensor,
    /// The numbers of one station, row-major.
    pub of: fn(&StepOutput) -> &[f32],
    /// The same numbers, to be written.
    pub of_mut: fn(&mut StepOutput) -> &mut [f32],
}

/// A part of the state: goes in under one name and comes out under another.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// The tensor that goes in.
    pub tensor: Tensor,
    /// The name under which it comes out.
    pub next: &'static str,
}

macro_rules! flat {
    ($name:literal, $field:ident, [$($dim:expr),+]) => {
        Input {
            tensor: Tensor::f32($name, &[$(Dim::Of($dim)),+]),
            of: |input| &input.$field,
            of_mut: |input| &mut input.$field,
        }
    };
}

macro_rules! nested {
    ($name:literal, $field:ident, [$($dim:expr),+]) => {
        Input {
            tensor: Tensor::f32($name, &[$(Dim::Of($dim)),+]),
            of: |input| input.$field.as_flattened(),
            of_mut: |input| input.$field.as_flattened_mut(),
        }
    };
}

macro_rules! output {
    ($name:literal, $field:ident, $len:expr) => {
        Output {
            tensor: Tensor::f32($name, &[Dim::Of($len)]),
            of: |output| &output.$field,
            of_mut: |output| &mut output.$field,
        }
    };
}

/// Name of the input that makes the model forget its state before the step.
pub const RESET: &str = "reset";

/// The inputs of a hop.
pub const INPUTS: [Input; 13] = [
    nested!("eeg_new", eeg, [EEG_CHANNELS, EEG_PER_HOP]),
    flat!("eeg_mask", eeg_mask, [EEG_CHANNELS]),
    nested!("mel_new", mel, [MELS, MEL_PER_HOP]),
    nested!("thermal", thermal, [3, THERMAL_ROWS, THERMAL_COLS]),
    flat!("quality", quality, [MODALITIES]),
    flat!("heat", heat, [2]),
    flat!("dose", dose, [1]),
    flat!("recipe", recipe, [RECIPE]),
    flat!("aux", aux, [AUX]),
    flat!("aux_mask", aux_mask, [AUX]),
    flat!("bypass", bypass, [1]),
    flat!("hops", hops, [1]),
    flat!("reset", reset, [1]),
];

/// The state that a station carries from step to step.
pub const STATE: [Part; 8] = [
    Part {
        tensor: Tensor::f32("s_eeg_tail", &[Dim::Of(EEG_CHANNELS), Dim::Own("T1")]),
        next: "n_eeg_tail",
    },
    Part {
        tensor: Tensor::f32("s_mel_tail", &[Dim::Of(MELS), Dim::Own("T2")]),
        next: "n_mel_tail",
    },
    Part {
        tensor: Tensor::f32("s_h", &[Dim::Of(WIDTH)]),
        next: "n_h",
    },
    Part {
        tensor: Tensor::f32("s_c", &[Dim::Of(WIDTH)]),
        next: "n_c",
    },
    Part {
        tensor: Tensor::f32("s_mem", &[Dim::Of(MEMORY), Dim::Of(WIDTH)]),
        next: "n_mem",
    },
    Part {
        tensor: Tensor::f32("s_fill", &[Dim::Of(1)]),
        next: "n_fill",
    },
    Part {
        tensor: Tensor::f32("s_acc", &[Dim::Own("A")]),
        next: "n_acc",
    },
    // Phases of the temporal embedding run for a whole cook; f32 would lose them in minutes.
    Part {
        tensor: Tensor {
            name: "s_phase",
            dtype: Dtype::F64,
            dims: &[Dim::Own("P")],
        },
        next: "n_phase",
    },
];

/// What the model says.
pub const OUTPUTS: [Output; 6] = [
    output!("score", score, QUANTILES),
    output!("aspects", aspects, ASPECTS),
    output!("phase", phase, PHASES),
    output!("hazard", hazard, CUES),
    output!("embedding", embedding, EMBEDDING),
    output!("attention", attention, ATTENTION),
];

/// A [`StepOutput`] of zeros, to be written by a step.
#[must_use]
pub fn zero_output() -> StepOutput {
    StepOutput {
        score: [0.0; QUANTILES],
        aspects: [0.0; ASPECTS],
        phase: [0.0; PHASES],
        hazard: [0.0; CUES],
        embedding: [0.0; EMBEDDING],
        attention: [0.0; ATTENTION],
    }
}
