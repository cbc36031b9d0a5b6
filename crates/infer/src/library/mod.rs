//! Finding and loading ONNX Runtime.
//!
//! The library is looked for at run time, never linked, so that one binary serves machines with and
//! without a GPU. A file that was named explicitly is used or refused; no other is then looked for.

mod elf;
mod release;
mod search;

use std::ffi::CStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use search::Search;

/// Name of the library's file.
pub const FILE: &str = "libonnxruntime.so";
/// Environment variable that names the library's file.
pub const VARIABLE: &str = "ORT_DYLIB_PATH";
/// Where `cargo xtask setup` puts the library, under the project's root.
pub const CACHE: &str = ".cache/onnxruntime/lib/libonnxruntime.so";
/// Oldest minor version of ONNX Runtime 1 that serves.
pub const OLDEST_MINOR: u32 = ort::MINOR_VERSION;

const ADVICE: &str = "run `cargo xtask setup` in the source tree, install the wokd package, \
    or name a libonnxruntime.so of version 1.17 or later in the configuration or in ORT_DYLIB_PATH";

/// Why there is no ONNX Runtime.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// The file that was named does not serve.
    #[error("ONNX Runtime at {path} ({named_by}) cannot be used: {why}; {ADVICE}")]
    Named {
        /// The file.
        path: PathBuf,
        /// Who named it.
        named_by: &'static str,
        /// Why it does not serve.
        why: String,
    },
    /// It was found and fits, and still does not start.
    #[error("ONNX Runtime at {path} does not start: {why}; {ADVICE}")]
    Start {
        /// The file.
        path: PathBuf,
        /// `ort`'s word.
        why: String,
    },
    /// None of the usual places has one that serves.
    #[error("no ONNX Runtime was found; tried{}\n{ADVICE}", list(.tried))]
    NotFound {
        /// Every place and why it did not serve.
        tried: Vec<(PathBuf, String)>,
    },
    /// Another one is loaded already; a process can hold only one.
    #[error("ONNX Runtime was loaded from {loaded} already; restart to use {wanted}")]
    AlreadyLoaded {
        /// The one that is loaded.
        loaded: PathBuf,
        /// The one that was named.
        wanted: PathBuf,
    },
}

fn list(tried: &[(PathBuf, String)]) -> String {
    tried.iter().fold(String::new(), |mut text, (path, why)| {
        let _ = write!(text, "\n  {}: {why}", path.display());
        text
    })
}

/// ONNX Runtime, loaded. There is one in a process, and it stays.
#[derive(Debug)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
    version: String,
}

static LOADED: OnceLock<Runtime> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

impl Runtime {
    /// Finds and loads the library: `named` (from the configuration), else [`VARIABLE`], else beside
    /// the executable (`../lib/wokd/`), `/usr/lib/wokd/`, and [`CACHE`] under the working folder or
    /// a folder above the executable. Once loaded, the same one is given again.
    ///
    /// # Errors
    /// [`LibraryError`], with every place tried and what to do.
    pub fn load(named: Option<&Path>) -> Result<&'static Self, LibraryError> {
        let guard = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = LOADED.get() {
            let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
            return match named {
                Some(wanted) if real(wanted) != real(&runtime.path) => {
                    Err(LibraryError::AlreadyLoaded {
                        loaded: runtime.path.clone(),
                        wanted: wanted.to_owned(),
                    })
                }
                _ => Ok(runtime),
            };
        }
        let search = Search::of_process(named);
        let (path, version) = search.first(probe)?;
        // The GPU's providers lie beside the real file, not beside a link to it.
        let path = path.canonicalize().unwrap_or(path);
        let environment = match start(&path) {
            Ok(environment) => environment,
            Err(why) => return Err(LibraryError::Start { path, why }),
        };
        tracing::info!(path = %path.display(), version, "ONNX Runtime loaded");
        let runtime = LOADED.get_or_init(|| Self {
            environment,
            path,
            version,
        });
        drop(guard);
        Ok(runtime)
    }

    /// The file it was loaded from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its version, such as `1.27.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// Hands the probed file to `ort`.
fn start(path: &Path) -> Result<Environment, String> {
    let builder = ort::init_from(path).map_err(|error| error.to_string())?;
    let environment = builder
        .with_name("wokd")
        .with_telemetry(false)
        .build()
        .map_err(|error| error.to_string())?;
    // `ort` asks for every verbose line, and ONNX Runtime would format them all in each step.
    environment.set_log_level(LogLevel::Warning);
    Ok(environment)
}

/// Loads the file and asks for its version, so that `ort`, which panics at some of these faults,
/// sees only libraries that serve.
#[allow(
    unsafe_code,
    reason = "loading a library and asking it for its version is foreign code"
)]
fn probe(path: &Path) -> Result<String, String> {
    if !path.exists() {
        return Err("not there".to_owned());
    }
    elf::check_whole(path)?;
    release::check(path, std::env::consts::ARCH)?;
    // SAFETY: the file is one that the user or the set-up named as ONNX Runtime; its initialisers
    // run here as they would for any linked library.
    let library = unsafe { libloading::Library::new(path) }
        .map_err(|error| format!("cannot be loaded ({error})"))?;
    type ApiBase = unsafe extern "C" fn() -> *const ort::sys::OrtApiBase;
    // SAFETY: ONNX Runtime has exported `OrtGetApiBase` with this signature since 1.0.
    let base = unsafe { library.get::<ApiBase>(b"OrtGetApiBase\0") }
        .map_err(|_| "is not ONNX Runtime (it has no OrtGetApiBase)".to_owned())?;
    // SAFETY: as above; the struct it points to is static in the library, which is still loaded.
    let base = unsafe { base().as_ref() }.ok_or("OrtGetApiBase gave nothing")?;
    // SAFETY: the version is a static C string of the library.
    let version = unsafe { CStr::from_ptr((base.GetVersionString)()) };
    let version = version.to_string_lossy().into_owned();
    check_version(&version)?;
    // SAFETY: a version that is not offered gives null, which is checked.
    if unsafe { (base.GetApi)(ort::sys::ORT_API_VERSION) }.is_null() {
        return Err(format!(
            "version {version} does not offer the API of 1.{OLDEST_MINOR}"
        ));
    }
    // It will be loaded again in a moment; unloading it in between would only cost time.
    std::mem::forget(library);
    Ok(version)
}

fn check_version(version: &str) -> Result<(), String> {
    let mut numbers = version
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(1), Some(minor)) if minor >= OLDEST_MINOR => Ok(()),
        (Some(1), Some(_)) => Err(format!(
            "version {version} is too old; 1.{OLDEST_MINOR} or later is needed"
        )),
        _ => Err(format!(
            "version {version} is not a version 1 of ONNX Runtime"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_below_the_api_are_refused() {
        let check = |version: &str, expect: bool| {
            assert_eq!(check_version(version).is_ok(), expect, "{version}");
        };
        check("1.17.0", true);
        check("1.31.1", true);
        check("1.16.3", false);
        check("2.0.0", false);
        check("", false);
        check("unknown", false);
    }

    #[test]
    fn files_that_are_no_library_are_errors_and_not_panics() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let check = |bytes: &[u8], words: &str| {
            std::fs::write(&path, bytes).unwrap();
            let why = probe(&path).unwrap_err();
            assert!(why.contains(words), "{why}");
        };
        check(b"", "cannot be loaded");
        check(b"not a library at all", "cannot be loaded");
        check(&[0x7f, b'E', b'L', b'F', 2, 1, 1, 0], "cannot be loaded");
        assert_eq!(
            probe(&folder.path().join("none.so")).unwrap_err(),
            "not there"
        );
    }
}
