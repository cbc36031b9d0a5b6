//! ONNX Runtime, fetched from PyPI by hash and unpacked under `.cache/onnxruntime`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::wheels::Pinned;
use crate::shell;
use crate::workspace::Workspace;

/// Names the library to the daemon and the tests.
pub(crate) const VARIABLE: &str = "ORT_DYLIB_PATH";
/// Under the cache: where the daemon looks for the library of whatever version was fetched last.
const STABLE: &str = "onnxruntime/lib/libonnxruntime.so";
/// Beside it, for whoever passes the library on.
const LICENCES: [&str; 2] = ["LICENSE", "ThirdPartyNotices.txt"];

const CPU: Pinned = Pinned {
    package: "onnxruntime",
    file: "crates/xtask/onnxruntime.txt",
    machines: &["x86_64", "aarch64"],
};
const CUDA: Pinned = Pinned {
    package: "onnxruntime-gpu",
    file: "crates/xtask/onnxruntime-gpu.txt",
    machines: &["x86_64"],
};

/// Loads the library and prints its version; `OrtGetApiBase` gives a struct of two functions, `GetApi` and `GetVersionString`.
const PROBE: &str = "\
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.OrtGetApiBase.restype = ctypes.POINTER(ctypes.c_void_p)
print(ctypes.CFUNCTYPE(ctypes.c_char_p)(library.OrtGetApiBase()[1])().decode())";

/// The library that `ORT_DYLIB_PATH` names, if any.
pub(crate) fn named() -> Result<Option<PathBuf>> {
    let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) else {
        return Ok(None);
    };
    let named = PathBuf::from(named);
    ensure!(
        named.exists(),
        "{VARIABLE} names {}, which is not there; unset it and one is fetched",
        named.display()
    );
    eprintln!("onnxruntime: {} (named by {VARIABLE})", named.display());
    Ok(Some(named))
}

/// The library for the CPU; fetched when it is not here yet. One that `ORT_DYLIB_PATH` names is taken as it is.
pub(crate) fn provide(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = named()? {
        return Ok(named);
    }
    provide_bundled(workspace)
}

/// The library that is packaged, with its licences beside it: the pinned one, whatever `ORT_DYLIB_PATH` names.
pub(crate) fn provide_bundled(workspace: &Workspace) -> Result<PathBuf> {
    let unpacked = CPU.provide(workspace)?;
    let library = workspace.cache().join(STABLE);
    let licences = LICENCES.map(|name| library.with_file_name(name));
    let is_whole = library.exists() && licences.iter().all(|file| file.exists());
    if unpacked.fresh || !is_whole {
        link(&in_wheel(&unpacked.folder, &unpacked.version), &library)?;
        for licence in &licences {
            let name = licence.file_name().context("a licence has a name")?;
            link(&unpacked.folder.join("onnxruntime").join(name), licence)?;
        }
        probe(&library, &unpacked.version)?;
        unpacked.keep()?;
    }
    eprintln!("onnxruntime: {} at {}", unpacked.version, library.display());
    Ok(library)
}

/// The library for CUDA, and the folders of the CUDA libraries that it loads.
pub(crate) fn provide_cuda(workspace: &Workspace) -> Result<(PathBuf, Vec<PathBuf>)> {
    let unpacked = CUDA.provide(workspace)?;
    let library = in_wheel(&unpacked.folder, &unpacked.version);
    let mut folders = Vec::new();
    for part in std::fs::read_dir(unpacked.folder.join("nvidia"))? {
        let folder = part?.path().join("lib");
        if folder.is_dir() {
            folders.push(folder);
        }
    }
    folders.sort();
    if unpacked.fresh {
        probe(&library, &unpacked.version)?;
        unpacked.keep()?;
    }
    eprintln!(
        "onnxruntime-gpu: {} at {}",
        unpacked.version,
        library.display()
    );
    Ok((library, folders))
}

fn probe(library: &Path, version: &str) -> Result<()> {
    let said = shell::output(Command::new("python3").args(["-c", PROBE]).arg(library))
        .context("ONNX Runtime was fetched but cannot be loaded")?;
    ensure!(
        said.trim() == version,
        "version {version} was fetched, but the library says {said}"
    );
    Ok(())
}

fn in_wheel(folder: &Path, version: &str) -> PathBuf {
    folder
        .join("onnxruntime/capi")
        .join(format!("libonnxruntime.so.{version}"))
}

/// Points a stable name at a file of this version, which lies in a folder beside the name's.
fn link(found: &Path, stable: &Path) -> Result<()> {
    ensure!(found.exists(), "the wheel has no {}", found.display());
    let folder = stable.parent().context("the stable name has a folder")?;
    std::fs::create_dir_all(folder)?;
    let beside = folder.parent().context("that folder lies in another")?;
    let relative = Path::new("..").join(found.strip_prefix(beside)?);
    // Renamed over the old one, so that a daemon that starts meanwhile finds one or the other.
    let fresh = stable.with_extension("new");
    if fresh.symlink_metadata().is_ok() {
        std::fs::remove_file(&fresh)?;
    }
    std::os::unix::fs::symlink(relative, &fresh)?;
    std::fs::rename(&fresh, stable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stable_name_follows_the_version() {
        let root = std::env::temp_dir().join(format!("xtask-link-{}", std::process::id()));
        let library = root.join("lib/libonnxruntime.so");
        for version in ["1.0.0", "2.0.0"] {
            let folder = root.join(version);
            let found = in_wheel(&folder, version);
            std::fs::create_dir_all(found.parent().unwrap()).unwrap();
            std::fs::write(&found, version).unwrap();
            link(&found, &library).unwrap();
            assert_eq!(std::fs::read_to_string(&library).unwrap(), version);
        }
        std::fs::remove_dir_all(root).unwrap();
    }
}
