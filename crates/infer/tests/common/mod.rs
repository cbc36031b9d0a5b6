//! What the tests of this crate share.

use std::path::{Path, PathBuf};

use wok_infer::{LoadError, Model, Options, Provider};

/// A file of `tests/fixtures`; `make.py` there says what each is.
pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// The CPU and the features that the fixtures were made for.
pub(crate) fn options(path: impl Into<PathBuf>) -> Options {
    Options {
        provider: Provider::Cpu,
        ..Options::new(path, "test-features")
    }
}

/// Loads a model that has to load; where ONNX Runtime is missing, the error says what to do.
pub(crate) fn load(options: &Options) -> Model {
    Model::load(options).unwrap_or_else(|error| panic!("{error}"))
}

/// Loads a model that must not load.
pub(crate) fn refuse(options: &Options) -> LoadError {
    match Model::load(options) {
        Ok(_) => panic!("{} was loaded", options.path.display()),
        Err(LoadError::Library(error)) => panic!("{error}"),
        Err(error) => error,
    }
}
