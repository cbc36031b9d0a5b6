"""A training's log as steps."""

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..stages.convergence import Stage
from .render import Steps

STILL_S = 2.0
"""Silence of an early stop."""


def read_log(path: Path | str) -> list[dict[str, Any]]:
    """The rows of a log of JSON lines, an epoch each: epoch, loss, val, stage, attention [eeg, audio, thermal, memory], perhaps stopped."""
    rows = []
    for number, line in enumerate(Path(path).read_text().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number} is no JSON: {error}") from error
        shares = row.get("attention") if isinstance(row, dict) else None
        if not isinstance(shares, list) or len(shares) != 4 or "loss" not in row:
            raise ValueError(f"line {number} needs a loss and four shares of attention")
        rows.append(row)
    return rows


def steps_of_training(rows: Iterable[Mapping[str, Any]]) -> Steps:
    """An epoch a step. A loss of null is no number, as of a diverged epoch.

    An early stop (麻辣收敛: a row in which the finish began has `stopped` "converged") is heard as two seconds of silence after the
    last epoch; a training that just ran out of epochs or time ends without.
    """
    rows = list(rows)
    loss = np.array([math.nan if row["loss"] is None else float(row["loss"]) for row in rows])
    attention = np.array([row["attention"] for row in rows], float).reshape(-1, 4)
    stopped = any(row.get("stopped") == Stage.CONVERGED for row in rows)
    return Steps(loss, attention, np.zeros(len(rows), bool), STILL_S if stopped else 0.0)
