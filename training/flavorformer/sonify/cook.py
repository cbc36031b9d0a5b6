"""A recorded cook's evaluation as steps."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from ..shards import HOP_SECONDS as HOP_S
from .render import Steps

STILL_S = 2.0
"""Silence once the flame is off."""
MEDIAN = 2


def read_cook(path: Path | str) -> dict[str, np.ndarray]:
    """`hop` [n], `score` [n, 5] (quantiles, 0–100) and `attention` [n, 4] of an evaluation file."""
    tensors = load_file(path)
    missing = {"hop", "score", "attention"} - set(tensors)
    if missing:
        raise ValueError(f"{path} is no evaluation of a cook: it lacks {sorted(missing)}")
    return {name: tensors[name] for name in ("hop", "score", "attention")}


def steps_of_cook(cook: dict[str, np.ndarray]) -> Steps:
    """A second of cooking a step: means over the hops of that second.

    Loss is (100 − median score) / 100, what the cook has lost so far, 0–1. A second without a verdict is silent; after the
    last one there are two seconds of silence.
    """
    hop = np.asarray(cook["hop"], np.int64)
    if len(hop) == 0:
        return Steps(np.zeros(0), np.zeros((0, 4)), np.zeros(0, bool))
    per_second = round(1 / HOP_S)
    second = hop // per_second - hop.min() // per_second
    count = np.bincount(second)
    mean = np.column_stack(
        [
            np.bincount(second, weights=column) / np.maximum(count, 1)
            for column in (np.asarray(cook["score"], float)[:, MEDIAN], *np.asarray(cook["attention"], float).T)
        ]
    )
    return Steps(1 - mean[:, 0] / 100, mean[:, 1:], count == 0, STILL_S)
