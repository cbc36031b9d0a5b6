//! How a model can differ from the contract, in words.

use std::fmt;

use crate::contract::MAX_STATE;

/// A tensor as the model declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// ONNX name.
    pub name: String,
    /// Its type in the model's words, `f32` and `f64` for those of the contract.
    pub dtype: String,
    /// All dimensions, batch first; `None` where the model leaves one open.
    pub dims: Vec<Option<usize>>,
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[", self.dtype)?;
        for (i, dim) in self.dims.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match dim {
                Some(n) => write!(f, "{n}")?,
                None => f.write_str(if i == 0 { "B" } else { "?" })?,
            }
        }
        f.write_str("]")
    }
}

/// One way in which a model differs from the contract; [`fmt::Display`] says it in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A metadata key is missing or has another value.
    Metadata {
        /// The key.
        key: &'static str,
        /// The value that was expected.
        expected: String,
        /// The model's value.
        found: Option<String>,
    },
    /// A tensor of the contract is missing.
    Missing {
        /// `input` or `output`.
        side: &'static str,
        /// Its name.
        name: &'static str,
        /// Its type and shape.
        expected: String,
    },
    /// The model has a tensor that the contract does not know.
    Unknown {
        /// `input` or `output`.
        side: &'static str,
        /// Its name.
        name: String,
    },
    /// A tensor has another type or shape.
    Shape {
        /// `input` or `output`.
        side: &'static str,
        /// Its name.
        name: String,
        /// Type and shape of the contract.
        expected: String,
        /// Type and shape of the model.
        found: String,
    },
    /// The state of one station is too large.
    StateSize {
        /// Numbers in the model's state.
        numbers: usize,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Metadata {
                key,
                expected,
                found: Some(found),
            } => {
                write!(
                    f,
                    "metadata {key}: expected \"{expected}\", the model has \"{found}\""
                )
            }
            Self::Metadata {
                key,
                expected,
                found: None,
            } => {
                write!(
                    f,
                    "metadata {key}: expected \"{expected}\", the model has none"
                )
            }
            Self::Missing {
                side,
                name,
                expected,
            } => {
                write!(f, "{side} {name}: expected {expected}, the model has none")
            }
            Self::Unknown { side, name } => write!(f, "{side} {name}: not in the contract"),
            Self::Shape {
                side,
                name,
                expected,
                found,
            } => {
                write!(
                    f,
                    "{side} {name}: expected {expected}, the model has {found}"
                )
            }
            Self::StateSize { numbers } => {
                write!(
                    f,
                    "state: at most {MAX_STATE} numbers a station, the model has {numbers}"
                )
            }
        }
    }
}
