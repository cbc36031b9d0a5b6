//! Recordings made by others, which lie beside the project and not in it.

use std::path::{Path, PathBuf};

/// A recording's bytes, or `None` (said aloud) where this machine does not have it.
pub(crate) fn recording(name: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/realdata")
        .join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            eprintln!("skipped: ../shared/realdata/{name}: {error}");
            None
        }
    }
}
