"""Files that an interruption leaves old or new, never half."""

from collections.abc import Callable
from pathlib import Path


def replaced(file: Path, write: Callable[[Path], object]) -> None:
    """Lets `write` write beside the file, then puts that in its place."""
    beside = file.with_name(file.name + ".new")
    write(beside)
    beside.replace(file)
