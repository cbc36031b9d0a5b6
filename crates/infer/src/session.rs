//! Opening a session of ONNX Runtime the way a busy daemon needs it.

use ort::session::Session;
use ort::session::builder::{GraphOptimizationLevel, SessionBuilder};
use ort::value::{Outlet, TensorElementType, ValueType};
use ort::{ErrorCode, logging::LogLevel};

use crate::check::{Declaration, Declared, PartShape};
use crate::contract::{CONTRACT_KEY, EDITION_KEY, FEATURE_KEY, INPUTS, STATE};
use crate::error::LoadError;
use crate::lane::fixed;
use crate::library::Runtime;
use crate::model::{MAX_BATCH_TENSORRT, Options};
use crate::provider::{Provider, TensorRtOptions};

/// Opens the model's bytes on one provider, which is not [`Provider::Auto`]. `parts` are the shapes
/// of the state, which TensorRT wants to know beforehand.
pub(crate) fn open(
    runtime: &Runtime,
    provider: Provider,
    options: &Options,
    bytes: &[u8],
    parts: &[PartShape],
) -> Result<Session, LoadError> {
    let refused = |why: String| LoadError::Provider { provider, why };
    if let Some(why) = provider.missing_from_library() {
        return Err(refused(why));
    }
    let builder = builder(runtime, options).map_err(|error| refused(error.to_string()))?;
    let mut builder = builder
        .with_execution_providers(provider.dispatches(&tensorrt(options, parts)))
        .map_err(|error| refused(error.to_string()))?;
    builder.commit_from_memory(bytes).map_err(|error| {
        let unreadable = matches!(
            error.code(),
            ErrorCode::InvalidProtobuf | ErrorCode::InvalidGraph | ErrorCode::NoModel
        );
        let why = error.to_string();
        if provider.is_gpu() && !unreadable {
            refused(why)
        } else {
            LoadError::NotAModel {
                path: options.path.clone(),
                why,
            }
        }
    })
}

fn builder(runtime: &Runtime, options: &Options) -> Result<SessionBuilder, ort::Error> {
    let builder = Session::builder(runtime.environment())?
        // `Level3` is refused by libraries older than 1.22; `All` is not.
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(options.intra_threads.max(1))?
        .with_inter_threads(1)?
        .with_parallel_execution(false)?
        // Threads that spin between hops would take a core from the decoders.
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .with_log_level(LogLevel::Warning)?;
    Ok(builder)
}

/// What the model says about itself.
pub(crate) fn declaration(session: &Session) -> Declaration {
    let metadata = session.metadata().ok();
    let custom = |key: &str| metadata.as_ref().and_then(|metadata| metadata.custom(key));
    Declaration {
        inputs: session.inputs().iter().map(declared).collect(),
        outputs: session.outputs().iter().map(declared).collect(),
        contract: custom(CONTRACT_KEY),
        feature_id: custom(FEATURE_KEY),
        edition: custom(EDITION_KEY),
    }
}

fn declared(outlet: &Outlet) -> Declared {
    let (dtype, dims) = match outlet.dtype() {
        ValueType::Tensor { ty, shape, .. } => {
            let dtype = match ty {
                TensorElementType::Float32 => "f32".to_owned(),
                TensorElementType::Float64 => "f64".to_owned(),
                other => other.to_string(),
            };
            (
                dtype,
                shape.iter().map(|dim| usize::try_from(*dim).ok()).collect(),
            )
        }
        other => (other.to_string(), vec![]),
    };
    Declared {
        name: outlet.name().to_owned(),
        dtype,
        dims,
    }
}

/// TensorRT wants the range of every dynamic shape, or it builds a new engine in a live hop.
fn tensorrt(options: &Options, parts: &[PartShape]) -> TensorRtOptions {
    let shapes = |batch: usize| {
        let shape = |name: &str, dims: &[usize]| {
            let dims: String = dims.iter().map(|n| format!("x{n}")).collect();
            format!("{name}:{batch}{dims}")
        };
        let inputs = INPUTS
            .iter()
            .map(|i| shape(i.tensor.name, &fixed(&i.tensor)));
        let state = STATE
            .iter()
            .zip(parts)
            .map(|(part, own)| shape(part.tensor.name, &own.dims));
        inputs.chain(state).collect::<Vec<_>>().join(",")
    };
    TensorRtOptions {
        min_shapes: shapes(1),
        opt_shapes: shapes(4),
        max_shapes: shapes(MAX_BATCH_TENSORRT),
        engine_cache: options
            .engine_cache
            .as_ref()
            .map(|folder| folder.display().to_string()),
    }
}
