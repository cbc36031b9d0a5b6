//! Home Assistant, which the end-to-end tests show the daemon's discovery messages to.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell;
use crate::workspace::Workspace;

/// Home Assistant and what it imports, pinned.
const REQUIREMENTS: &str = "crates/xtask/homeassistant.txt";
/// Copy of the requirements that were installed, inside the environment.
const STAMP: &str = "installed-requirements.txt";
/// Pythons that the pinned release runs on.
const PYTHONS: [&str; 2] = ["3.13", "3.12"];

/// Makes a virtual environment of its own, since Home Assistant pins other versions than the other tests,
/// and wants a newer Python than they do. Where there is none, its test is skipped and says so.
pub(crate) fn provide(workspace: &Workspace) -> Result<()> {
    let wanted = std::fs::read_to_string(workspace.root().join(REQUIREMENTS))
        .with_context(|| format!("{REQUIREMENTS} cannot be read"))?;
    let venv = workspace.cache().join("homeassistant");
    let stamp = venv.join(STAMP);
    let python = venv.join("bin/python");
    if shell::is_stamped(&stamp, &wanted) && works(&python) {
        eprintln!("homeassistant: {}", venv.display());
        return Ok(());
    }
    let Some(base) = base() else {
        eprintln!(
            "homeassistant: no Python {} here, so the tests against Home Assistant are skipped",
            PYTHONS.join(" or ")
        );
        return Ok(());
    };
    std::fs::create_dir_all(workspace.cache())?;
    shell::run(
        Command::new(base)
            .args(["-m", "venv", "--clear"])
            .arg(&venv),
    )?;
    // Its other dependencies are many and large, and belong to integrations that no test uses.
    shell::run(
        workspace
            .command(&python)
            .args(["-m", "pip", "install", "--quiet", "--no-input"])
            .args(["--no-deps", "--no-compile", "--prefer-binary"])
            .args(["-r", REQUIREMENTS]),
    )?;
    ensure!(works(&python), "{} does not import", venv.display());
    std::fs::write(&stamp, &wanted)?;
    eprintln!("homeassistant: {} is ready", venv.display());
    Ok(())
}

/// The first Python of a version that serves, on the search path or among pyenv's.
fn base() -> Option<PathBuf> {
    let named = PYTHONS.map(|version| PathBuf::from(format!("python{version}")));
    let pyenv = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
    let pyenv = pyenv.into_iter().flat_map(|folder| {
        let versions = folder.read_dir().into_iter().flatten().flatten();
        versions.map(|version| version.path().join("bin/python"))
    });
    let own = std::iter::once(PathBuf::from("python3"));
    named.into_iter().chain(own).chain(pyenv).find(|python| {
        PYTHONS
            .iter()
            .any(|version| shell::succeeds(&mut asked(python, version)))
    })
}

/// Asks a Python whether it is of this version and can make environments.
fn asked(python: &Path, version: &str) -> Command {
    let mut command = Command::new(python);
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    command.arg("-c").arg(format!(
        "import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != ({major}, {minor}))"
    ));
    command
}

fn works(python: &Path) -> bool {
    shell::succeeds(Command::new(python).args(["-c", "import homeassistant.core, paho.mqtt"]))
}
