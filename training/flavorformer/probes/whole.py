"""Whole cooks from the sensors' own numbers: through the encoders and the sequence, with gradients where they are asked for."""

import numpy as np
import torch
from torch import Tensor

from ..shards import Cook
from ..stages.encode import hops, parted
from ..stages.sequence import READ
from ..statistics import statistics
from ..step import INPUTS, Flavorformer, masked

# What a row has: the step's inputs without those that only tell how steps follow, and the ends of the hops before.
ROW = (*(name for name in INPUTS if name not in ("hops", "reset")), "eeg_tail", "mel_tail")
BLOCK = 1024


def rows(cook: Cook, start: int = 0, end: int | None = None) -> dict[str, Tensor]:
    """Seconds of a cook as inputs of the step, each with the end of the hop before: {name: [T, …]} of ROW."""
    pick = np.arange(start, cook.seconds if end is None else end)
    x = hops(cook.rows, pick)
    x |= parted(x)
    x["recipe"] = torch.from_numpy(cook.recipe).float().expand(len(pick), -1)
    x["bypass"] = torch.zeros(len(pick), 1)
    return {name: x[name] for name in ROW}


def run(model: Flavorformer, x: dict[str, Tensor]) -> dict[str, Tensor]:
    """Everything the model says of one whole cook, second by second: {name: [T, …]} of `rows` → {name: [T, …]}."""
    x = masked(x)
    eeg = torch.cat([x["eeg_tail"], x["eeg_new"]], -1)
    mel = torch.cat([x["mel_tail"], x["mel_new"]], -1)
    sensed = []
    for start in range(0, len(eeg), BLOCK):
        at = slice(start, start + BLOCK)
        sensed.append(model.sensed({k: v[at] for k, v in x.items()}, eeg[at], mel[at]))
    x |= {"sensed": torch.cat(sensed), "statistics": statistics(x, mel)}
    return {k: v[0] for k, v in model.sequence({k: x[k].unsqueeze(0) for k in READ}).items()}


def final(model: Flavorformer, x: dict[str, Tensor]) -> Tensor:
    """The median of the final score at the last second, points."""
    return run(model, x)["score"][-1, 2]
