//! The Python that runs training's tests.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// What the tests of `training/` need, pinned.
const REQUIREMENTS: &str = "training/requirements-test.txt";
/// Copy of the requirements that were installed, inside the environment.
const STAMP: &str = "installed-requirements.txt";

/// Makes the virtual environment and installs the tests' packages, when they changed.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let requirements = workspace.root().join(REQUIREMENTS);
    let wanted = std::fs::read_to_string(&requirements)
        .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    let venv = workspace.cache().join("venv");
    let stamp = venv.join(STAMP);
    let python = workspace.python();
    if shell::is_stamped(&stamp, &wanted) && works(&python) {
        eprintln!("python: {} has what {REQUIREMENTS} names", python.display());
        return Ok(());
    }
    if !shell::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])) {
        debian::install(&["python3", "python3-venv"])?;
    }
    std::fs::create_dir_all(workspace.cache())?;
    shell::run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    shell::run(
        workspace
            .command(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input", "-r"])
            .arg(&requirements),
    )?;
    std::fs::write(&stamp, &wanted)?;
    eprintln!("python: {} is ready", python.display());
    Ok(())
}

/// The first of the Pythons here that has pip: the machine's own, else the Debian package is installed.
pub(crate) fn with_pip() -> Result<Command> {
    if !shell::succeeds(Command::new("python3").args(["-m", "pip", "--version"])) {
        debian::install(&["python3", "python3-pip"])?;
    }
    let mut command = Command::new("python3");
    command.args(["-m", "pip"]);
    Ok(command)
}

fn works(python: &Path) -> bool {
    shell::succeeds(Command::new(python).args(["-c", "import pytest"]))
}
