"""Plain running statistics of cooks that `wokd features` wrote: what a baseline may see."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .cooks import HOP_S, Tensors, indices
from .errors import SHARES
from .forecasts import Labels

BANDS = 8
CHUNK = 256
# Per row: wall, toss, dose, 8 bands of log-mel, mean, SD and maximum of the thermal picture, 4 qualities.
SCALARS = 3 + BANDS + 3 + 4
RECIPE = 24
# Elapsed time (ln(1 + s)) first, then the recipe's vector, then mean, maximum and last value of every scalar.
CLOCK = slice(0, 1 + RECIPE)
FEATURES = 1 + RECIPE + 3 * SCALARS
WALL, DOSE, HEARD = 0, 2, slice(3, 3 + BANDS)


@dataclass(frozen=True)
class Statistics(Labels):
    """Cooks with what may be known of them at SHARES of the cook.

    x [n, 4, FEATURES], NaN before the first row; seen [n, 4], the rows that had ended by then; curves, of each cook one as `curve`.
    """

    x: np.ndarray
    seen: np.ndarray
    curves: list[np.ndarray]


def scalars(rows: Tensors) -> np.ndarray:
    """A few numbers of each row, the pictures read in chunks: [n, SCALARS]."""
    plain = [rows["heat"], rows["dose"]]
    mel, thermal = rows["mel"], rows["thermal"]
    bands, pictures = [], []
    for at in range(0, len(mel), CHUNK):
        m = mel[at : at + CHUNK].astype(np.float32)
        bands.append(m.reshape(len(m), BANDS, -1).mean(axis=2))
        t = thermal[at : at + CHUNK].astype(np.float32)
        pictures.append(np.stack([t[:, 0].mean((1, 2)), t[:, 1].mean((1, 2)), t[:, 2].max((1, 2))], axis=1))
    return np.concatenate([*plain, np.concatenate(bands), np.concatenate(pictures), rows["quality"]], axis=1).astype(np.float64)


def curve(values: np.ndarray) -> np.ndarray:
    """What a cook looks like over time, from its `scalars`: wall (°C / 100), audio level over its mean so far, dose: [n, 3].

    A microphone's gain is unknown, so that only a level's changes can be compared among cooks.
    """
    level = values[:, HEARD].mean(axis=1)
    so_far = np.cumsum(level) / np.arange(1, len(level) + 1)
    return np.stack([values[:, WALL], level - so_far, values[:, DOSE]], axis=1)


def thinned(values: np.ndarray, every: int) -> np.ndarray:
    """Means of so many rows each, the last of what is left: [n, k] → [⌈n / every⌉, k]."""
    starts = np.arange(0, len(values), every)
    counts = np.diff(np.r_[starts, len(values)])
    return np.add.reduceat(values, starts, axis=0) / counts[:, None].astype(values.dtype)


def ended(rows: Tensors, seconds: float | None) -> np.ndarray:
    """How many rows had ended at SHARES of a cook of so many seconds (by its last row, if unknown): [4]."""
    at = (rows["hop"].astype(np.float64) + 1) * HOP_S
    return np.searchsorted(at, np.array(SHARES) * (at[-1] if seconds is None else seconds) + 1e-6, side="right")


def running(values: np.ndarray, rows: Tensors, seen: np.ndarray) -> np.ndarray:
    """Time, recipe and running means, maxima and last values of `scalars` when so many rows [4] were seen: [4, FEATURES]; NaN for none."""
    at, recipe = (rows["hop"].astype(np.float64) + 1) * HOP_S, rows["recipe"].astype(np.float64)
    out = np.full((len(SHARES), FEATURES), np.nan)
    for i, count in enumerate(seen):
        if count:
            own = values[:count]
            out[i] = np.concatenate([[np.log1p(at[count - 1])], recipe, own.mean(axis=0), own.max(axis=0), own[-1]])
    return out


def load(folders: Iterable[Path], split: str) -> Statistics:
    """The statistics of all cooks of a split in folders (or folders of folders); one cook is in memory at a time."""
    dishes, seeds, scores, xs, seen, curves = [], [], [], [], [], []
    for index in (index for folder in folders for index in indices(folder)):
        for row in json.loads(index.read_text())["cooks"]:
            if row["split"] == split:
                rows = Tensors(index.parent / row["file"])
                values = scalars(rows)
                seen.append(ended(rows, row.get("seconds")))
                xs.append(running(values, rows, seen[-1]))
                curves.append(curve(values))
                dishes.append(row["dish"])
                seeds.append(int(row["seed"]))
                scores.append(float(row["score"]))
    if not xs:
        raise ValueError(f"no cook of split {split!r} in {[str(f) for f in folders]}")
    return Statistics(np.array(dishes), np.array(seeds), np.array(scores), np.stack(xs), np.stack(seen), curves)
