//! ONNX Runtime, fetched from PyPI by hash and unpacked under `.cache/onnxruntime`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use super::python;
use crate::shell;
use crate::workspace::Workspace;

/// Names the library to the daemon and the tests.
pub(crate) const VARIABLE: &str = "ORT_DYLIB_PATH";
/// Pinned version and hashes, beside this crate's manifest.
const REQUIREMENTS: &str = "crates/xtask/onnxruntime.txt";
/// Under the cache: where the daemon looks for the library of whatever version was fetched last.
const STABLE: &str = "onnxruntime/lib/libonnxruntime.so";
/// The Python that the pinned wheels were built for; any would do.
const PYTHON: &str = "3.11";
const STAMP: &str = "requirements.txt";

/// Loads the library and prints its version; `OrtGetApiBase` gives a struct of two functions, `GetApi` and `GetVersionString`.
const PROBE: &str = "\
import ctypes, sys
library = ctypes.CDLL(sys.argv[1])
library.OrtGetApiBase.restype = ctypes.POINTER(ctypes.c_void_p)
print(ctypes.CFUNCTYPE(ctypes.c_char_p)(library.OrtGetApiBase()[1])().decode())";

/// The library's path; fetched when it is not here yet. A library that `ORT_DYLIB_PATH` names is taken as it is.
pub(crate) fn provide(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        ensure!(
            named.exists(),
            "{VARIABLE} names {}, which is not there; unset it and one is fetched",
            named.display()
        );
        eprintln!("onnxruntime: {} (named by {VARIABLE})", named.display());
        return Ok(named);
    }
    let pinned = std::fs::read_to_string(workspace.root().join(REQUIREMENTS))
        .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    let version = version_of(&pinned).context("onnxruntime.txt pins no version")?;
    let folder = workspace.cache().join("onnxruntime").join(version);
    let library = workspace.cache().join(STABLE);
    if !shell::is_stamped(&folder.join(STAMP), &pinned) || !library.exists() {
        fetch(workspace, &folder)?;
        link(&folder, version, &library)?;
        let said = shell::output(Command::new("python3").args(["-c", PROBE]).arg(&library))
            .context("ONNX Runtime was fetched but cannot be loaded")?;
        ensure!(
            said.trim() == version,
            "version {version} was fetched, but the library says {said}"
        );
        // Last, so that a set-up that was cut short is done again.
        std::fs::write(folder.join(STAMP), &pinned)?;
    }
    eprintln!("onnxruntime: {version} at {}", library.display());
    Ok(library)
}

/// Downloads the wheel, whose hash pip checks, and unpacks it.
fn fetch(workspace: &Workspace, folder: &Path) -> Result<()> {
    let machine = std::env::consts::ARCH;
    if std::env::consts::OS != "linux" || !is_pinned_for(machine) {
        bail!(
            "no ONNX Runtime is pinned for {} on {machine}: install one and name it in {VARIABLE}",
            std::env::consts::OS
        );
    }
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let downloads = folder.join("wheel");
    std::fs::create_dir_all(&downloads)?;
    let mut pip = python::with_pip()?;
    pip.args([
        "download",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
    ])
    .args(["--require-hashes", "--no-deps", "--only-binary=:all:"])
    .args(["--implementation", "cp", "--python-version", PYTHON])
    .arg(format!("--abi=cp{}", PYTHON.replace('.', "")));
    for glibc in ["2_17", "2_27", "2_28"] {
        pip.arg(format!("--platform=manylinux_{glibc}_{machine}"));
    }
    pip.arg("--dest").arg(&downloads);
    pip.arg("--requirement")
        .arg(workspace.root().join(REQUIREMENTS));
    shell::run(&mut pip).context("ONNX Runtime could not be fetched from PyPI")?;
    let wheel = std::fs::read_dir(&downloads)?
        .next()
        .context("pip downloaded nothing")??
        .path();
    shell::run(
        Command::new("python3")
            .args(["-m", "zipfile", "-e"])
            .arg(&wheel)
            .arg(folder),
    )?;
    std::fs::remove_dir_all(&downloads)?;
    Ok(())
}

/// Points the stable name at this version's library.
fn link(folder: &Path, version: &str, library: &Path) -> Result<()> {
    let found = folder
        .join("onnxruntime/capi")
        .join(format!("libonnxruntime.so.{version}"));
    ensure!(found.exists(), "the wheel has no {}", found.display());
    let stable_folder = library.parent().context("the stable name has a folder")?;
    std::fs::create_dir_all(stable_folder)?;
    // Renamed over the old one, so that a daemon that starts meanwhile finds one or the other.
    let fresh = stable_folder.join("libonnxruntime.so.new");
    if fresh.symlink_metadata().is_ok() {
        std::fs::remove_file(&fresh)?;
    }
    let relative = Path::new("..")
        .join(version)
        .join("onnxruntime/capi")
        .join(format!("libonnxruntime.so.{version}"));
    std::os::unix::fs::symlink(relative, &fresh)?;
    std::fs::rename(&fresh, library)?;
    Ok(())
}

fn is_pinned_for(machine: &str) -> bool {
    matches!(machine, "x86_64" | "aarch64")
}

fn version_of(pinned: &str) -> Option<&str> {
    pinned
        .lines()
        .find_map(|line| line.strip_prefix("onnxruntime=="))
        .and_then(|rest| rest.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pinned_file_names_a_version_and_a_hash_for_each_machine() {
        let pinned = include_str!("../../onnxruntime.txt");
        let version = version_of(pinned).unwrap();
        assert_eq!(version.split('.').count(), 3, "{version}");
        assert_eq!(pinned.matches("--hash=sha256:").count(), 2);
    }

    #[test]
    fn the_version_ends_at_the_first_blank() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(version_of(text), expect);
        check("# a\nonnxruntime==1.27.0 \\\n --hash=x", Some("1.27.0"));
        check("onnxruntime==1.2.3", Some("1.2.3"));
        check("onnxruntime>=1.2.3", None);
        check("", None);
    }

    #[test]
    fn the_stable_name_follows_the_version() {
        let root = std::env::temp_dir().join(format!("xtask-link-{}", std::process::id()));
        let library = root.join("lib/libonnxruntime.so");
        for version in ["1.0.0", "2.0.0"] {
            let folder = root.join(version);
            let capi = folder.join("onnxruntime/capi");
            std::fs::create_dir_all(&capi).unwrap();
            std::fs::write(capi.join(format!("libonnxruntime.so.{version}")), version).unwrap();
            link(&folder, version, &library).unwrap();
            assert_eq!(std::fs::read_to_string(&library).unwrap(), version);
        }
        std::fs::remove_dir_all(root).unwrap();
    }
}
