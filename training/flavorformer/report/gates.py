"""The gates: limits are data (gates.toml), figures are measured, and a verdict follows from both."""

import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("gates.toml")
# What makes the figures under a path; the longest that fits counts. `evaluate` goes on where it was interrupted.
COMMANDS = {
    "plain.": "evaluate --variant plain",
    "stability.": "evaluate --variant plain --variant repeat",
    "conformal.": "evaluate --variant calibration",
    "variants.left-out": "train --without-dish DISH, export, evaluate --model … --variant left-out-DISH",
    "variants.": "evaluate",
    "baselines.": "baselines",
    "ablations.": "ablate",
    "probes.": "probe",
    "sounds.": "listen",
    "runtime.": "runtime",
    "training.": "train, export",
}


def command(path: str) -> str:
    """The command, of `python -m flavorformer`, that makes the figure at a path."""
    fits = [start for start in COMMANDS if path.startswith(start)]
    return COMMANDS[max(fits, key=len)] if fits else ""


@dataclass(frozen=True)
class Gate:
    """What one figure must reach: limits in the figure's unit, none of them where it is only stated.

    `judge` is what of the figure they hold: its `value`, the `low` or the `high` end of its 95 % interval, or the whole `interval`.
    """

    name: str
    zh: str
    figure: str
    source: str
    at_least: float | None = None
    at_most: float | None = None
    judge: str = "value"
    seen: bool = False
    """Whether it was added or defined anew after validation cooks had shown what an edition reached."""

    @property
    def wanted(self) -> str:
        """The limits in words."""
        ends = {"low": " at the interval's lower end", "high": " at the interval's upper end", "interval": " for the whole interval"}
        end = ends.get(self.judge, "")
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}{end}"
        if self.at_least is not None:
            return f"{'above' if self.judge == 'low' and self.at_least == 0 else 'at least'} {self.at_least:g}{end}"
        return f"at most {self.at_most:g}{end}" if self.at_most is not None else "stated"


def load(file: Path = FILE) -> list[Gate]:
    """The gates of a file, in order."""
    return [Gate(**row) for row in tomllib.loads(file.read_text())["gate"]]


def found(figures: dict[str, Any], path: str) -> Any:
    """What lies at a dotted path; None where these folders did not measure it."""
    for step in path.split("."):
        if not isinstance(figures, dict) or step not in figures:
            return None
        figures = figures[step]
    return figures


def number(value: Any) -> float | None:
    """A number that can be held to a limit; None for NaN. An infinite one fails its limit, as it should."""
    return None if value is None or math.isnan(value) else float(value)


def judged(gate: Gate, figures: dict[str, Any]) -> dict[str, Any]:
    """One gate's verdict: name, wanted, measured, interval, reached, doubtful.

    measured: the value, None where it was not measured; reached: None where it was not measured or has no limit; doubtful: a limit lies
    within the value's 95 % interval, so that other cooks might say otherwise.
    """
    figure = found(figures, gate.figure)
    stated = figure if isinstance(figure, dict) else {"value": figure}
    low, high = number(stated.get("low")), number(stated.get("high"))
    # The ends that are held to the lower and to the upper limit.
    least, most = (low, high) if gate.judge == "interval" else (number(stated.get(gate.judge)),) * 2
    limits = [limit for limit in (gate.at_least, gate.at_most) if limit is not None]
    reached = None
    if least is not None and most is not None and limits:
        # A difference that must be better has to exceed nothing, not to equal it.
        strict = gate.judge == "low" and gate.at_least == 0
        enough = gate.at_least is None or (least > gate.at_least if strict else least >= gate.at_least)
        reached = enough and (gate.at_most is None or most <= gate.at_most)
    return {
        "name": gate.name,
        "zh": gate.zh,
        "figure": gate.figure,
        "source": gate.source,
        "seen": gate.seen,
        "command": command(gate.figure),
        "wanted": gate.wanted,
        "measured": number(stated.get("value")),
        "interval": None if low is None or high is None else [low, high],
        "cooks": stated.get("cooks"),
        "dish": stated.get("dish"),
        "reached": reached,
        "doubtful": reached is not None and gate.judge == "value" and any(low is not None and high is not None and low < limit < high for limit in limits),
    }


def verdict(row: dict[str, Any]) -> str:
    """A judged gate's verdict in words: reached, not reached, stated or not measured."""
    if row["reached"] is None:
        return "not measured" if row["measured"] is None else "stated"
    return "reached" if row["reached"] else "not reached"


def verdicts(figures: dict[str, Any], file: Path = FILE) -> list[dict[str, Any]]:
    """All gates' verdicts, in order."""
    return [judged(gate, figures) for gate in load(file)]
