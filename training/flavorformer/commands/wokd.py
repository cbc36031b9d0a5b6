"""The daemon's binary, which makes all features and runs all models."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def build() -> Path:
    """Builds the release binary and gives its path."""
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "wokd"], cwd=ROOT, check=True)
    return ROOT / "target" / "release" / "wokd"


def run(wokd: Path, *arguments: str) -> None:
    """Runs a subcommand; its progress goes to the terminal."""
    subprocess.run([str(wokd), *arguments], check=True)
