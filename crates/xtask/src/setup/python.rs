//! The Python that runs training's tests, and the other ends of the daemon's.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// What the tests of `training/` need, and those of the daemon, pinned.
const REQUIREMENTS: [&str; 2] = ["training/requirements-test.txt", "crates/xtask/python.txt"];
/// Copy of the requirements that were installed, inside the environment.
const STAMP: &str = "installed-requirements.txt";

/// Makes the virtual environment and installs the tests' packages, when they changed.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let read = |file| {
        std::fs::read_to_string(workspace.root().join(file))
            .with_context(|| format!("{file} cannot be read"))
    };
    let wanted = REQUIREMENTS
        .map(read)
        .into_iter()
        .collect::<Result<String>>()?;
    let venv = workspace.cache().join("venv");
    let stamp = venv.join(STAMP);
    let python = workspace.python();
    if shell::is_stamped(&stamp, &wanted) && works(&python) {
        let files = REQUIREMENTS.join(" and ");
        eprintln!("python: {} has what {files} name", python.display());
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
    let mut pip = workspace.command(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input"]);
    for file in REQUIREMENTS {
        pip.args(["-r", file]);
    }
    shell::run(&mut pip)?;
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
    shell::succeeds(Command::new(python).args(["-c", "import pylsl, pytest"]))
}
